"""One file per dataset; a file that lies here and registers itself is known everywhere."""

__all__: list[str] = []  # its modules are imported one by one
