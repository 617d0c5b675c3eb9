"""Sweeps on a cluster of real nodes that come, go, and are not all alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sat_sweep.home.status import WorkerShare, read_status
from tests.execution.sweeps import Ended, Lab
from tests.execution.watched_nodes import RETRIES, WatchedCluster, most_at_a_time, watched_cluster

pytestmark = pytest.mark.slow
SEARCHED = "sat.start_epoch: 1, sat.momentum: {low: 0.5, high: 0.99}"
SPACE = f"""\
name: tiny
dataset: {{name: digits, subset: 300}}
noise: {{kind: symmetric, rates: [0.4]}}
methods: [ce, sat]
model: {{name: mlp, width: 32}}
training: {{epochs: 4, batch_size: 32}}
search: {{trials: 4, batch: 4, pruner: none, space: {{{SEARCHED}}}}}
confirm: {{seeds: 3}}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedCluster]:
    with watched_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The sweep, undisturbed, without Ray."""
    lab = Lab(tmp_path_factory.mktemp("reference"), SPACE)
    launched = lab.launch("--serial")
    assert launched.status == 0, launched.err
    return lab


def lab_with(folder: Path, resources: str = "{}", text: str = SPACE) -> Lab:
    folder.mkdir(exist_ok=True)
    return Lab(folder, f"{text}resources: {resources}\n")


def check_same(lab: Lab, launched: Ended, reference: Lab) -> None:
    assert launched.status == 0, launched.err
    assert {result["state"] for result in lab.results().values()} == {"complete"}
    assert lab.results() == reference.results()
    assert lab.report() == reference.report()


def test_a_cluster_without_a_node_is_waited_for_and_nodes_that_join_are_used(
        cluster: WatchedCluster, tmp_path: Path, reference: Lab) -> None:
    """First there is none, then one with a CPU, then one with two: all three train in the end."""
    cluster.forget(seconds=1.0)
    lab = lab_with(tmp_path)
    with lab.driver("--address", cluster.address) as driver:
        driver.wait_for(lambda: "waiting for a node: a trial asks for 1 CPU" in (tmp_path / "err").read_text())
        with cluster.node(1):
            driver.wait_for(lambda: len(cluster.epochs()) >= 2)
            with cluster.node(2):
                launched = driver.ended()
    assert "going on with 1 worker\n" in launched.err
    assert most_at_a_time(lab) == 3
    assert len({epoch.node for epoch in cluster.epochs()}) == 2
    check_same(lab, launched, reference)


def test_nodes_that_vanish_cost_no_attempt(cluster: WatchedCluster, tmp_path: Path, reference: Lab) -> None:
    """Again and again, while they train and while they are still starting: oftener than a machine may fail."""
    cluster.forget(seconds=1.0)
    lab = lab_with(tmp_path)
    with lab.driver("--address", cluster.address) as driver:
        for _ in range(RETRIES + 2):
            node, before = cluster.add(1), len(cluster.epochs())
            driver.wait_for(lambda before=before: len(cluster.epochs()) > before)  # type: ignore[misc]
            cluster.kill(node)
        cluster.forget()
        with cluster.node(2):
            launched = driver.ended()
    assert "by the machine" not in launched.err
    check_same(lab, launched, reference)


@pytest.mark.parametrize("workers", [True, False])
def test_a_node_that_comes_back_from_the_dead_changes_nothing(
        cluster: WatchedCluster, tmp_path: Path, reference: Lab, workers: bool) -> None:
    """It is silent until its trial has been given to another; its workers, stopped or not, still end their epoch."""
    cluster.forget(seconds=1.0)
    lab, lost = lab_with(tmp_path), cluster.add(1)
    with lab.driver("--address", cluster.address) as driver:
        driver.wait_for(lambda: len(cluster.epochs()) >= 2)
        stopped = cluster.stop(lost, workers=workers)
        with cluster.node(2):
            driver.wait_for(lambda: lab.ended() >= 8)  # without it one study or the other cannot end its search
            cluster.wake(stopped)
            launched = driver.ended()
    cluster.cluster.remove_node(lost, allow_graceful=False)  # what is left of it
    assert "by the machine" not in launched.err
    check_same(lab, launched, reference)


def test_trials_run_where_the_file_says_and_no_more_than_it_says(
        cluster: WatchedCluster, tmp_path: Path, reference: Lab) -> None:
    cluster.forget(seconds=0.2)
    lab = lab_with(tmp_path, "{max_concurrent: 2, labels: {market: spot}, custom: {ssd: 1}}")
    with (cluster.node(2), cluster.node(4, labels={"market": "spot"}, resources={"ssd": 4}) as wanted,
          cluster.node(2, labels={"market": "spot"})):
        launched = lab.launch("--address", cluster.address)
    assert {epoch.node for epoch in cluster.epochs()} == {wanted.node_id}
    assert most_at_a_time(lab) == 2
    check_same(lab, launched, reference)


def test_a_small_sweep_beside_a_large_one_has_its_share_and_the_large_one_has_it_back(
        cluster: WatchedCluster, tmp_path: Path, reference: Lab) -> None:
    """The large one has both workers, and trials in line for them, when the small one comes."""
    cluster.forget(seconds=0.15)
    many = SPACE.replace("trials: 4, batch: 4", "trials: 9000, batch: 300, sampler: random")  # it does not end
    large, small = lab_with(tmp_path / "large", text=many), lab_with(tmp_path / "small")
    with cluster.node(2), large.driver("--address", cluster.address) as driver:
        driver.wait_for(lambda: large.ended() >= 3)
        launched = small.launch("--address", cluster.address)
        check_same(small, launched, reference)
        driver.wait_for(lambda: has_all(large, workers=2))
        large.stop()
        assert driver.ended().status == 3
    times = [(result.started, result.ended) for result in small.sweep.results()]
    began, last = min(start for start, _ in times), max(end for _, end in times)
    assert most_at_a_time(small) == 1
    assert most_at_a_time(large, since=began, until=last) == 1
    assert sum(began < result.started < last for result in large.sweep.results()) >= 3, "they really were side by side"


def has_all(lab: Lab, workers: int) -> bool:
    """Whether a sweep says that it may have so many workers, has them, and trains on each."""
    status = read_status(lab.sweep)
    running = sum(study.running for study in status.studies)
    return status.share == WorkerShare(workers, workers, workers, 1.0) and running == workers


def test_out_of_memory_a_trial_is_tried_alone(
        cluster: WatchedCluster, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Half of a device is too little for sat, whole ones do; a custom resource stands in for a GPU."""
    cluster.forget()
    text = SPACE.replace("trials: 4, batch: 4", "trials: 2, batch: 2").replace("seeds: 3", "seeds: 1")
    lab, reference = lab_with(tmp_path, "{custom: {share: 0.5}}", text), Lab(tmp_path_factory.mktemp("small"), text)
    assert reference.launch("--serial").status == 0
    with cluster.node(2, resources={"share": 1}):
        launched = lab.launch("--address", cluster.address, "--no-share")
    shares = {(epoch.method, epoch.share) for epoch in cluster.epochs()}
    assert shares == {("ce", 0.5), ("sat", 0.5), ("sat", 1.0)}
    check_same(lab, launched, reference)


