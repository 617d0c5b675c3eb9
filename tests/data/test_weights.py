"""How much an example counts: in every objective alike, exactly, and without weights nothing changes."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import torch

from sat_sweep.config.data_checks import check_data
from sat_sweep.config.space import SpaceFile
from sat_sweep.data import build_trial_data, load
from sat_sweep.data.noise import NoiseLevel
from sat_sweep.errors import DataUnavailable, UserError
from sat_sweep.methods import Algorithm, Objective, registry, unweighted
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial
from tests.conftest import numbers
from tests.data.making import make_dataset, picture, spec
from tests.methods.runs import begin, run_of

CLEAN = NoiseLevel(kind="symmetric", label="symmetric-0.0", rate=0.0)
OBJECTIVES = [name for name in registry if issubclass(registry[name], Objective) and registry[name].weighs_examples]


@pytest.fixture
def table(tmp_path):
    """Two classes that two numbers tell apart, with weights from 0 to 4."""
    random = np.random.default_rng(0)
    lines = [f"{number % 2 + random.normal():.4f},{random.normal():.4f},{number % 5},{'ab'[number % 2]}"
             for number in range(300)]
    (tmp_path / "rows.csv").write_text("\n".join(["x,y,counts,label", *lines]))
    return {"name": "table", "train": str(tmp_path / "rows.csv")}


def test_the_column_is_no_feature_and_has_mean_one_where_it_is_trained_on(table):
    dataset = load(spec(**table, weight="counts"))
    assert dataset.images.shape[1] == 2
    assert torch.equal(dataset.weights, torch.tensor(dataset.origin.rows) % 5)
    data = build_trial_data(dataset, CLEAN, seed=3, validation_fraction=0.2)
    assert data.train.weights.mean().item() == pytest.approx(1)
    assert torch.allclose(data.train.weights / data.train.weights.max() * 4, dataset.weights[data.train.positions])
    assert (data.validation.weights, data.test.weights) == (None, None)
    assert dataset.fingerprint != load(spec(**table, drop=["counts"])).fingerprint


def slopes(run, batch, epoch=6):
    """The gradient of a step of `run` on `batch` in all parameters; the step is not taken, nothing is remembered."""
    memory = {name: value.clone() for name, value in run.method.memory.items()}
    taken = []
    run.descend = lambda network, loss: taken.extend(
        torch.autograd.grad(loss, [*network.module.parameters()], allow_unused=True))
    run.method.update(run, batch, epoch)
    run.method.memory = memory
    return torch.cat([each.flatten() for each in taken if each is not None])


def first_batch(run):
    begin(run, run.spec.training.epochs)
    return next(iter(run._batches(1)))


@pytest.mark.parametrize("method", OBJECTIVES)
def test_the_gradient_of_each_example_is_multiplied_with_its_weight(trial, table, method):
    """A gradient is then linear in the weights, and weights of one are none, to the bit."""
    run = run_of(trial(method, dataset={**table, "drop": ["counts"]}, noise=CLEAN.model_dump(mode="json")))
    batch = first_batch(run)
    some = torch.arange(len(batch.labels)) < 7
    first, others, both = (slopes(run, replace(batch, weights=weights)) for weights in (
        some.float(), (~some).float(), some * 3.0 + ~some * 0.5))
    assert first.abs().max() > 0
    torch.testing.assert_close(both, 3 * first + 0.5 * others, rtol=1e-4, atol=1e-6)
    assert torch.equal(slopes(run, replace(batch, weights=torch.ones(len(some)))), slopes(run, batch))


def test_a_step_of_cross_entropy_by_hand(trial, table):
    """The mean over the batch of weight times loss."""
    run = run_of(trial("ce", dataset={**table, "weight": "counts"}, noise=CLEAN.model_dump(mode="json")))
    batch, module = first_batch(run), run.network("main").module
    assert len(batch.weights.unique()) > 3
    losses = torch.nn.functional.cross_entropy(module(batch.inputs), batch.labels, reduction="none")
    wanted = torch.autograd.grad((batch.weights * losses).mean(), [*module.parameters()])
    torch.testing.assert_close(slopes(run, batch), torch.cat([each.flatten() for each in wanted]))


def test_rows_of_weight_zero_teach_nothing(trial, tmp_path):
    """Half of the rows have the wrong label and no weight."""
    random = np.random.default_rng(0)
    values, wrong = random.normal(size=400), random.random(400) < 0.5
    labels = (values > 0) ^ wrong
    lines = [f"{value:.4f},{int(not lie)},{'ba'[int(label)]}" for value, lie, label in
             zip(values, wrong, labels, strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["x,counts,label", *lines]))
    about = {"name": "table", "train": str(tmp_path / "rows.csv"), "weight": "counts"}
    trained = run_of(trial("ce", epochs=10, dataset=about, noise=CLEAN.model_dump(mode="json")), trained=10)
    inputs = trained.data.test.inputs
    raw = torch.tensor(values)[list(Trial(trained.spec).dataset.test_origin.rows)]
    guessed = trained.method.predict(trained, inputs).argmax(dim=1)
    assert ((raw > 0).long() == 1 - guessed).float().mean() > 0.9


def test_equal_weights_are_none_and_sharing_goes_by_them(trial, table, tmp_path):
    plain = trial("sat", epochs=4, dataset={**table, "drop": ["counts"]}, noise=CLEAN.model_dump(mode="json"))
    weighed = plain.model_copy(update={"dataset": spec(**table, weight="counts")})
    assert Trial(plain).chain.root != Trial(weighed).chain.root
    assert numbers(epochs(weighed)) == numbers(epochs(weighed)) != numbers(epochs(plain))
    assert "weight" not in plain.dataset.model_dump(mode="json")


@pytest.mark.parametrize("method", ["co_teaching", "mixup", "sop", "ce+dp_sgd"])
def test_what_does_not_go_by_weights_is_refused_by_name(trial, table, method):
    weighed = trial(method, dataset={**table, "weight": "counts"}, noise=CLEAN.model_dump(mode="json"))
    name = method.split("+")[-1]
    with pytest.raises(UserError, match=rf"'{name}' takes steps of its own.*drop '.*', or the weights"):
        list(epochs(weighed))
    space = SpaceFile.model_validate({"name": "x", "dataset": {**table, "weight": "counts"}, "model": {"name": "mlp"},
                                      "noise": {"kind": "as_given"}, "methods": ["ce", method]})
    assert "methods.1" in [problem.path for problem in check_data(space, load(space.dataset))]


def test_nobody_who_owns_a_step_claims_to_go_by_weights():
    algorithms = [name for name in registry if issubclass(registry[name], Algorithm)]
    owning = {name for name in algorithms if not issubclass(registry[name], Objective)}
    assert {name for name in algorithms if unweighted(name)} == owning | {"sop"}
    assert {"sat", "ce", "gce", "elr", "sat_sce"} < set(OBJECTIVES)


def test_parquet_has_weights_too(tmp_path):
    cells = [{"bytes": picture(value), "path": None} for value in range(20)]
    columns = {"image": cells, "label": [0, 1] * 10, "votes": list(range(20))}
    pa.parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")
    dataset = load(spec("parquet", train=tmp_path / "rows.parquet", weight="votes"))
    assert dataset.columns == {}
    assert dataset.weights.tolist() == list(map(float, dataset.origin.rows))


@pytest.mark.parametrize(("values", "message"), [
    (["1", "-1"], "below zero"), (["1", "inf"], "beyond all bounds"), (["1", "nan"], "missing|beyond"),
    (["1", "x"], "has no numbers"), (["1", ""], "missing values"),
])
def test_refusals(tmp_path, values, message):
    (tmp_path / "rows.csv").write_text("a,w,label\n" + "".join(f"1,{value},{i}\n" for i, value in enumerate(values)))
    with pytest.raises(DataUnavailable, match=message):
        spec("table", train=tmp_path / "rows.csv", weight="w").source()


def test_weights_that_are_all_zero_are_refused():
    dataset = make_dataset(weights=torch.zeros(300))
    with pytest.raises(UserError, match="are zero"):
        build_trial_data(dataset, CLEAN, seed=0, validation_fraction=0.2)
