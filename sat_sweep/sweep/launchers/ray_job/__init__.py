"""Commands as jobs of a Ray cluster, through its Jobs API: drivers of sweeps, and questions about them.

    here                                       there
    launcher -> parcel (request, files) -----> arrival -> receive -> the command itself
    follow   <----------- frames in the job's log ------------------'
"""
