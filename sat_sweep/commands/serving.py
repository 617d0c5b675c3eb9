"""`serve`: bring a service up, show where it is and what to type, look at it, stop it."""

from __future__ import annotations

import getpass
import shlex
import socket
from collections.abc import Iterator
from typing import Any

from sat_sweep.commands.output import say, show, show_json, show_table
from sat_sweep.errors import ExitStatus, UserError
from sat_sweep.home import choose_home
from sat_sweep.service import USER, MemberState, ServiceRecord, ServiceSettings, members, running, start, stop
from sat_sweep.service.health import answers
from sat_sweep.service.token import VARIABLE, token_file


def serve(home: str | None, given: dict[str, Any], as_json: bool) -> int:
    """Start the service of a home, unless it runs, and show its page; `given` are those of its settings that matter."""
    settings = ServiceSettings.asked(choose_home(home), **given)
    known = running(settings)
    if settings.studies is not None:
        from sat_sweep.search.storage_check import check_storage

        check_storage(settings.studies)
    record = known if known is not None and not given else start(settings, say)
    if as_json:
        show_json(described(record))
    else:
        show("\n".join(page(record.settings)))
    return ExitStatus.DONE if record.is_up else ExitStatus.INCOMPLETE


def page(settings: ServiceSettings) -> Iterator[str]:
    """Where everything is, and what to type here and elsewhere."""
    program = {member.name: member for member in members(settings, token="")}
    url = {name: f"http://{member.reached_at}:{member.port}" for name, member in program.items()}
    there, token = f"{getpass.getuser()}@{socket.gethostname()}", shlex.quote(str(token_file(settings.folder)))
    tunnels = " ".join(f"-L {member.port}:{member.asked_at}:{member.port}" for member in program.values())
    unsafe = [] if settings.is_local else ["--insecure"]
    yield from (
        f"sat-sweep serves {settings.home}", "",
        f"  {program['ray'].title:17} {url['ray']}   asks for the token",
        f"  {program['mlflow'].title:17} {url['mlflow']}   user {USER}, password: the token",
        f"  {program['optuna'].title:17} {url['optuna']}   the same; from this machine only", "",
        f"The token is in {token}, which only you can read. Here:", "",
        f"  export {VARIABLE}=$(cat {token})",
        f"  {shlex.join(['sat-sweep', 'launch', 'SPACE', '--address', url['ray'], *unsafe])}", "",
        "Elsewhere, by ssh; then everything is at the same ports of 127.0.0.1 there:", "",
        f"  ssh -fN {tunnels} {there}",
        f"  export {VARIABLE}=$(ssh {there} cat {token})", "")
    if not settings.is_local:
        yield from ("The network reaches Ray and MLflow, and may read the token on its way, which is not encrypted; "
                    "by ssh it is.", "")
    yield f"How it is: {_typed(settings, '--status')}"
    yield f"The end:   {_typed(settings, '--stop')}"


def _typed(settings: ServiceSettings, *options: str) -> str:
    return shlex.join(["sat-sweep", "serve", "--home", settings.home, *options])


def described(record: ServiceRecord) -> dict[str, Any]:
    """The service as plain data; a member that does not answer although it runs is `silent`."""
    rows = []
    for member in members(record.settings, token=""):
        known = record.members.get(member.name, MemberState())
        state = "silent" if known.state == "up" and not answers(member.health_url) else known.state
        rows.append({"name": member.name, "state": state, "url": f"http://{member.reached_at}:{member.port}",
                     "process": known.pid, "restarts": known.restarts})
    return {"home": record.settings.home, "token_file": str(token_file(record.settings.folder)),
            "supervisor": record.supervisor.pid, "members": rows}


def serve_status(home: str | None, as_json: bool) -> int:
    """How every member is; done if all answer."""
    settings = ServiceSettings.asked(choose_home(home))
    record = running(settings)
    if record is None:
        raise UserError(f"no service runs for {settings.home}; start one with: {_typed(settings)}")
    content = described(record)
    if as_json:
        show_json(content)
    else:
        show(f"sat-sweep serves {settings.home}")
        show_table(list(content["members"][0]), [list(row.values()) for row in content["members"]])
    return ExitStatus.DONE if all(row["state"] == "up" for row in content["members"]) else ExitStatus.INCOMPLETE


def serve_stop(home: str | None) -> int:
    """Stop sweeps and service, and wait for that."""
    settings = ServiceSettings.asked(choose_home(home))
    was = stop(settings, say)
    say(f"the service of {settings.home} has stopped" if was else f"no service runs for {settings.home}")
    return ExitStatus.DONE
