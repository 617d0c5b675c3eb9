"""When heavy packages are imported: late, or ahead of need beside other work."""

__all__: list[str] = []  # its modules are imported one by one
