"""What the services remember, searched: PostgreSQL's databases, Ray's records, the objects of the S3 store."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from .stack import Stack

_OBJECTS = """
import botocore.session, json, os, sys
client = botocore.session.get_session().create_client("s3")
secrets = {name: value.encode() for name, value in json.loads(os.environ["SECRETS"]).items()}
for page in client.get_paginator("list_objects_v2").paginate(Bucket=sys.argv[1]):
    for key in [entry["Key"] for entry in page.get("Contents", ())]:
        body = client.get_object(Bucket=sys.argv[1], Key=key)["Body"].read()
        print(*[f"{name} in {key}" for name, value in secrets.items() if value in body], sep="\\n", end="")
"""
_KEYS = """
import ray
from ray.experimental.internal_kv import _internal_kv_get, _internal_kv_list
ray.init(address="auto", log_to_driver=False)
for namespace in (None, b"job", b"fun", b"cls", b"actor", b"worker", b"session", b"cluster", b"dashboard", b"default",
                  b"workflow", b"tune", b"tracing", b"usage_stats", b"healthcheck", b"autoscaler", b"NS"):
    for key in _internal_kv_list(b"", namespace=namespace):
        print(key, _internal_kv_get(key, namespace=namespace))
"""
_KINDS = ("jobs", "actors", "tasks", "workers", "nodes", "runtime_envs", "placement_groups")
_TOLD = ("/api/jobs/", *(f"/api/v0/{kind}?detail=true&limit=10000" for kind in _KINDS))
"""What Ray's dashboard shows of itself."""


def found_secrets(stack: Stack, secrets: dict[str, str]) -> list[str]:
    """Where in what the services remember which of `secrets` stands."""
    texts = {"PostgreSQL": _databases(stack), "Ray's records": _keys(stack),
             **{f"Ray's {path}": text for path, text in _told(stack)}}
    return [f"{name} in {where}" for where, text in texts.items() for name, secret in secrets.items()
            if secret in text] + _objects(stack, secrets)


def _databases(stack: Stack) -> str:
    asked = stack.environment("postgres")
    dumped = stack.head.run(["pg_dumpall", "--host=127.0.0.1", f"--username={asked['POSTGRES_USER']}"],
                            {"PGPASSWORD": asked["POSTGRES_PASSWORD"]})
    assert dumped.returncode == 0, dumped.stderr
    assert "trial_params" in dumped.stdout
    return dumped.stdout


def _keys(stack: Stack) -> str:
    listed = stack.head.run([sys.executable, "-c", _KEYS], stack.environment("head"))
    assert listed.returncode == 0, listed.stderr
    assert "RAY_JOB" in listed.stdout.upper()
    return listed.stdout


def _told(stack: Stack) -> Iterator[tuple[str, str]]:
    token = f"Authorization: Bearer {stack.secrets['RAY_AUTH_TOKEN']}"
    for path in _TOLD:
        status, text = stack.head.get(f"http://127.0.0.1:8265{path}", token)
        assert status == 200, path
        yield path, text


def _objects(stack: Stack, secrets: dict[str, str]) -> list[str]:
    bucket = stack.environment("s3")["S3_BUCKET"]
    searched = stack.head.run([sys.executable, "-c", _OBJECTS, bucket],
                              {**stack.environment("head"), "SECRETS": json.dumps(secrets)})
    assert searched.returncode == 0, searched.stderr
    return searched.stdout.splitlines()
