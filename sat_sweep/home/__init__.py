"""The sweep home: folders, layout, records, status, locks; the one room that says where things lie."""

from sat_sweep.home.addresses import expanded, has_password, redacted
from sat_sweep.home.checksum import Damaged, sealed, unsealed
from sat_sweep.home.layout import HOME_VARIABLE, Home, choose_home
from sat_sweep.home.record import DataRecord, StudyRecord, SweepRecord, baseline_of, condition_label, is_called
from sat_sweep.home.result import Result, trial_name
from sat_sweep.home.sweep_home import SweepHome

__all__ = [
           "HOME_VARIABLE",
           "Damaged",
           "DataRecord",
           "Home",
           "Result",
           "StudyRecord",
           "SweepHome",
           "SweepRecord",
           "baseline_of",
           "choose_home",
           "condition_label",
           "expanded",
           "has_password",
           "is_called",
           "redacted",
           "sealed",
           "trial_name",
           "unsealed",
]
