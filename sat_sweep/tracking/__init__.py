"""The MLflow mirror: what people look at, made from the result files and made again whenever it is needed.

Nothing in here is a source of truth, so nothing in here can lose any. `mirror_client` is what the driver
holds and needs no MLflow; it starts `process`, where a `mirror.Mirror` writes.
"""

__all__: list[str] = []  # its modules are imported one by one
