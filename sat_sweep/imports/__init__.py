"""When packages are imported: heavy ones late or beside other work, plug-ins when a file names them."""

__all__: list[str] = []  # its modules are imported one by one
