"""Whether a process that held something is still there."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from sat_sweep.home.holder import Holder, birth


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells when a process was born")
def test_a_process_that_has_ended_is_gone_even_if_nobody_has_asked_how():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = replace(Holder.here(), pid=process.pid, born=birth(process.pid))
    assert holder.is_alive_here
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays in the system's list
    assert not holder.is_alive_here
    process.wait()
    assert birth(process.pid) == ""
