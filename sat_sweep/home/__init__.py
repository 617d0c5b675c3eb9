"""The sweep home: folders, layout, records, status, locks; the one room that says where things lie."""

from sat_sweep.home.layout import HOME_VARIABLE, Home, Result, SweepHome, choose_home, trial_name

__all__ = ["HOME_VARIABLE", "Home", "Result", "SweepHome", "choose_home", "trial_name"]
