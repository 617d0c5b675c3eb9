"""What the containers run, run: the commands of compose.yaml on machines that share neither files nor loopback."""

from __future__ import annotations

import base64
import json

import pytest

from .files import ROOT, SECRETS, manifests, words
from .stack import HEAD, WORKERS, Stack

pytestmark = pytest.mark.slow


def basic(name: str, password: str) -> str:
    """The header of basic authentication."""
    return f"Authorization: Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@pytest.mark.parametrize("service", ["postgres", "mlflow", "head", "worker"])
def test_a_health_check_tells_a_service_from_none(stack, service):
    assert stack.healthy(service).returncode == 0
    elsewhere = stack.head if service == "worker" else stack.worker
    if service in ("mlflow", "postgres"):  # every Ray node has what the other two ask
        assert elsewhere.run(stack.health_check(service), stack.environment(service)).returncode != 0


@pytest.mark.parametrize(("user", "password", "status"), [
    ("admin", None, 200), ("admin", "wrong", 401), ("nobody", None, 401)])
def test_mlflow_lets_in_whoever_has_the_password(stack, user, password, status):
    header = basic(user, password or stack.secrets["MLFLOW_TRACKING_PASSWORD"])
    url = "http://mlflow:5000/api/2.0/mlflow/experiments/search?max_results=1"
    assert stack.worker.get(url, header)[0] == status
    assert stack.worker.get(url)[0] == 401


@pytest.mark.parametrize(("host", "status"), [
    ("mlflow:5000", 200), ("localhost:5000", 200), ("127.0.0.1:5000", 200), ("mlflow", 403), ("evil.example", 403)])
def test_mlflow_answers_to_its_own_names_alone(stack, host, status):
    header = basic("admin", stack.secrets["MLFLOW_TRACKING_PASSWORD"])
    url = "http://mlflow:5000/api/2.0/mlflow/experiments/search?max_results=1"
    assert stack.worker.get(url, header, f"Host: {host}")[0] == status


@pytest.mark.parametrize("path", ["/api/jobs/", "/api/version"])
def test_the_jobs_api_asks_for_the_token(stack, path):
    url = f"http://head:8265{path}"
    assert stack.worker.get(url)[0] == 401
    assert stack.worker.get(url, "Authorization: Bearer wrong-and-long-enough-to-be-a-token")[0] in (401, 403)
    assert stack.worker.get(url, f"Authorization: Bearer {stack.secrets['RAY_AUTH_TOKEN']}")[0] == 200


def test_the_workers_have_joined_and_the_head_runs_no_trials(stack):
    token = f"Authorization: Bearer {stack.secrets['RAY_AUTH_TOKEN']}"
    _, text = stack.head.get("http://127.0.0.1:8265/nodes?view=summary", token)
    nodes = {node["ip"]: node["raylet"] for node in json.loads(text)["data"]["summary"]}
    assert {ip: node["resourcesTotal"].get("CPU", 0) for ip, node in nodes.items()} == {
        HEAD: 0, **dict.fromkeys(WORKERS, 1)}


def test_a_sweep_submitted_as_rayjob_does_runs_on_all_of_it_and_shows_no_secret(stack):
    entrypoint = manifests("rayjob.yaml")[0]["spec"]["entrypoint"].replace("/spaces", str(ROOT / "search_spaces"))
    token = {name: stack.secrets[name] for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN")}
    submit = ["ray", "job", "submit", "--address", "http://head:8265", "--", *words(entrypoint)]
    job = stack.worker.start("job", submit, token)
    stack.worker.wait_until(["sat-sweep", "status", "cluster"], stack.environment("worker"), "job")
    processes = stack.processes()
    assert "sat-sweep launch" in processes
    assert "ray start --address" in processes
    assert [name for name in SECRETS if stack.secrets[name] in processes] == []
    assert job.wait(timeout=180) == 0, (stack.worker.folder / "job.log").read_text()

    reported = stack.worker.run(["sat-sweep", "report", "cluster", "--json"], stack.environment("worker"))
    assert reported.returncode == 0, reported.stderr
    assert len(json.loads(reported.stdout)["rows"]) == 4
    assert "cluster" in experiments(stack)


def test_no_file_and_no_log_of_ray_shows_a_secret(stack):
    assert stack.head.run(["sat-sweep", "status", "cluster"], stack.environment("head")).returncode == 0
    assert [(name, found) for name in SECRETS if (found := stack.files_with(stack.secrets[name]))] == []


def experiments(stack: Stack) -> set[str]:
    """The sweeps that MLflow shows."""
    header = basic("admin", stack.secrets["MLFLOW_TRACKING_PASSWORD"])
    url = "http://mlflow:5000/api/2.0/mlflow/experiments/"
    shown = json.loads(stack.worker.get(f"{url}search?max_results=9", header)[1])
    return {experiment["name"] for experiment in shown["experiments"]}
