"""What crosses the log of a job arrives as it was sent."""

from __future__ import annotations

import io
import os

import pytest

from sat_sweep.home.status import Status, StudyStatus
from sat_sweep.sweep.launchers.ray_job.follow import Follower, is_stopping, words_of
from sat_sweep.sweep.launchers.ray_job.frames import (
    PIECE,
    FramedStream,
    decode,
    encode,
    framed,
    receive_piece,
    send_folder,
)


@pytest.fixture
def wire(tmp_path):
    """A descriptor to write frames to, and what has been written since it was last looked at."""
    with (tmp_path / "log").open("w+b") as written, (tmp_path / "log").open("rb") as log:
        yield written.fileno(), lambda: log.read().decode()


def test_a_frame_is_one_line_whatever_it_holds():
    line = encode("out", "two\nlines, α and \"quotes\"")
    assert line.count("\n") == 1
    assert decode(line) == ("out", "two\nlines, α and \"quotes\"")


@pytest.mark.parametrize("line", ["", "Running entrypoint", "sat-sweep:", "sat-sweep:{", "sat-sweep:[1]",
                                  "sat-sweep:3"])
def test_what_is_no_frame_is_none(line):
    assert decode(line) is None


def test_a_stream_sends_whole_lines_and_what_is_flushed(wire):
    writing, read = wire
    stream = FramedStream("err", writing)
    for word in ("one ", "two\n", "thr"):
        stream.write(word)
    assert [decode(line) for line in read().splitlines()] == [("err", "one two\n")]
    stream.write("é€\n" * 5000)  # longer than any buffer, and no letter is torn
    assert "".join(decode(line).content for line in read().splitlines()) == "thr" + "é€\n" * 5000


def test_click_takes_it_for_a_stream_of_text(wire):
    import typer

    writing, read = wire
    typer.echo("refused", file=FramedStream("err", writing))
    assert decode(read().strip()) == ("err", "refused\n")


def test_nothing_is_framed_at_a_terminal():
    assert framed() is None


def test_a_folder_arrives_byte_for_byte(tmp_path, wire):
    writing, read = wire
    files = {"report.html": os.urandom(2 * PIECE + 1), "figures/a.png": os.urandom(PIECE), "empty.csv": b""}
    for name, content in files.items():
        (tmp_path / "sent" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sent" / name).write_bytes(content)
    here = tmp_path / "here"
    (here / "figures").mkdir(parents=True)
    (here / "figures" / "a.png").write_bytes(b"older, and longer" * PIECE)
    stream, follower = FramedStream("err", writing), Follower(here)
    send_folder(stream, tmp_path / "sent")
    follower.take_all(read().splitlines())
    assert {name: (here / name).read_bytes() for name in files} == files
    assert follower.received == 3 + 1 + 1


def test_a_file_cannot_leave_its_folder(tmp_path):
    with pytest.raises(ValueError, match="leads out"):
        receive_piece(tmp_path / "here", ["../elsewhere", 0, ""])


STATUS = Status("s", "running", (StudyStatus("ce", "symmetric-0.0", "search", 3, complete=1, pruned=0, failed=0,
                                             running=2, best=None),))


def test_each_kind_of_frame_goes_where_it_belongs():
    out, err, heard = io.StringIO(), io.StringIO(), []
    follower = Follower(None, heard.append, out, err)
    follower.take_all(["Ray's own words", encode("out", "result\n"), encode("err", "message\n"),
                       encode("progress", STATUS.to_json()), encode("file", ["a", 0, ""])])
    assert (out.getvalue(), err.getvalue(), heard) == ("result\n", "message\n", [STATUS])
    assert follower.begun
    assert follower.noise == ["Ray's own words"]
    assert follower.received == 0


def test_an_absent_package_is_noticed_until_it_has_been_brought():
    follower = Follower(None, out=io.StringIO(), err=io.StringIO())
    follower.take(encode("absent", None))
    assert follower.absent
    follower.take(encode("err", "now it runs\n"))
    assert not follower.absent


def test_the_words_of_a_log_are_those_for_people():
    log = "noise\n" + encode("err", "plan\n") + encode("progress", STATUS.to_json()) + encode("out", "table\n")
    assert words_of(log) == "plan\ntable\n"
    assert words_of("Traceback …\n") == "Traceback …\n"


def test_a_log_tells_whether_its_sweep_is_about_to_stop():
    running, stopping = (encode("progress", {**STATUS.to_json(), "state": state}) for state in ("running", "stopping"))
    assert not is_stopping("")
    assert not is_stopping(running + encode("err", "more\n"))
    assert is_stopping(running + stopping + encode("err", "trials end …\n"))
    assert not is_stopping(stopping + running)
