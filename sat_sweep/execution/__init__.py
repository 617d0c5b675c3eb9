"""Backends that run the jobs of a sweep."""

__all__: list[str] = []  # its modules are imported one by one
