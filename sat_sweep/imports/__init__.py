"""When heavy packages are imported: late, or in the background. Plug-ins that a file names."""

__all__: list[str] = []  # its modules are imported one by one
