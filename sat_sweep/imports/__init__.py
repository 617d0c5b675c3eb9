"""When heavy packages are imported: late, or ahead of need beside other work."""
