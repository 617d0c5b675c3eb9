"""`doctor` on a sweep that was run, after one thing of it is broken."""
