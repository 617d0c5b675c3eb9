"""Trials on Ray: one Tuner for all studies of a sweep. The only room with Ray."""
