"""The Jobs API of a Ray cluster, for those who are no part of it."""

from sat_sweep.execution.ray_jobs.jobs import Jobs, JobState

__all__ = ["JobState", "Jobs"]
