"""Trials on Ray: one Tuner for all studies of a sweep. The only room with Ray."""

__all__: list[str] = []  # its modules are imported one by one
