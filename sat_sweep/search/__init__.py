"""The search: Optuna studies that are reproducible on any number of workers. The only room with Optuna."""

__all__: list[str] = []  # its modules are imported one by one