def test_out_of_memory_alone_is_the_trials_failure(cluster: WatchedCluster, tmp_path: Path) -> None:
    """No device is large enough for gce: it is tried alone once more, and the others go on."""
    cluster.forget()
    text = SPACE.replace("[ce, sat]", "[ce, gce]").replace(SEARCHED, "gce.q: {low: 0.3, high: 0.8}")
    text = text.replace("trials: 4, batch: 4", "trials: 1, batch: 1")
    lab = lab_with(tmp_path, "{custom: {share: 0.5}}", text)
    with cluster.node(2, resources={"share": 1}):
        launched = lab.launch("--address", cluster.address, "--no-share")
    assert launched.status == 1
    results = {(result.method, result.state, result.reason or "") for result in lab.sweep.results()}
    assert results == {("ce", "complete", ""), (
        "gce", "failed", "torch.OutOfMemoryError: CUDA out of memory, as far as this test is concerned")}
    tried = [epoch.share for epoch in cluster.epochs() if epoch.method == "gce"]
    assert (tried.count(0.5), tried.count(1.0)) == (1, 1)


def test_patience_with_a_cluster_ends(cluster: WatchedCluster, tmp_path: Path) -> None:
    lab = lab_with(tmp_path, "{gpus: 1, patience: 0.05}")
    with cluster.node(1):
        launched = lab.launch("--address", cluster.address)
    assert launched.status == 2
    assert launched.err.splitlines()[-1] == (
        "a trial asks for 1 CPU and 1 GPU (`resources:`), and Ray has 1 CPU and 0 GPUs on 2 nodes")
    assert "Traceback" not in launched.err
