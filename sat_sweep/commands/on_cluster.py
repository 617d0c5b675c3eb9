"""Commands whose `--address` is the dashboard of a cluster: the same command runs there, and is shown here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from sat_sweep.commands.output import agreed, command_line, say
from sat_sweep.commands.planning import headline
from sat_sweep.commands.watch_page import PageServer
from sat_sweep.config.loader import load_space
from sat_sweep.config.plan import plan
from sat_sweep.errors import ExitStatus, MachineFailure, UserError
from sat_sweep.execution.ray_jobs import Jobs, JobState
from sat_sweep.home.status import Status
from sat_sweep.sweep.launchers.ray_job.follow import Follower, words_of
from sat_sweep.sweep.launchers.ray_job.launcher import RayJobLauncher
from sat_sweep.sweep.launchers.ray_job.parcel import SpaceParcel
from sat_sweep.sweep.launchers.ray_job.request import RETURNS, SPACE
from sat_sweep.sweep.live_table import live_table

INTERNAL = "auto"
"""The address by which a driver on the cluster finds it."""


class Cluster:
    """The cluster at `address`, to which commands are sent; `home` is the option `--home`. Raises as Jobs does."""

    def __init__(self, address: str, insecure: bool, home: str | None) -> None:
        self.jobs, self.home = Jobs(address, insecure), home
        self.launcher = RayJobLauncher(self.jobs, home)
        self._words = ["--address", address, *(["--insecure"] if insecure else [])]

    def launch(self, space: Path, name: str | None, options: Sequence[str], detach: bool, yes: bool) -> int:
        """Have the sweep that `space` describes run there, with further `options` of `launch`."""
        described = load_space(space)
        sweep, home = name or described.name, described.storage.home
        sent = SpaceParcel.of(space, described)
        size = sent.size()
        if not yes:
            say(headline(plan(described)))
            if size:
                say(f"To be sent to the cluster: {', '.join(sent.files)}, {size / 1e6:.1f} MB.")
            if not agreed():
                say("nothing was started")
                return ExitStatus.INTERRUPTED
        renamed = ["--name", name] if name else []
        return self._drive(sweep, ["launch", SPACE, *renamed, *options, "--yes"], sent, home, detach)

    def drive(self, sweep: str, arguments: Sequence[str], detach: bool = False) -> int:
        """Have a sweep that exists there driven by the command that `arguments` are: `resume` or `extend`."""
        running = self.launcher.driver_of(sweep)
        if arguments[0] == "extend" and running is not None and not running.ended:
            raise UserError(f"sweep '{sweep}' is being run by the job {running.name}; extend it once that has ended")
        return self._drive(sweep, arguments, None, None, detach)

    def _drive(self, sweep: str, arguments: Sequence[str], space: SpaceParcel | None, home: str | None,
               detach: bool) -> int:
        sent = [*arguments, "--address", INTERNAL]
        try:
            with _live() as follower:
                job, state = self.launcher.drive(sweep, sent, space, home, follower, detach)
        except KeyboardInterrupt:
            say(f"{sweep} goes on running on the cluster. Look at it, or stop it, with:")
            self._suggest(sweep)
            return ExitStatus.INTERRUPTED
        if state is None:
            say(f"{sweep} runs as job {job}. Look at it with:")
            self._suggest(sweep)
            return ExitStatus.DONE
        return _exit_status(state, follower)

    def ask(self, arguments: Sequence[str], sweep: str | None = None, files: Path | None = None) -> int:
        """Run a command that soon ends, about `sweep` or all; files that it sends back go into `files`."""
        sent = [*arguments, *(["--out", RETURNS] if files is not None else [])]
        follower = Follower(files)
        state = self.launcher.run(sweep, sent, follower)
        return _exit_status(state, follower)

    def report(self, name: str, out: Path | None, as_json: bool) -> int:
        """The answer; its files come into `out`, or a folder of its own here."""
        folder = out if as_json else out or Path("reports") / name
        words = ["report", name, *(["--json"] if as_json else [])]
        return self._with_files(words, name, folder, "Report: {}/report.html")

    def suspects(self, name: str, given: Sequence[str], out: Path | None, as_json: bool) -> int:
        """The labels that are probably wrong, by the options `given`; files come as those of a report do."""
        folder = out if as_json and "--clean" not in given else out or Path("suspects") / name
        words = ["suspects", name, *given, *(["--json"] if as_json else [])]
        return self._with_files(words, name, folder, "Suspects: {}")

    def _with_files(self, words: Sequence[str], name: str, folder: Path | None, told: str) -> int:
        status = self.ask(words, name, folder)
        if status == ExitStatus.DONE and folder is not None:
            say(told.format(folder))
        return status

    def export(self, name: str, words: Sequence[str], out: Path) -> int:
        """The winner as a model in `out`; what can be made from its weights and operations is made here."""
        from sat_sweep.commands.exporting import finish
        from sat_sweep.export.exporting import check_folder

        check_folder(out)
        say("The cluster trains for the weights what no state is stored of; this may take a while.")
        status = self.ask(["export", name, *words], name, out)
        if status == ExitStatus.DONE:
            finish(out)
        return status

    def logs(self, name: str, lines: int, follow: bool) -> int:
        """Why trials failed, and what the driver of the sweep writes: its last `lines`, or all of it until it ends."""
        if follow:
            Follower().take_all(self.jobs.lines(self._driver(name).name))
            return ExitStatus.DONE
        driver = self.launcher.driver_of(name)
        status = self.ask(["logs", name, "--lines", "0"], name)
        tail = words_of(self.jobs.log(driver.name)).splitlines()[-lines:] if driver is not None and lines else []
        if tail:
            print("\n".join([f"The end of what the job {driver.name if driver else ''} wrote:", *tail]))
        return status

    def watch(self, name: str) -> int:
        """How far the sweep is, live until its driver's job ends; Ctrl-C ends the watching alone."""
        driver = self._driver(name)
        with _live() as follower:
            follower.take_all(self.jobs.lines(driver.name))
        return self.ask(["watch", name], name)

    def watch_page(self, name: str, port: int) -> int:
        """The page of a sweep that runs there, by what its driver's job says, and with its report in the end."""
        driver = self._driver(name)
        latest, page = list[Status](), list[bytes]()
        follower = Follower(on_progress=lambda status: latest.__setitem__(slice(None), [status]))

        def follow() -> None:
            follower.take_all(self.jobs.lines(driver.name))
            if latest and latest[0].state == "finished":
                with TemporaryDirectory() as folder:
                    if self.ask(["report", name], name, Path(folder)) == ExitStatus.DONE:
                        page.append((Path(folder) / "report.html").read_bytes())

        server = PageServer(lambda: latest[0] if latest else None, lambda: page[0] if page else None, port)
        Thread(target=follow, daemon=True).start()
        server.serve()
        return ExitStatus.DONE

    def _driver(self, name: str) -> JobState:
        """The job that drives the sweep or drove it last; raises UserError where there is none."""
        driver = self.launcher.driver_of(name)
        if driver is None:
            raise UserError(f"no job of the cluster at {self.jobs.address} drives or drove '{name}'")
        return driver

    def _suggest(self, sweep: str) -> None:
        for command in ("status", "logs", "stop"):
            say(f"  {command_line(command, sweep, *self._words, home=self.home)}")


@contextmanager
def _live() -> Iterator[Follower]:
    """A follower whose latest status is shown as a live table."""
    latest: list[Status] = []
    follower = Follower(on_progress=lambda status: latest.__setitem__(slice(None), [status]))
    with live_table(lambda: latest[0] if latest else None):
        yield follower


def _exit_status(state: JobState, follower: Follower) -> int:
    """That of the command; raises MachineFailure, with what there is to read, where it came to none of ours."""
    if state.exit_status in set(ExitStatus):
        return int(state.exit_status or 0)
    if state.status == "stopped":
        return ExitStatus.INTERRUPTED
    said = "\n".join(follower.noise).strip() or state.message
    raise MachineFailure(f"{said}\nthe job {state.name} ended as {state.status}")
