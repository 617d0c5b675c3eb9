"""What is said before anything starts, and what happens to a program that dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.errors import UserError
from sat_sweep.home.holder import Holder, birth
from sat_sweep.service import Member, ServiceRecord, ServiceSettings, members, start, stop
from sat_sweep.service import checks as checks_module
from sat_sweep.service.health import answers
from sat_sweep.service.member_process import MemberProcess
from sat_sweep.service.members import free_port
from sat_sweep.service.processes import MARK, end_all, processes_of
from sat_sweep.service.startup import bring_up
from sat_sweep.service.token import keep_token

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="serve runs on Linux alone")

SERVER = """
import http.server, multiprocessing, os, sys
print("born", os.getpid(), flush=True)
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
multiprocessing.get_context("fork").Process(target=server.serve_forever).start()
"""
"""A server whose child has the port too, and goes on with it when the parent is killed."""


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    ports = {f"{name}_port": free_port() for name in ("ray", "mlflow", "optuna")}
    return ServiceSettings.asked(str(tmp_path / "home"), **ports)


def wait_until(happens: Callable[[], bool], each: Callable[[], object] = lambda: None) -> None:
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline
        each()
        time.sleep(0.05)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[MemberProcess]:
    port = free_port()
    process = MemberProcess(Member("dummy", "Dummy", (sys.executable, "-c", SERVER, str(port)), "127.0.0.1", port, "/"),
                            tmp_path)
    yield process
    end_all(tmp_path)


def test_a_program_that_dies_is_started_again_without_what_it_left(served, tmp_path):
    wait_until(lambda: served.state.state == "up", served.look)
    first = served.state.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: served.state.state == "waiting", served.look)
    wait_until(lambda: not processes_of(tmp_path))
    assert not answers(served.member.health_url)
    wait_until(lambda: served.state.state == "up", served.look)
    assert (served.state.restarts, served.state.pid != first) == (1, True)
    assert (tmp_path / "dummy.log").read_text().count("born") == 2
    served.end()
    wait_until(lambda: not processes_of(tmp_path))


def test_one_whose_variables_cannot_be_read_is_known_by_its_session(tmp_path):
    """As many of Ray's are, since they write their title over them."""
    forgetful = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]], env={})"
    asleep = "import time; print(flush=True); time.sleep(600)"
    environment = {**os.environ, MARK: str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", f"{forgetful}; {asleep}", asleep], env=environment,
                          stdout=subprocess.PIPE, start_new_session=True) as leader:
        assert leader.stdout is not None
        assert leader.stdout.readline() + leader.stdout.readline() == b"\n\n"
        assert len(processes_of(tmp_path)) == 2
        leader.kill()
        leader.wait()
        assert processes_of(tmp_path) == set()
        assert len(processes_of(tmp_path, {leader.pid})) == 1
        end_all(tmp_path, {leader.pid})
        assert processes_of(tmp_path, {leader.pid}) == set()


def test_a_port_that_is_taken_is_waited_for(served):
    with socket.create_server((served.member.host, served.member.port)):
        served.look()
        assert served.state.pid is None
    served.look()
    assert served.state.pid is not None


def test_the_pause_before_a_program_is_tried_again_grows(tmp_path):
    broken = MemberProcess(Member("broken", "Broken", (sys.executable, "-c", "1/0"), "127.0.0.1", free_port(), "/"),
                           tmp_path)
    wait_until(lambda: broken.state.restarts == 2, broken.look)
    assert broken.pause == 4.0


@pytest.mark.slow
def test_one_that_does_not_come_up_is_said_with_its_last_words_and_nothing_is_left(settings):
    keep_token(settings.folder)
    unopened = replace(settings, studies=f"sqlite:///{settings.folder}")  # which is a folder
    try:
        with pytest.raises(UserError) as failed:
            bring_up(unopened, members(unopened, token=""))
        assert str(failed.value).startswith("Optuna Dashboard did not come up: the database ")
        assert str(failed.value).endswith(f"All that it wrote is in {settings.folder / 'optuna.log'}")
        assert processes_of(settings.folder) == set()
    finally:
        end_all(settings.folder)


