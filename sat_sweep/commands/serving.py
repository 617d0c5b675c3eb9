"""`serve`: bring a service up, show where it is and what to type, look at it, stop it."""

from __future__ import annotations

import getpass
import shlex
import socket
from collections.abc import Iterator

from sat_sweep.commands.output import say, show, show_json, show_table
from sat_sweep.errors import ExitStatus, UserError
from sat_sweep.home import choose_home
from sat_sweep.service import USER, MemberState, ServiceSettings, members, running, start, stop
from sat_sweep.service.health import answers
from sat_sweep.service.token import VARIABLE, token_file


def serve(home: str | None, host: str, ports: dict[str, int], studies: str | None) -> int:
    """Start the service of a home, unless it runs, and show its page; `ports` are those of ServiceSettings."""
    settings = ServiceSettings.asked(choose_home(home), studies, host=host, **ports)
    if settings.studies is not None:
        from sat_sweep.search.storage_check import check_storage

        check_storage(settings.studies)
    record = start(settings, say)
    show("\n".join(page(record.settings)))
    return ExitStatus.DONE if record.is_up else ExitStatus.INCOMPLETE


def page(settings: ServiceSettings) -> Iterator[str]:
    """Where everything is, and what to type here and elsewhere."""
    program = {member.name: member for member in members(settings, token="")}
    url = {name: f"http://{socket.gethostname() if member.host == '0.0.0.0' else member.host}:{member.port}"
           for name, member in program.items()}
    there, token = f"{getpass.getuser()}@{socket.gethostname()}", token_file(settings.folder)
    tunnels = " ".join(f"-L {member.port}:127.0.0.1:{member.port}" for member in program.values())
    unsafe = [] if settings.is_local else ["--insecure"]
    yield from (
        f"sat-sweep serves {settings.home}", "",
        f"  {program['ray'].title:17} {url['ray']}   asks for the token",
        f"  {program['mlflow'].title:17} {url['mlflow']}   user {USER}, password: the token",
        f"  {program['optuna'].title:17} {url['optuna']}   the same; from this machine only", "",
        f"The token is in {token}, which only you can read. Here:", "",
        f"  export {VARIABLE}=$(cat {shlex.quote(str(token))})",
        f"  {shlex.join(['sat-sweep', 'launch', 'SPACE', '--address', url['ray'], *unsafe])}", "",
        "Elsewhere, through ssh; then the addresses are those of 127.0.0.1 there:", "",
        f"  ssh -fN {tunnels} {there}",
        f"  export {VARIABLE}=$(ssh {there} cat {shlex.quote(str(token))})", "")
    if not settings.is_local:
        yield from ("The network can reach Ray and MLflow, and read along: the token travels unencrypted to them. "
                    "Through ssh it does not.", "")
    yield f"How it is: {_typed(settings, '--status')}"
    yield f"The end:   {_typed(settings, '--stop')}"


def _typed(settings: ServiceSettings, *options: str) -> str:
    return shlex.join(["sat-sweep", "serve", "--home", settings.home, *options])


def serve_status(home: str | None, as_json: bool) -> int:
    """How every member is; done if all answer."""
    settings = ServiceSettings.asked(choose_home(home))
    record = running(settings.folder)
    if record is None:
        raise UserError(f"no service runs for {settings.home}; start one with: {_typed(settings)}")
    rows = []
    for member in members(record.settings, token=""):
        known = record.members.get(member.name, MemberState())
        state = "silent" if known.state == "up" and not answers(member.health_url) else known.state
        rows.append({"name": member.title, "state": state, "url": f"http://{member.host}:{member.port}",
                     "process": known.pid, "restarts": known.restarts})
    if as_json:
        show_json({"home": record.settings.home, "supervisor": record.supervisor.pid, "members": rows})
    else:
        show_table(["", *list(rows[0])[1:]], [list(row.values()) for row in rows])
    return ExitStatus.DONE if all(row["state"] == "up" for row in rows) else ExitStatus.INCOMPLETE


def serve_stop(home: str | None) -> int:
    """Stop sweeps and service, and wait for that."""
    settings = ServiceSettings.asked(choose_home(home))
    was = stop(settings.folder, say)
    say(f"the service of {settings.home} has stopped" if was else f"no service runs for {settings.home}")
    return ExitStatus.DONE
