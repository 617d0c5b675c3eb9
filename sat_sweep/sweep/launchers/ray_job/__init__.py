"""Commands as jobs of a Ray cluster, through its Jobs API: drivers of sweeps, and questions about them.

    here                                       there
    launcher -> parcel (request, files) -----> arrival -> receive -> the command itself
    follow   <----------- frames in the job's log ------------------'
"""

from sat_sweep.sweep.launchers.ray_job.handle import RayJobHandle

__all__ = ["RayJobHandle"]