def test_what_is_not_installed_is_said_at_once_and_leaves_no_folder(settings, monkeypatch):
    monkeypatch.setattr(checks_module, "find_spec", lambda name: None if name in ("grpc", "optuna_dashboard") else name)
    with pytest.raises(UserError, match=r"needs grpc and optuna_dashboard .*pip install 'sat-sweep\[cluster,server\]'"):
        start(settings, print)
    assert not Path(settings.home).exists()


@pytest.mark.parametrize(("host", "said"), [
    ("192.0.2.77", "--host: 192.0.2.77 is no address of this machine"),
    ("no-such-name.invalid", "--host: 'no-such-name.invalid' is no name that this machine knows")])
def test_a_host_that_is_not_this_machine_s_is_said_once(settings, host, said):
    with pytest.raises(UserError) as refused:
        start(replace(settings, host=host), print)
    assert str(refused.value) == said
    assert not Path(settings.home).exists()


def test_a_variable_that_the_storage_needs_has_to_be_set(settings):
    with pytest.raises(UserError, match="needs the environment variable SAT_SWEEP_TEST_UNSET"):
        start(replace(settings, studies="postgresql://${SAT_SWEEP_TEST_UNSET}@host/db"), print)


def test_a_home_that_another_machine_serves_is_left_to_it(settings):
    settings.folder.mkdir(parents=True)
    ServiceRecord(settings, Holder(1, "elsewhere", "1")).write(settings.folder)
    for act in (start, stop):
        with pytest.raises(UserError, match=r"is served from elsewhere: ask there; .*service\.json"):
            act(settings, print)


def test_a_stranger_with_the_id_of_a_service_is_not_taken_for_it(settings):
    settings.folder.mkdir(parents=True)
    stranger = replace(Holder.here(), born=f"{int(birth(os.getpid())) - 1}")
    ServiceRecord(settings, stranger).write(settings.folder)
    assert not stop(settings, print)


@pytest.mark.parametrize(("words", "said"), [
    (["--status"], "no service runs for {home}; start one with: sat-sweep serve --home {home}\n"),
    (["--stop", "--host", "0.0.0.0"], "--status and --stop are about the service of a home"),
    (["--studies", "postgresql+psycopg://localhost:1/none"], "cannot be opened"),
])
def test_a_mistake_is_one_sentence(tmp_path, words, said):
    home = str(tmp_path / "home")
    done = CliRunner().invoke(app, ["serve", "--home", home, *words])
    assert done.exit_code == 2
    assert said.format(home=home) in done.stderr
    assert not Path(home).exists()


def test_stopping_what_does_not_run_is_no_mistake(tmp_path):
    home = str(tmp_path / "home")
    done = CliRunner().invoke(app, ["serve", "--home", home, "--stop"])
    assert (done.exit_code, done.stderr) == (0, f"no service runs for {home}\n")
    assert not Path(home).exists()


def test_the_page_for_a_network_warns_and_says_insecure(tmp_path):
    from sat_sweep.commands.serving import page

    at_home = "\n".join(page(ServiceSettings.asked(str(tmp_path))))
    outside = "\n".join(page(ServiceSettings.asked(str(tmp_path), host="0.0.0.0")))
    assert "--insecure" not in at_home
    assert "sat-sweep launch SPACE --address http://127.0.0.1:8265\n" in at_home
    assert f"--address http://{socket.gethostname()}:8265 --insecure\n" in outside
    assert "not encrypted" in outside
    assert "ssh -fN -L 8265:127.0.0.1:8265 -L 5000:127.0.0.1:5000 -L 8080:127.0.0.1:8080 " in at_home
