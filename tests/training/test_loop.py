"""The loop against a loop written out by hand, and what it does when training breaks down."""

import subprocess
import sys

import pytest
import torch

from sat_sweep.data import build_trial_data, load, normalise
from sat_sweep.models import build_model
from sat_sweep.seeds import derive
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial
from sat_sweep.training.network import capture
from sat_sweep.training.optimizers import SGD, Adam, AdamW, plain_step
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.trajectory.state import decode, encode
from tests.conftest import numbers


def by_hand(spec, count):
    """Plain cross-entropy training of the same spec, as one would write it in a notebook."""
    torch.set_num_threads(1)
    task = build_trial_data(load(spec.dataset), spec.noise, seed=spec.seed,
                      validation_fraction=spec.dataset.validation_fraction)
    inputs = normalise(task.train.inputs, task.mean, task.std, torch.device("cpu"))
    held_out = normalise(task.validation.inputs, task.mean, task.std, torch.device("cpu"))
    torch.manual_seed(derive(spec.seed, "initialisation"))
    model = build_model(spec.model, task.input_shape, task.num_classes)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, fused=True)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, spec.training.epochs)
    for epoch in range(1, count + 1):
        order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(derive(0, "order", epoch)))
        for index in order.split(spec.training.batch_size):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(inputs[index]), task.train.labels[index]).backward()
            optimizer.step()
        scheduler.step()
        predictions = model(held_out).argmax(1)
        yield (predictions == task.validation.labels).float().mean().item()


def test_equals_a_loop_written_by_hand(trial):
    ours = [record.metrics["val/noisy_accuracy"] for record in epochs(trial("ce", epochs=5))]
    assert ours == pytest.approx(list(by_hand(trial("ce", epochs=5), 5)), abs=1e-6)


def test_the_same_spec_gives_the_same_records(trial):
    assert numbers(epochs(trial("sat+reset"))) == numbers(epochs(trial("sat+reset")))


def test_another_seed_gives_others(trial):
    assert numbers(epochs(trial("ce", seed=1))) != numbers(epochs(trial("ce")))


def test_global_randomness_neither_matters_nor_is_touched(trial):
    expected = numbers(epochs(trial("ce")))
    torch.manual_seed(123)
    before = torch.get_rng_state()
    assert numbers(epochs(trial("ce"))) == expected
    assert torch.equal(torch.get_rng_state(), before)


def test_divergence_ends_the_trial_with_a_reason(trial):
    spec = trial("ce", training={"optimizer": {"name": "sgd", "lr": 1e18}})
    *_, last = epochs(spec)
    assert last.diverged == "the training loss is not finite"
    assert last.epoch < spec.training.epochs
    assert all(value == value for value in last.metrics.values())


def test_search_reads_neither_clean_nor_test_labels(trial):
    first, *_ = epochs(trial("ce", evaluate="noisy"))
    assert set(first.metrics) == {"train/loss", "train/noisy_accuracy", "train/memorized", "train/corrected",
                                  "val/noisy_accuracy", "val/noisy_loss", "epoch_seconds"}


def test_without_noise_nothing_is_memorised(trial):
    first, *_ = epochs(trial("ce", rate=0.0))
    assert not {"train/memorized", "train/corrected"} & set(first.metrics)


def test_training_on_validation_images_leaves_no_validation_metrics(trial):
    first, *_ = epochs(trial("ce", train_on="trainval"))
    assert "test/accuracy" in first.metrics
    assert not any(name.startswith("val/") for name in first.metrics)


def test_memorised_and_corrected_are_shares_of_the_wrong_labels(trial):
    *_, last = epochs(trial("ce", epochs=40))
    assert last.metrics["train/memorized"] > 0.9
    assert last.metrics["train/memorized"] + last.metrics["train/corrected"] <= 1


@pytest.mark.parametrize("optimizer", [{"name": "adam"}, {"name": "adamw"}, {"name": "sgd", "nesterov": True}])
def test_every_optimiser_resumes(trial, optimizer, tmp_path, monkeypatch):
    from sat_sweep.home.files import open_folder
    from sat_sweep.training import TrajectoryStore

    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda *_, **__: True)
    spec = trial("sat+reset", training={"optimizer": optimizer}, **{"sat.start_epoch": 2, "reset.rate": 0.3})
    store = TrajectoryStore(open_folder(tmp_path))
    interrupted = epochs(spec, store)
    for _ in range(4):
        next(interrupted)
    assert numbers(epochs(spec, store)) == numbers(epochs(spec))


def test_weights_that_are_the_best_so_far_are_stored_once(trial):
    made = Trial(trial("ce"))
    run = TrainingRun(made.spec, made.data, made.method)
    sizes = []
    for epoch, accuracy in ((1, 0.5), (2, 0.4)):
        metrics, _ = run.train_epoch(epoch)
        run.remember(EpochRecord(epoch, {**metrics, "val/noisy_accuracy": accuracy}, str(epoch), False))
        content = bytearray().join(encode(run.state()))
        loaded = TrainingRun(made.spec, made.data, made.method)
        loaded.load(decode(content))
        for ours, theirs in ((capture(run.networks), capture(loaded.networks)),
                             (run.best, loaded.best)):
            assert ours.keys() == theirs.keys()
            assert all(torch.equal(ours[name], value) for name, value in theirs.items())
        sizes.append(len(content))
    assert sizes[0] < 0.7 * sizes[1]


@pytest.mark.parametrize("optimizer", [SGD(), SGD(nesterov=True), Adam(), AdamW()])
def test_a_plain_step_is_the_optimisers_step(optimizer):
    def stepped(plain):
        weight = torch.nn.Parameter(torch.linspace(-1, 1, 6).view(2, 3))
        built = optimizer.build([weight])
        step = plain_step(built) if plain else built.step
        for factor in (1.0, -0.5, 2.0):
            weight.grad = factor * weight.detach() + 0.1
            step()
        return weight.detach()

    assert torch.equal(stepped(True), stepped(False))


def test_training_imports_nothing_of_torchs_compiler(trial):
    code = """
import sys
from sat_sweep.training import TrialSpec, epochs

spec = TrialSpec.model_validate_json(sys.argv[1])
assert len(list(epochs(spec))) == 2
print([name for name in sys.modules if name.startswith(("torch._dynamo.", "torch._inductor."))])
"""
    ran = subprocess.run([sys.executable, "-c", code, trial("sat+reset", epochs=2).model_dump_json()],
                         capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n", "which takes a second of every process's start"
