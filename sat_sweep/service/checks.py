"""What has to be there before a service starts: packages, ports, a system that tells processes apart."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec

from sat_sweep.errors import UserError
from sat_sweep.service.health import why_not_free
from sat_sweep.service.members import Member

NEEDED = {"aiohttp_cors": ("Ray's dashboard", "cluster"), "grpc": ("Ray's dashboard", "cluster"),
          "flask_wtf": ("MLflow's passwords", "server"), "optuna_dashboard": ("optuna-dashboard", "server")}
"""Modules that not every installation has: what for, and the extra that brings them."""


def check_packages() -> None:
    """Raise UserError if something is not installed that a service needs, or where it cannot run at all."""
    if not sys.platform.startswith("linux"):
        raise UserError("sat-sweep serve runs on Linux alone: it finds its processes in /proc")
    missing = [module for module in NEEDED if find_spec(module) is None]
    if missing:
        purposes = dict.fromkeys(NEEDED[module][0] for module in missing)
        extras = dict.fromkeys(NEEDED[module][1] for module in missing)
        raise UserError(f"sat-sweep serve needs {' and '.join(missing)} for {' and '.join(purposes)}, not installed "
                        f"here: pip install 'sat-sweep[{','.join(extras)}]'")


def check_ports(members: Iterable[Member]) -> None:
    """Raise UserError naming everything that keeps `members` from listening where they are to."""
    told = [f"{member.title}: {reason}; choose another by --{member.name}-port"
            if reason.startswith("port ") else f"--host: {reason}"
            for member in members if (reason := why_not_free(member.host, member.port))]
    if told:
        raise UserError("\n".join(dict.fromkeys(told)))
