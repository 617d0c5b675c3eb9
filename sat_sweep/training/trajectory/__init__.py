"""The trajectory store: what every epoch of every trial came to, found again by whoever trains the same."""

__all__: list[str] = []  # its modules are imported one by one
