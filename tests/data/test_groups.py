"""What belongs together stays together, in every split, and without groups nothing changes."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import torch

from sat_sweep.config.data_checks import check_data
from sat_sweep.config.space import SpaceFile
from sat_sweep.data import build_trial_data, load, part_sizes, training_images
from sat_sweep.data.noise import NoiseLevel
from sat_sweep.data.oddities import groups_told
from sat_sweep.data.splits import stratified_split
from sat_sweep.errors import DataUnavailable, UserError
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial
from tests.conftest import numbers
from tests.data.making import make_dataset, picture, spec

NOISE = NoiseLevel(kind="symmetric", label="symmetric-0.2", rate=0.2)


def patients(count=60, seed=0):
    """Labels and patients of one to nine rows each, in shuffled order; most patients have one class."""
    random = np.random.default_rng(seed)
    rows = [(int(random.integers(3)) if random.random() < 0.2 else patient % 3, patient)
            for patient in range(count) for _ in range(int(random.integers(1, 10)))]
    random.shuffle(rows)
    labels, numbers = zip(*rows, strict=True)
    return torch.tensor(labels), torch.tensor(numbers)


@pytest.fixture
def table(tmp_path):
    """A table of patients with a feature; the name of a patient would be too much to be a category."""
    labels, numbers = patients(200)
    random = np.random.default_rng(1)
    lines = [f"{label + random.normal():.4f},person {number},{'abc'[label]}"
             for label, number in zip(labels.tolist(), numbers.tolist(), strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["value,who,label", *lines]))
    return tmp_path / "rows.csv"


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_on_both_sides_and_classes_keep_about_their_shares(seed):
    labels, groups = patients()
    rest, chosen = stratified_split(labels, round(0.2 * len(labels)), seed, groups)
    assert torch.equal(torch.cat([rest, chosen]).sort().values, torch.arange(len(labels)))
    assert not {*groups[rest].tolist()} & {*groups[chosen].tolist()}
    wanted, found = 0.2 * labels.bincount(), labels[chosen].bincount(minlength=3)
    assert (found - wanted).abs().max() <= 5
    assert abs(len(chosen) - 0.2 * len(labels)) <= 5, "half a group of nine, rounded up"


def test_the_seed_decides_which():
    labels, groups = patients()
    one, same, other = (stratified_split(labels, 60, seed, groups)[1] for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_groups_of_one_are_no_groups():
    """Then sizes are what they are without, but for one example of a class."""
    labels = patients()[0]
    chosen = stratified_split(labels, 60, 0, torch.arange(len(labels)))[1]
    assert (labels[chosen].bincount() - labels.bincount() * 60 / len(labels)).abs().max() <= 1.5


@pytest.mark.parametrize("size", [5, 95])
def test_a_part_that_would_be_empty_is_refused(size):
    with pytest.raises(UserError, match=r"cannot be had of whole groups: there are 2, the largest with 50"):
        stratified_split(torch.arange(4).repeat(25), size, 0, torch.arange(2).repeat_interleave(50))


def test_every_part_of_a_trial_keeps_groups_whole(table):
    labels, groups = patients()
    features = torch.randn(len(labels), 3, generator=torch.Generator().manual_seed(0))
    dataset = make_dataset(images=features, labels=labels, groups=groups, columns={}, class_names=("a", "b", "c"))
    for seed in range(3):
        data = build_trial_data(dataset, NOISE, seed=seed, validation_fraction=0.2, trusted=30)
        parts = [{*groups[part.positions].tolist()} for part in (data.train, data.validation, data.trusted)]
        assert all(parts)
        assert sum(map(len, parts)) == len(groups.unique())


def test_a_table_is_loaded_so(table):
    dataset = load(spec("table", train=table, group="who", subset=400))
    assert dataset.images.shape[1] == 1, "the group is no feature"
    assert abs(len(dataset.labels) - 400) <= 5
    _, groups = patients(200)
    train, test = ({*groups[list(origin.rows)].tolist()} for origin in (dataset.origin, dataset.test_origin))
    assert not train & test
    assert len(train) == len(dataset.groups.unique())
    assert training_images(spec("table", train=table, group="who", subset=400)) == len(dataset.labels)
    assert training_images(spec("table", train=table, group="who")) == len(load(
        spec("table", train=table, group="who")).labels)
    assert groups_told(dataset).startswith(f"Kept whole: {len(train)} groups of training rows, the largest with ")


def test_groups_are_told_apart_from_none(table):
    plain, grouped = (load(spec("table", train=table, drop=["who"], subset=50)),
                      load(spec("table", train=table, group="who", subset=50)))
    assert plain.groups is None
    assert groups_told(plain) is None
    assert plain.fingerprint != grouped.fingerprint
    assert "group" not in spec("table", train=table).model_dump(mode="json")


def test_a_parquet_file_is_loaded_so(tmp_path):
    cells = [{"bytes": picture(value), "path": None} for value in range(40)]
    groups = [f"scene {number // 4}" for number in range(40)]
    columns = {"image": cells, "label": [0, 1] * 20, "scene": groups, "crowd": [0, 1] * 20}
    pa.parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")
    dataset = load(spec("parquet", train=tmp_path / "rows.parquet", group="scene"))
    assert set(dataset.columns) == {"crowd"}
    assert (dataset.groups.bincount() % 4 == 0).all()
    assert len(dataset.labels) + len(dataset.test_labels) == 40


@pytest.mark.parametrize("options", [{}, {"train_on": "trainval"}, {"trusted": 30}])
def test_sizes_are_those_of_the_parts(options):
    labels, groups = patients()
    for known in (None, groups):
        dataset = make_dataset(images=torch.zeros(len(labels), 3), labels=labels, groups=known, columns={},
                               class_names=("a", "b", "c"))
        asked = {"seed": 1, "validation_fraction": 0.2, **options}
        data = build_trial_data(dataset, NOISE, **asked)
        held_out = 0 if data.validation is None else len(data.validation)
        assert part_sizes(dataset, NOISE, **asked) == (len(data.train), held_out)


def test_a_trial_counts_what_it_really_has(table, trial):
    """Steps, sharing and resuming go by the split of groups."""
    about = trial("sat", epochs=4, dataset={"name": "table", "train": str(table), "group": "who"},
                  noise=NOISE.model_dump(mode="json"))
    found = Trial(about)
    assert found.method.setting.examples == len(found.data.train)
    counts = {len(Trial(about.model_copy(update={"seed": seed})).data.train) for seed in range(6)}
    assert len(counts) > 1, "it is no share of what there is"
    assert numbers(epochs(about)) == numbers(epochs(about))


@pytest.mark.parametrize(("train", "test", "group", "message"), [
    ("a,who,label\n1,x,0\n2,,1\n", None, "who", "'who' has 1 missing values"),
    ("a,who,label\n1,x,0\n", None, "whom", "no column 'whom'; did you mean 'who'"),
    ("a,who,label\n1,x,0\n2,y,1\n", "a,who,label\n1,z,0\n1,y,0\n", "who", "has rows of 1 groups .*, such as y;"),
])
def test_refusals(tmp_path, train, test, group, message):
    files = {"train": train, **({"test": test} if test else {})}
    for name, content in files.items():
        (tmp_path / name).with_suffix(".csv").write_text(content)
    with pytest.raises(DataUnavailable, match=message):
        spec("table", group=group, **{name: tmp_path / f"{name}.csv" for name in files}).source()


def test_a_split_that_cannot_be_is_told_before_anything_trains(table):
    labels = torch.arange(2).repeat(50)
    dataset = make_dataset(images=torch.zeros(100, 1), labels=labels, groups=labels, columns={}, class_names=("a", "b"))
    space = SpaceFile.model_validate(json.loads(json.dumps({
        "name": "x", "dataset": {"name": "table", "train": str(table)}, "noise": {"kind": "as_given"},
        "methods": ["ce"], "model": {"name": "mlp"}})))
    (problem,) = [each for each in check_data(space, dataset) if each.path.startswith("dataset")]
    assert (problem.path, "whole groups" in problem.message) == ("dataset.validation_fraction", True)
