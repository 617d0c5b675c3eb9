"""Who is told how a sweep ended: by a real server, which takes what apprise sends."""

from __future__ import annotations

import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from sat_sweep.errors import ExitStatus, MachineFailure, SpaceFileError, UserError
from sat_sweep.home import Result, SweepHome
from sat_sweep.methods.sat import SAT
from sat_sweep.sweep import messages
from sat_sweep.sweep.launch import Options, launch
from sat_sweep.sweep.order import Order, order_from
from tests.cli.making import SPACE, space_file
from tests.http_server import serving

SERIAL = Options(serial=True)
SECRET = "geheim5309"


class Mailbox(ThreadingHTTPServer):
    """What came in; `answer` is the status it answers with."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Letters)
        self.letters: list[dict[str, str]] = []
        self.answer = 200

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/{SECRET}"


class Letters(BaseHTTPRequestHandler):
    server: Mailbox

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.letters.append({**content, "path": self.path})
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mailbox():
    with serving(Mailbox()) as server:
        yield server


def order(folder: Path, block: str = 'messages: {to: ["${MINE}"]}\n') -> Order:
    return order_from(space_file(folder, SPACE + block), None, str(folder / "home"))


def test_the_answer_is_sent_once_and_the_address_stays_a_secret(mailbox, monkeypatch, tmp_path):
    monkeypatch.setenv("MINE", mailbox.address)
    said: list[str] = []
    launch(order(tmp_path), SERIAL, said.append)
    launch(order(tmp_path), SERIAL, said.append)  # nothing is left to do
    [letter] = mailbox.letters
    assert letter["title"] == "tiny has finished"
    assert "At symmetric-0.4" in letter["message"]
    assert "report.html" in letter["message"]
    assert letter["path"] == f"/{SECRET}"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 5
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in "".join(said)


def test_the_environment_names_who_hears_of_sweeps_that_name_nobody(mailbox, monkeypatch, tmp_path):
    monkeypatch.setenv("SAT_SWEEP_MESSAGES", mailbox.address)
    launch(order(tmp_path, ""), SERIAL, print)
    assert [letter["title"] for letter in mailbox.letters] == ["tiny has finished"]


def test_a_machine_that_cannot_go_on_is_told(mailbox, monkeypatch, tmp_path):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("MINE", mailbox.address)
    monkeypatch.setattr(SweepHome, "add_result", full)
    with pytest.raises(MachineFailure):
        launch(order(tmp_path), SERIAL, print)
    [letter] = mailbox.letters
    assert letter["title"] == "tiny cannot go on"
    assert "No space left" in letter["message"]


def test_a_study_without_an_answer_is_told(mailbox, monkeypatch, tmp_path):
    monkeypatch.setenv("MINE", mailbox.address)
    monkeypatch.setattr(SAT, "loss", lambda *_: torch.tensor(float("nan"), requires_grad=True))
    assert launch(order(tmp_path), SERIAL, print).status == ExitStatus.INCOMPLETE
    [letter] = mailbox.letters
    assert letter["title"] == "tiny has finished with failures"
    assert "sat/symmetric-0.4 has no usable trial" in letter["message"]
    assert "report.html" in letter["message"]


def test_one_that_was_stopped_is_told(mailbox, monkeypatch, tmp_path):
    def stopping(sweep: SweepHome, result: Result) -> None:
        added(sweep, result)
        os.kill(os.getpid(), signal.SIGTERM)

    added = SweepHome.add_result
    monkeypatch.setenv("MINE", mailbox.address)
    monkeypatch.setattr(SweepHome, "add_result", stopping)
    assert launch(order(tmp_path), SERIAL, print).status == ExitStatus.INTERRUPTED
    [letter] = mailbox.letters
    assert (letter["title"], letter["message"]) == ("tiny was interrupted", "`resume` goes on from here.")


def test_only_what_was_asked_for(mailbox, monkeypatch, tmp_path):
    monkeypatch.setenv("MINE", mailbox.address)
    space = order(tmp_path, 'messages: {to: ["${MINE}"], on: [failed]}\n').plan.space
    messages.send(space, "finished", "title", "text", print)
    messages.send(space, "failed", "title", "text", print)
    assert [letter["message"] for letter in mailbox.letters] == ["text"]


def test_who_refuses_is_a_warning_without_the_address(mailbox, monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("MINE", mailbox.address)
    mailbox.answer, said = 500, []
    messages.send(order(tmp_path).plan.space, "finished", "title", "text", said.append)
    assert said == ["warning: the message about the end of the sweep could not be sent to ${MINE}"]
    assert SECRET not in "".join(capfd.readouterr())


def test_who_does_not_answer_is_not_waited_for(monkeypatch, tmp_path):
    over, said = threading.Event(), []

    class Silent:
        def notify(self, **_: str) -> bool:
            return over.wait(60.0)

    monkeypatch.setenv("MINE", "json://localhost")
    space = order(tmp_path).plan.space
    monkeypatch.setattr(messages, "_recipient", lambda address: Silent())
    monkeypatch.setattr(messages, "PATIENCE", 0.05)
    messages.send(space, "finished", "title", "text", said.append)
    assert not over.is_set()
    over.set()
    assert len(said) == 1


@pytest.mark.parametrize("to", ['["slack://SECRET"]', '["mailto://${USER}:SECRET@host"]', '"slack://SECRET"', "[]",
                                '{one: "slack://SECRET"}', '["${MINE}", "slack://SECRET"]'])
def test_addresses_themselves_are_refused_and_not_repeated(tmp_path, to):
    with pytest.raises(SpaceFileError, match="must be a list of references to environment variables") as refused:
        order(tmp_path, f"messages: {{to: {to.replace('SECRET', SECRET)}}}\n")
    assert SECRET not in str(refused.value)


def test_what_cannot_be_sent_is_told_before_anything_starts(monkeypatch, tmp_path):
    asked = order(tmp_path)
    with pytest.raises(UserError, match="needs the environment variable MINE"):
        asked.check_services()
    monkeypatch.setenv("MINE", f"nobody://{SECRET}")
    with pytest.raises(UserError, match=r"\$\{MINE\}: what it has is no address") as refused:
        asked.check_services()
    assert SECRET not in str(refused.value)
    monkeypatch.setattr(messages, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'sat-sweep\[messages\]'"):
        asked.check_services()


def test_who_is_told_may_change(mailbox, monkeypatch, tmp_path):
    launch(order(tmp_path, ""), SERIAL, print)
    monkeypatch.setenv("MINE", mailbox.address)
    assert order(tmp_path).known is not None
    identities = {study.identity for each in ("", 'messages: {to: ["${MINE}"]}\n')
                  for study in order(tmp_path, each).plan.studies}
    assert len(identities) == 2, "those of the two methods"
