"""A service for a team on one machine: Ray, MLflow and optuna-dashboard, started, watched and stopped as processes.

    sat-sweep serve -> control.start -> supervisor, a process of its own
                                          |-- members: Ray head, MLflow, optuna-dashboard
                                          `-- record: what runs, for whoever asks
"""

from sat_sweep.service.control import running, start, stop
from sat_sweep.service.members import USER, Member, members
from sat_sweep.service.record import MemberState, ServiceRecord
from sat_sweep.service.settings import ServiceSettings

__all__ = ["USER", "Member", "MemberState", "ServiceRecord", "ServiceSettings", "members", "running", "start", "stop"]
