"""docs/cluster.md and the first lines of the files of docker/, followed word for word."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from sat_sweep.cli import app
from sat_sweep.home.key import FILE_VARIABLE
from sat_sweep.home.layout import STUDIES_VARIABLE, TRACKING_VARIABLE

from .files import DOCKER, EXAMPLE, ROOT, compose, manifests
from .stack import made_secrets

PAGE = (ROOT / "docs" / "cluster.md").read_text()
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
FILES = [path for path in sorted(DOCKER.rglob("*")) if path.is_file() and path.name not in (".env", "constraints.txt")]
MANIFESTS = ("services.yaml", "raycluster.yaml", "rayjob.yaml")
NODE = compose(EXAMPLE)["services"]["head"]["environment"]
PROGRAMS = {"docker", "docker/make-env", "export", "kubectl", "ray", "sat-sweep", "sbatch", "sed", "set", "ssh", "uv"}


def blocks(page: str) -> str:
    """The fenced blocks of a page, continued lines joined."""
    code = "\n".join(re.findall(r"^```bash\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    return re.sub(r"(\\|\|)\n\s+", lambda found: found[0][0].replace("\\", " "), code)


def header(path: Path) -> str:
    """The commands in the comments of a file: lines that are indented by three blanks."""
    return "\n".join(re.findall(r"^#   (.*)$", path.read_text(), re.MULTILINE))


LINES = [line.split("  #")[0].strip() for line in blocks(PAGE).splitlines() if line.strip()]
OF_FILES = [line.split("  #")[0].strip() for path in FILES for line in header(path).splitlines()]
INLINE = re.findall(r"`((?:sat-sweep|sbatch|kubectl|docker|ray|uv) [^`]+)`", PAGE)
ALL = [*LINES, *OF_FILES, *INLINE]


def calls(program: str) -> list[list[str]]:
    """The arguments of every call of `program`."""
    found = [re.split(rf"(?:^|\| ?|; ){program} ", line, maxsplit=1) for line in ALL]
    return [parts[1].removesuffix("&").split() for parts in found if len(parts) > 1]


def test_the_page_has_something_to_follow():
    assert {line.split()[0] for line in LINES} == PROGRAMS
    assert len(calls("sat-sweep")) >= 15
    assert len(calls("kubectl")) >= 12


@pytest.mark.parametrize("call", calls("sat-sweep"), ids=" ".join)
def test_each_call_of_ours_is_understood(call):
    command, *arguments = call
    COMMANDS[command].make_context(command, arguments)


def test_a_wrong_call_would_be_noticed():
    with pytest.raises(Exception, match="--addres"):
        COMMANDS["launch"].make_context("launch", ["a.yaml", "--addres", "x"])


@pytest.mark.parametrize("name", sorted({name for line in ALL for name in re.findall(
    r"(?<![\w/])(?:docker|search_spaces|docs)/[\w./-]*[\w]", line)}))
def test_each_file_is_there(name):
    assert (ROOT / name).is_file() or name == "docker/.env"


def test_each_file_of_docker_is_explained_somewhere():
    written = PAGE + "".join(path.read_text() for path in FILES) + (ROOT / "README.md").read_text()
    assert [path.name for path in FILES if path.name not in written and path.name != "Dockerfile.dockerignore"] == []


def test_each_variable_is_explained_and_each_explained_one_exists():
    script = (DOCKER / "slurm" / "sat-sweep.sbatch").read_text()
    of_slurm = set(re.findall(r"\b(?:RAY|SAT_SWEEP)_\w+", script)) - {"RAY_USAGE_STATS_ENABLED"}
    explained = {name for name in re.findall(r"`\$?\{?([A-Z][A-Z_]{3,})(?:=[^`]*)?\}?`", PAGE) if name != "SPACE"}
    assert explained == {*EXAMPLE, *NODE, STUDIES_VARIABLE, TRACKING_VARIABLE, FILE_VARIABLE} | of_slurm


def test_each_service_has_its_name():
    up = compose(EXAMPLE)["services"]
    named = {word for call in calls("docker") if call[0] == "compose" and "logs" in call
             for word in call[call.index("logs") + 1:] if not word.startswith("-")}
    assert named <= set(up)
    assert all(f"`{name}`" in PAGE for name in up)


def resources() -> set[str]:
    """What the manifests make, and what is made of it, as `kind/name`."""
    made = {f"{document['kind'].lower()}/{document['metadata']['name']}" for name in MANIFESTS
            for document in manifests(name)}
    return made | {f"service/{each.split('/')[1]}-head-svc" for each in made if each.startswith("raycluster/")}


def test_kubectl_names_what_the_manifests_make():
    named = {word for call in calls("kubectl") for word in call if re.fullmatch(r"[a-z]+/[a-z-]+", word)}
    assert {"raycluster/sat-sweep", "service/sat-sweep-head-svc", "rayjob/sat-sweep"} <= named <= resources()
    assert all("--namespace" in call or call[:2] == ["create", "namespace"] for call in calls("kubectl"))


def test_kubectl_makes_the_secrets_and_files_that_the_manifests_read():
    made = [" ".join(call) for call in calls("kubectl")]
    read = "".join((DOCKER / "kuberay" / name).read_text() for name in MANIFESTS)
    for what, reference in (("secret generic", r"secretKeyRef: \{name: ([\w-]+)"),
                            ("secret generic", r"secretName: ([\w-]+)"), ("configmap", r"configMap: \{name: ([\w-]+)")):
        assert all(any(f" create {what} {name} " in call for call in made) for name in re.findall(reference, read))
    named = {call.split(" create ")[1].split(" --")[0].split()[-1] for call in made if " create " in call}
    assert all(re.search(rf"(name|secretName): {name}\b", read) for name in named)


def test_what_kubectl_makes_from_files_is_what_the_manifests_read(tmp_path):
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    secrets = made_secrets(tmp_path)
    shutil.copytree(ROOT / "search_spaces", tmp_path / "search_spaces")
    token, *rest = [line for line in LINES if "kubectl" in line and " create " in line and "from-" in line][::-1]
    for line in (token, *rest):
        done = subprocess.run(["sh", "-c", f"{line} --dry-run=client --output=yaml"], cwd=tmp_path, capture_output=True,
                              text=True)
        assert done.returncode == 0, (line, done.stderr)
        if "auth_token" in line:
            assert base64.b64encode(secrets["RAY_AUTH_TOKEN"].encode()).decode() in done.stdout


@pytest.mark.filterwarnings("ignore")  # Ray's own
@pytest.mark.parametrize("call", [call for call in calls("ray") if len(call) > 1], ids=" ".join)
def test_each_call_of_ray_is_understood(call):
    from ray.scripts.scripts import cli

    command, *arguments = call
    cli.commands[command].make_context(command, arguments)


def test_links_within_the_page_lead_somewhere():
    titles = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= anchors
