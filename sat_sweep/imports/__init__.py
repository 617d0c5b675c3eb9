"""When heavy packages are imported: late, or beside other work before they are needed."""
