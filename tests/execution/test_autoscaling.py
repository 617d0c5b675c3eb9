"""A cluster without a worker whose autoscaler, Ray's own, brings one because a trial waits for it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.execution.sweeps import PATIENCE, Lab
from tests.execution.test_cluster import SPACE

pytestmark = pytest.mark.slow
PORT = 6379
"""Ray's nodes that are only pretended to come from a cloud look for their head there."""
OPEN = {"RAY_AUTH_MODE": "disabled"}
CONFIG = {
    "cluster_name": "pretended", "max_workers": 1, "provider": {"type": "fake_multinode"}, "auth": {},
    "available_node_types": {
        "head": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
        "worker": {"resources": {"CPU": 2}, "node_config": {}, "min_workers": 0, "max_workers": 1}},
    "head_node_type": "head", "upscaling_speed": 1.0, "idle_timeout_minutes": 5, "docker": {}, "file_mounts": {},
    "cluster_synced_files": [], "file_mounts_sync_continuously": False, "rsync_exclude": [], "rsync_filter": [],
    "initialization_commands": [], "setup_commands": [], "head_setup_commands": [], "worker_setup_commands": [],
    "head_start_ray_commands": [], "worker_start_ray_commands": [],
}


@pytest.fixture
def address() -> Iterator[str]:
    """A head without a CPU; everything of it has this folder on its command line and ends with the test."""
    with socket.socket() as taken:
        if taken.connect_ex(("127.0.0.1", PORT)) == 0:
            pytest.skip(f"port {PORT} is taken")
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "autoscaling.json")
        file.write_text(json.dumps(CONFIG).replace('"head"', '"ray.head.default"'))
        command = [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--num-cpus=0",
                   f"--port={PORT}", f"--autoscaling-config={file}", f"--temp-dir={folder}/r",
                   "--include-dashboard=false"]
        environment = {**os.environ, **OPEN, "RAY_FAKE_CLUSTER": "1", "AUTOSCALER_UPDATE_INTERVAL_S": "1"}
        head = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_port()
            yield f"127.0.0.1:{PORT}"
        finally:
            head.kill()
            end_all_of(folder)


def wait_for_port() -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", PORT), 1.0):
            return
        time.sleep(0.1)
    pytest.fail("Ray did not start")


def end_all_of(folder: str) -> None:
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if folder.encode() in place.read_bytes():
                os.kill(int(place.parent.name), signal.SIGKILL)


def test_what_a_trial_waits_for_is_brought(address: str, tmp_path: Path) -> None:
    lab = Lab(tmp_path, SPACE)
    launched = lab.launch("--address", address, **OPEN)
    assert launched.status == 0, launched.err
    said = launched.err.splitlines()
    assert "waiting for a node: a trial asks for 1 CPU" in said[0]
    assert said[1] == "a node has come: going on with 2 workers"
