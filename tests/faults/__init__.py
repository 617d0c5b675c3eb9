"""Real sweeps that are really broken, launched again until they are done, and audited: see `campaign`."""
