"""Backends that run the jobs of a sweep."""
