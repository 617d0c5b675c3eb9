"""compose.yaml: valid, healthy in order, closed to the network, and without a secret of its own."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from compose_spec import PyCompose

from .files import DOCKER, EXAMPLE, ROOT, SECRETS, compose, references

FILES = [(), ("compose.gpu.yaml",)]
UP = compose(EXAMPLE)["services"]
OURS = ("head", "worker", "mlflow")


@pytest.mark.parametrize("further", FILES)
def test_it_is_valid(further):
    PyCompose.from_json(json.dumps(compose(EXAMPLE, *further))).validate()


@pytest.mark.parametrize(("was", "wrong"), [
    ("healthcheck:", "helthcheck:"), ("service_healthy", "service_helthy"), ("unless-stopped", "sometimes")])
def test_the_check_notices(was, wrong):
    text = json.dumps(compose(EXAMPLE))
    with pytest.raises(ValueError, match=wrong.strip(":")):
        PyCompose.from_json(text.replace(was.strip(":"), wrong.strip(":")))


def test_every_service_says_when_it_is_healthy_and_waits_for_healthy_ones():
    assert all(service["healthcheck"]["test"][0] == "CMD" for service in UP.values())
    started: set[str] = set()
    while waiting := {name for name in UP if name not in started}:
        ready = {name for name in waiting if set(UP[name].get("depends_on", {})) <= started}
        assert ready, f"{waiting} wait for each other, or for a service that is not there"
        started |= ready
    conditions = {how["condition"] for service in UP.values() for how in service.get("depends_on", {}).values()}
    assert conditions == {"service_healthy"}


def test_ports_are_published_on_loopback_unless_told_otherwise():
    published = [port for service in UP.values() for port in service.get("ports", [])]
    assert sorted(published) == ["127.0.0.1:5000:5000", "127.0.0.1:8265:8265"]
    elsewhere = compose({**EXAMPLE, "PUBLISH": "192.0.2.1"})["services"]
    assert elsewhere["head"]["ports"] == ["192.0.2.1:8265:8265"]
    without = compose({**EXAMPLE, "PUBLISH": ""})["services"]
    assert without["head"]["ports"] == ["127.0.0.1:8265:8265"]


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_missing_secret_is_refused_with_the_remedy(name):
    with pytest.raises(KeyError, match="run docker/make-env first"):
        compose({**EXAMPLE, name: ""})


def test_every_variable_is_used_and_every_used_one_is_explained():
    assert references("compose.yaml") == set(EXAMPLE) - {"RAY_AUTH_MODE"}
    assert UP["head"]["environment"]["RAY_AUTH_MODE"] == EXAMPLE["RAY_AUTH_MODE"]
    before = re.findall(r"^(#.*|\w+=.*)$", (DOCKER / "env.example").read_text(), re.MULTILINE)
    assert len([line for line in before if line.startswith("#")]) >= len(EXAMPLE) - len(SECRETS)


def test_no_secret_is_in_a_command():
    marked = {**EXAMPLE, **{name: f"secret-{name}" for name in SECRETS}}
    commands = [service[part] for service in compose(marked)["services"].values() for part in ("command", "healthcheck")
                if part in service]
    assert "secret-" not in json.dumps(commands)


def test_images_have_a_version_and_ours_no_privileges():
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*|sat-sweep:cpu", service["image"]) for service in UP.values())
    assert all(UP[name]["cap_drop"] == ["ALL"] for name in OURS)
    assert all(UP[name]["security_opt"] == ["no-new-privileges:true"] for name in OURS)


def test_volumes_are_declared_and_used():
    used = {volume.split(":")[0] for service in UP.values() for volume in service.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == set(compose(EXAMPLE)["volumes"])
    assert all((DOCKER / name).exists() for name in used if name.startswith("."))


def test_workers_are_as_many_and_as_large_as_asked():
    worker = compose({**EXAMPLE, "WORKERS": "5", "WORKER_CPUS": "3"})["services"]["worker"]
    assert worker["deploy"]["replicas"] == 5
    assert "--num-cpus=3" in worker["command"].split()


def test_a_gpu_machine_has_one_worker_with_all_gpus_and_the_image_for_them():
    worker = compose({**EXAMPLE, "TORCH": "cu130"}, "compose.gpu.yaml")["services"]["worker"]
    (device,) = worker["deploy"]["resources"]["reservations"]["devices"]
    assert (worker["deploy"]["replicas"], device["count"], device["capabilities"]) == (1, "all", ["gpu"])
    assert (worker["image"], worker["build"]["args"]) == ("sat-sweep:cu130", {"TORCH": "cu130"})


def test_the_shipped_space_file_finds_every_service():
    text = (ROOT / "search_spaces" / "cluster.yaml").read_text()
    space, node = yaml.safe_load(text), UP["head"]["environment"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= set(node)
    assert re.search(r"@(\w+)/(\w+)$", space["storage"]["studies"]).groups() == (
        "postgres", UP["postgres"]["environment"]["POSTGRES_DB"])
    assert space["tracking"]["uri"].removeprefix("http://") in UP["mlflow"]["command"]
    assert node["SAT_SWEEP_HOME"].startswith(f"s3://{UP['s3']['environment']['S3_BUCKET']}/")
    assert node["AWS_ENDPOINT_URL"] == "http://s3:8333"
