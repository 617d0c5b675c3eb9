"""What happens to a sweep: launch, resume, extend, stop.

    order      what is asked for: a plan and the place where it is kept
    launch     the order as it is carried out, from the data to the report
    driver     one run: queue, backend, heartbeat, report, mirror
    launchers  where a driver runs, and how to find it again

Nothing is imported here: `status` takes no torch.
"""

__all__: list[str] = []  # its modules are imported one by one
