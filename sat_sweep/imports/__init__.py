"""When heavy packages are imported: late, or beside other work before they are needed."""

__all__: list[str] = []  # its modules are imported one by one
