"""Machines in namespaces: processes, mounts and a network of their own, as a container has them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

PATH = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_NAMESPACES = ("unshare", "--pid", "--fork", "--kill-child", "--mount", "--net", "--mount-proc")
_BEGIN = """
ip link set lo up
mount --bind ray /tmp/ray && mount --bind hosts /etc/hosts && mount --bind resolv.conf /etc/resolv.conf || exit
echo ready
sleep infinity
exit
"""
"""The first process of a machine: a shell, since a shell that waits reaps orphans."""
_STATUS = """
import sys, urllib.error, urllib.request
url, *headers = sys.argv[1:]
request = urllib.request.Request(url, headers=dict(header.split(": ", 1) for header in headers))
try:
    with urllib.request.urlopen(request, timeout=30) as response:
        print(response.status, response.read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
"""


class Machine:
    """A machine that lives as long as the `with` block; its files and logs are in `folder`.

    `hosts` are the names it knows, with their addresses. Skips the test where namespaces may not be made.
    """

    def __init__(self, folder: Path, hosts: Mapping[str, str]) -> None:
        self.folder, self.hosts = folder, hosts
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Machine:
        if lacking := [name for name in ("unshare", "nsenter", "ip", "ps") if not shutil.which(name)]:
            pytest.skip(f"needs {' and '.join(lacking)} (apt-get install util-linux iproute2 procps)")
        if os.geteuid() or subprocess.run([*_NAMESPACES, "true"], capture_output=True).returncode:
            pytest.skip("namespaces may not be made here (needs root)")
        (self.folder / "ray").mkdir(parents=True)
        Path("/tmp/ray").mkdir(exist_ok=True)  # a place to mount over: nothing is written to what is below
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(
            f"{address} {name}\n" for name, address in self.hosts.items()))
        (self.folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")  # who is not in hosts is known to be unknown
        self._holder = subprocess.Popen(
            [*_NAMESPACES, "sh", "-c", _BEGIN], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        assert self._holder.stdout
        assert self._holder.stdout.readline() == "ready\n"
        self.first = int(Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text().split()[0])
        return self

    def __exit__(self, *raised: object) -> None:
        self._holder.kill()  # its first process dies with it, and all others with that
        for process in (self._holder, *self._started):
            process.wait()

    def run(self, command: list[str], environment: Mapping[str, str], *, cwd: Path | None = None,
            timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `command` here to its end, with these variables and no others but PATH and HOME."""
        return subprocess.run(self._inside(command, cwd or self.folder), env=self._environment(environment),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start `command` here; it writes to NAME.log and ends with the machine at the latest."""
        with (self.folder / f"{name}.log").open("w") as log:
            self._started.append(subprocess.Popen(
                self._inside(command, self.folder), env=self._environment(environment), stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT))
        return self._started[-1]

    def wait_until(self, command: list[str], environment: Mapping[str, str], name: str, seconds: float = 120) -> None:
        """Run `command` until it succeeds; fails with what NAME.log says."""
        end = time.monotonic() + seconds
        while (asked := self.run(command, environment)).returncode:
            log = self.folder / f"{name}.log"
            assert time.monotonic() < end, (asked.stderr, log.read_text()[-3000:] if log.exists() else "")
            time.sleep(0.5)

    def get(self, url: str, *headers: str) -> tuple[int, str]:
        """Status and text that `url` answers with to this machine."""
        asked = self.run([sys.executable, "-c", _STATUS, url, *headers], {})
        assert asked.returncode == 0, asked.stderr
        status, _, text = asked.stdout.partition(" ")
        return int(status), text

    def _inside(self, command: list[str], cwd: Path) -> list[str]:
        return ["nsenter", f"--target={self.first}", "--pid", "--mount", "--net", f"--wdns={cwd}", *command]

    def _environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        here = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}  # another working tree
        return {"PATH": PATH, "HOME": str(self.folder), "LANG": "C.UTF-8", **here, **environment}


def connect(machines: Mapping[str, Machine]) -> None:
    """One network for machines by address: a bridge on the first, and a cable from there to each of the others."""
    (hub_address, hub), *others = machines.items()
    inside_hub = ["nsenter", f"--target={hub.first}", "--net", "ip"]
    _call(*inside_hub, "link", "add", "bridge", "type", "bridge")
    _use(hub, "bridge", hub_address)
    for number, (address, machine) in enumerate(others):
        _call(*inside_hub, "link", "add", f"port{number}", "type", "veth", "peer", "name", "other")
        _call(*inside_hub, "link", "set", f"port{number}", "master", "bridge", "up")
        _call(*inside_hub, "link", "set", "other", "netns", str(machine.first), "name", "cable")
        _use(machine, "cable", address)


def give_card(machine: Machine) -> None:
    """A network card, as any machine has beside its loopback: programs that look for their own address find that."""
    inside = ["nsenter", f"--target={machine.first}", "--net", "ip", "link"]
    _call(*inside, "add", "card", "type", "veth", "peer", "name", "socket")
    _call(*inside, "set", "socket", "up")
    _use(machine, "card", "10.9.8.7")


def _use(machine: Machine, device: str, address: str) -> None:
    """Make `device` the machine's way to everywhere."""
    inside = ["nsenter", f"--target={machine.first}", "--net", "ip"]
    _call(*inside, "address", "add", f"{address}/24", "dev", device)
    _call(*inside, "link", "set", device, "up")
    _call(*inside, "route", "add", "default", "dev", device)


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"networks may not be made here: {done.stderr.strip()}")
