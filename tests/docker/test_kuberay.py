"""The manifests: valid, the same services as compose.yaml, secrets from Secrets, probes everywhere."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from .files import EXAMPLE, ROOT, SECRETS, compose, manifests, pods, words

SCHEMA = yaml.safe_load((ROOT / "tests" / "docker" / "kuberay_schema.yaml").read_text())
SERVICES = manifests("services.yaml")
(CLUSTER,), (JOB,) = manifests("raycluster.yaml"), manifests("rayjob.yaml")
COMPOSE = compose(EXAMPLE)["services"]
GIVEN_BY_KUBERAY = {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN"}


def check(document: dict[str, Any]) -> None:
    """Refuse a document that Kubernetes or KubeRay would refuse, unknown fields included."""
    if document["apiVersion"] == "ray.io/v1":
        jsonschema.validate(document, SCHEMA)
        for pod in pods(document):
            kubernetes_validate.validate({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, **pod},
                                         "1.35", strict=True)
    else:
        kubernetes_validate.validate(document, "1.35", strict=True)


def containers(*documents: dict[str, Any]) -> list[dict[str, Any]]:
    return [container for document in documents for pod in pods(document) for container in pod["spec"]["containers"]]


@pytest.mark.parametrize("document", [*SERVICES, CLUSTER, JOB], ids=lambda d: f"{d['kind']}-{d['metadata']['name']}")
def test_it_is_valid(document):
    check(document)


@pytest.mark.parametrize(("document", "right", "wrong"), [
    (CLUSTER, "workerGroupSpecs", "workerGroups"), (CLUSTER, "minReplicas", "minimumReplicas"),
    (CLUSTER, '"mode": "token"', '"mode": "tokens"'), (CLUSTER, "containerPort", "containerport"),
    (CLUSTER, "readinessProbe", "readynessProbe"), (JOB, "submissionMode", "mode"), (JOB, '"RayJob"', '"RayCluster"'),
    (SERVICES[1], "volumeClaimTemplates", "volumeClaims")])
def test_the_check_notices(document, right, wrong):
    text = json.dumps(document)
    assert right in text
    with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
        check(json.loads(text.replace(right, wrong)))


def test_a_sweep_of_its_own_has_the_cluster_that_stands():
    alone = copy.deepcopy(JOB["spec"]["rayClusterSpec"])
    head = alone["headGroupSpec"]["template"]["spec"]
    assert head.pop("volumes") == [{"name": "spaces", "configMap": {"name": "sat-sweep-spaces"}}]
    assert head["containers"][0].pop("volumeMounts") == [{"name": "spaces", "mountPath": "/spaces"}]
    assert alone == CLUSTER["spec"]


def test_nodes_have_the_variables_that_compose_gives_them():
    ours = COMPOSE["head"]["environment"]
    for container in containers(CLUSTER, JOB):
        given = {variable["name"]: variable for variable in container["env"]}
        assert set(given) | GIVEN_BY_KUBERAY == set(ours)
        plain = {name: variable["value"] for name, variable in given.items() if "value" in variable}
        assert plain == {name: ours[name] for name in plain}
        assert all(name not in plain for name in SECRETS)
    assert CLUSTER["spec"]["authOptions"] == {"mode": "token", "secretName": "sat-sweep-token"}


def test_each_key_of_the_secret_is_a_variable_of_the_env_file():
    sources = [variable["valueFrom"]["secretKeyRef"] for container in containers(*SERVICES, CLUSTER, JOB)
               for variable in container["env"] if "valueFrom" in variable]
    assert {source["name"] for source in sources} == {"sat-sweep"}
    users = {"PGUSER", "MLFLOW_TRACKING_USERNAME"}
    assert {source["key"] for source in sources} == SECRETS - {"RAY_AUTH_TOKEN"} | users


def test_services_are_those_of_compose():
    ports = {"postgres": 5432, "mlflow": 5000, "s3": 8333}
    for name, port in ports.items():
        service, workload = (next(d for d in SERVICES if (d["kind"], d["metadata"]["name"]) == (kind, name))
                             for kind in ("Service", "StatefulSet"))
        (container,) = containers(workload)
        assert [each["port"] for each in service["spec"]["ports"]] == [port]
        assert [each["containerPort"] for each in container["ports"]] == [port]
        assert service["spec"]["selector"] == workload["spec"]["template"]["metadata"]["labels"]
        assert container["image"] == COMPOSE[name]["image"]


def test_mlflow_and_the_store_are_started_as_compose_starts_them():
    ours = {container["name"]: container for container in containers(*SERVICES)}
    assert ours["s3"]["args"] == words(COMPOSE["s3"]["command"])
    assert " ".join(ours["mlflow"]["args"]).replace("=", " ") == " ".join(words(COMPOSE["mlflow"]["command"]))
    assert {variable["name"] for variable in ours["mlflow"]["env"]} - {"PGUSER", "PGPASSWORD"} == set(
        COMPOSE["mlflow"]["environment"])
    assert not next(pods(SERVICES[3]))["spec"]["enableServiceLinks"]  # MLFLOW_PORT would be an address


def test_every_container_is_probed_limited_and_without_privileges():
    for container in containers(*SERVICES, CLUSTER, JOB):
        assert {"readinessProbe", "livenessProbe"} <= set(container)
        assert "memory" in container["resources"]["limits"]
    for pod in [*pods(CLUSTER), *pods(JOB), *pods(SERVICES[3])]:
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert pod["spec"]["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_version_of_ray_is_the_one_in_the_image():
    import ray

    pinned = dict(line.split("==") for line in (ROOT / "docker" / "constraints.txt").read_text().splitlines())
    assert CLUSTER["spec"]["rayVersion"] == pinned["ray"]
    assert ray.__version__.split(".")[:2] == pinned["ray"].split(".")[:2]


def test_workers_come_with_the_work_and_drivers_have_a_node_of_their_own():
    cpu, gpu = CLUSTER["spec"]["workerGroupSpecs"]
    assert CLUSTER["spec"]["enableInTreeAutoscaling"]
    assert (cpu["replicas"], cpu["minReplicas"]) == (gpu["minReplicas"], gpu["maxReplicas"]) == (0, 0)
    assert cpu["maxReplicas"] > 0
    assert CLUSTER["spec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert gpu["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
