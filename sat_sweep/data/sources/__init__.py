"""One file per dataset; a file that lies here and registers itself is known everywhere."""
