"""What a service is made of: where it listens, what it is told, where nothing secret stands."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from sat_sweep.errors import UserError
from sat_sweep.home.holder import Holder
from sat_sweep.service import MemberState, ServiceRecord, ServiceSettings, members
from sat_sweep.service.members import addresses, private_folder
from sat_sweep.service.record import read_record

TOKEN = "a-token-for-tests-only"


def of(settings: ServiceSettings) -> dict:
    return {member.name: member for member in members(settings, TOKEN)}


def test_the_token_is_in_no_command_and_not_shown(tmp_path):
    found = of(ServiceSettings.asked(str(tmp_path)))
    assert TOKEN not in repr(found)
    assert all(TOKEN in member.environment(tmp_path).values() for member in found.values())


def test_nothing_leads_to_another_cluster_or_server(tmp_path, monkeypatch):
    for name in ("RAY_ADDRESS", "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("AWS_PROFILE", "ours")
    environment = of(ServiceSettings.asked(str(tmp_path)))["ray"].environment(tmp_path)
    assert "elsewhere" not in environment.values()
    assert environment["AWS_PROFILE"] == "ours"
    assert environment["SAT_SWEEP_HOME"] == str(tmp_path)


@pytest.mark.parametrize(("host", "everywhere"), [("127.0.0.1", False), ("0.0.0.0", True), ("localhost", False)])
def test_the_network_is_let_in_only_by_host(tmp_path, host, everywhere):
    settings = ServiceSettings.asked(str(tmp_path), host=host)
    found = of(settings)
    assert settings.is_local is not everywhere
    assert f"--dashboard-host={host}" in found["ray"].command
    assert host in found["mlflow"].command
    assert found["optuna"].host == "127.0.0.1"
    assert found["ray"].health_url == f"http://{'127.0.0.1' if everywhere else host}:8265/api/gcs_healthz"
    assert found["mlflow"].command[-2].split(",")[:1] == ["127.0.0.1:5000"]
    assert (len(found["mlflow"].command[-2].split(",")) > 2) is everywhere


@pytest.mark.skipif(not Path("/proc/net/fib_trie").exists(), reason="only Linux lists them there")
def test_a_machine_is_called_by_any_of_its_addresses(tmp_path):
    known = addresses()
    assert "127.0.0.1" in known
    with socket.socket(type=socket.SOCK_DGRAM) as routed:
        routed.connect((next(iter(known - {"127.0.0.1"}), "127.0.0.1"), 9))
        assert routed.getsockname()[0] in known
    called = of(ServiceSettings.asked(str(tmp_path), host="0.0.0.0", mlflow_port=5001))["mlflow"].command[-2].split(",")
    assert {f"{address}:5001" for address in known} <= set(called)


def test_a_local_home_has_its_own_databases_as_without_a_service(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = ServiceSettings.asked("sweeps")
    variables = of(settings)["ray"].variables
    assert settings.home == str(tmp_path / "sweeps")
    assert settings.studies_url == f"sqlite:///{tmp_path}/sweeps/studies.db"
    assert settings.tracking_url == f"sqlite:///{tmp_path}/sweeps/mlflow.db"
    assert {"SAT_SWEEP_STUDIES", "SAT_SWEEP_TRACKING"} & set(variables) == set()
    given = ServiceSettings.asked("sweeps", studies="sqlite:///mine.db")
    assert of(given)["ray"].variables["SAT_SWEEP_STUDIES"] == f"sqlite:///{tmp_path}/mine.db"


def test_an_object_store_has_databases_and_token_among_the_user_s_files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    settings = ServiceSettings.asked("s3://bucket/sweeps/")
    assert settings.folder.parent == tmp_path / "sat-sweep"
    assert settings.folder == ServiceSettings.asked("s3://bucket/sweeps").folder
    assert settings.folder != ServiceSettings.asked("s3://bucket/others").folder
    variables = of(settings)["ray"].variables
    assert variables["SAT_SWEEP_HOME"] == "s3://bucket/sweeps"
    assert variables["SAT_SWEEP_STUDIES"] == f"sqlite:///{settings.folder}/studies.db"
    assert variables["SAT_SWEEP_TRACKING"] == f"sqlite:///{settings.folder}/mlflow.db"


def test_a_password_in_the_storage_s_address_is_refused_and_a_reference_is_passed_on(tmp_path):
    with pytest.raises(UserError, match="a password does not belong into a command") as refused:
        ServiceSettings.asked(str(tmp_path), studies="postgresql://me:hunter2@host/db")
    assert "hunter2" not in str(refused.value)
    referring = "postgresql://${PGUSER}:${PGPASSWORD}@host/db"
    variables = of(ServiceSettings.asked(str(tmp_path), studies=referring))["optuna"].variables
    assert variables["SAT_SWEEP_STUDIES"] == referring


def test_sockets_of_ray_have_short_paths(tmp_path):
    session = "ray/session_2026-11-26_12-25-39_184798_4194304/sockets/plasma_store"
    assert len(str(private_folder(tmp_path / ("deep" * 60)) / session)) <= 107


def test_what_is_written_down_is_read_back(tmp_path):
    settings = ServiceSettings.asked(str(tmp_path / "home"), ray_port=8266)
    record = ServiceRecord(settings, Holder.here(), {"ray": MemberState("up", 5, 1)}, awaited=("digits",))
    record.write(tmp_path)
    assert read_record(tmp_path) == record
    assert record.is_alive
    assert record.is_up
    (tmp_path / "service.json").write_text(json.dumps({"settings": {}}))
    assert read_record(tmp_path) is None
    assert read_record(Path(tmp_path / "nowhere")) is None
