"""Which job drives a sweep, whoever asks and when; the cluster is a list here."""

from __future__ import annotations

import io
import json

import pytest

from sat_sweep.commands.on_cluster import Cluster
from sat_sweep.errors import UserError
from sat_sweep.execution.ray_jobs import JobState
from sat_sweep.home.status import Status
from sat_sweep.sweep.launchers.ray_job.follow import Follower
from sat_sweep.sweep.launchers.ray_job.frames import encode
from sat_sweep.sweep.launchers.ray_job.launcher import RayJobLauncher

BEGUN = encode("progress", Status("s", "running").to_json())
STOPPING = encode("progress", Status("s", "stopping").to_json())


class Jobs:
    """A cluster that knows `jobs`, and gives each new one the next of `endings`: what it writes and its exit status."""

    address = "http://head:8265"

    def __init__(self, *endings: tuple[str, int | None]) -> None:
        self.endings, self.jobs, self.logs, self.sent = list(endings), {}, {}, []

    def add(self, name, log, status, metadata=None):
        state = "running" if status is None else "succeeded" if status == 0 else "failed"
        self.jobs[name], self.logs[name] = JobState(name, state, status, metadata or {}), log

    def submit(self, name, command, folder, metadata):
        self.sent.append((name, (folder / "sat_sweep").exists()))
        self.owner = json.loads((folder / "request.json").read_text())["owner"]
        self.add(name, *self.endings.pop(0), metadata)
        return True

    def all(self):
        return list(self.jobs.values())

    def log(self, name):
        return self.logs[name]

    def lines(self, name):
        return iter(self.logs[name].splitlines())

    def wait(self, name):
        if self.jobs[name].exit_status is None:  # it goes on to its end now
            self.jobs[name] = self.jobs[name]._replace(status="failed", exit_status=3)
        return self.jobs[name]

    def forget(self, name):
        del self.jobs[name]


def drive(jobs, detach=False, home="s3://b/h", sweep="s"):
    follower = Follower(out=io.StringIO(), err=io.StringIO())
    return RayJobLauncher(jobs, home).drive(sweep, ["launch"], None, None, follower, detach)


def test_the_name_comes_from_sweep_and_home():
    names = [drive(Jobs((BEGUN, 0)), home=home, sweep=sweep)[0] for home, sweep in (
        ("s3://b/h", "s"), ("s3://b/h", "s"), ("s3://b/other", "s"), ("s3://b/h", "t"))]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    assert all(name.startswith("sat-sweep-") for name in names)


def test_the_job_is_told_who_asks(monkeypatch):
    monkeypatch.setenv("SAT_SWEEP_OWNER", "ada@laptop")
    jobs = Jobs((BEGUN, 0))
    drive(jobs)
    assert jobs.owner == "ada@laptop"


def test_whoever_asks_while_one_runs_gets_that_one():
    jobs = Jobs((BEGUN, None))
    name, state = drive(jobs, detach=True)
    assert state is None
    assert drive(jobs, detach=True) == (name, None)
    assert len(jobs.sent) == 1


def test_one_that_has_ended_is_followed_by_another():
    jobs = Jobs((BEGUN, 3), (BEGUN, 0))
    first, second = drive(jobs)[0], drive(jobs)
    assert second[0] == f"{first}-2"
    assert second[1].exit_status == 0


@pytest.mark.parametrize("detach", [True, False])
def test_one_that_is_about_to_stop_is_waited_for(detach):
    jobs = Jobs((BEGUN + STOPPING, None), (BEGUN, 0))
    first, _ = drive(jobs, detach=True)
    name, state = drive(jobs, detach=detach)
    assert name == f"{first}-2"
    assert jobs.jobs[first].exit_status == 3
    assert state is None if detach else state.exit_status == 0


def test_the_package_is_brought_where_it_is_absent():
    jobs = Jobs((encode("absent", None), 97), (BEGUN, 0))
    name, state = drive(jobs)
    assert [package for _, package in jobs.sent] == [False, True]
    assert jobs.sent[0][0] != jobs.sent[1][0] == name
    assert state.exit_status == 0
    assert list(jobs.jobs) == [name]


def test_the_home_is_remembered_by_the_last_driver():
    jobs = Jobs((BEGUN, 0), (BEGUN, 0))
    drive(jobs, home="s3://b/one")
    drive(jobs, home="s3://b/two", sweep="t")
    assert RayJobLauncher(jobs).known_home("s") == "s3://b/one"
    assert RayJobLauncher(jobs).known_home(None) == "s3://b/two"
    assert RayJobLauncher(jobs).known_home("unknown") is None
    assert RayJobLauncher(jobs).driver_of("s").name == jobs.sent[0][0]
    assert RayJobLauncher(jobs, "s3://b/two").driver_of("s") is None


def test_a_sweep_that_runs_is_not_extended(monkeypatch):
    jobs = Jobs((BEGUN, None))
    drive(jobs, detach=True)
    monkeypatch.setattr("sat_sweep.commands.on_cluster.Jobs", lambda *_: jobs)
    with pytest.raises(UserError, match="is being run by the job"):
        Cluster("http://head:8265", False, "s3://b/h").drive("s", ["extend", "s"])
