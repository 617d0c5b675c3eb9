"""What the searches have learnt about settings: told to people once it is over, and used for nothing else."""

__all__: list[str] = []  # its modules are imported one by one
