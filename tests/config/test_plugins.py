"""Code outside the package that counts: named by a file, by the command line, or installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sat_sweep.config import changes, dump, load_space, load_trial, plan, recorded_space
from sat_sweep.errors import SpaceFileError, UserError
from sat_sweep.home import Home
from sat_sweep.registry import Registry
from sat_sweep.training import TrialSpec, epochs
from sat_sweep.training.loop import Trial

CODE = '''
import math
from typing import Literal

import torch

from sat_sweep import (
    Corrupted, DatasetSpec, ModelSpec, NoiseLevel, NoiseSpec, Objective, Parameters, Range, Source, hyperparameter,
    register_dataset, register_method, register_network, register_noise,
)


@register_network
class Tiny(ModelSpec):
    """A linear classifier."""

    name: Literal["tiny"] = "tiny"
    scale: float = 1.0
    images_only = False

    def build(self, input_shape, num_classes):
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(math.prod(input_shape), num_classes))


class MAEParameters(Parameters):
    start_epoch: int = hyperparameter(2, ge=0, search=Range(1, 3), meaning="epochs of cross-entropy")


@register_method
class MAE(Objective):
    """Mean absolute error after a while."""

    name, paper, Parameters = "my_mae", "Ghosh et al. 2017, arXiv 1712.09482", MAEParameters

    def influence(self, epoch, history):
        return {"loss": "mae"} if epoch > self.parameters.start_epoch else {}

    def loss(self, logits, batch, epoch):
        if not self.influence(epoch, ()):
            return torch.nn.functional.cross_entropy(logits, batch.labels)
        return (1 - logits.softmax(dim=1).gather(1, batch.labels[:, None])).mean()


@register_dataset
class Points(DatasetSpec):
    """Points in two clouds."""

    name: Literal["points"] = "points"

    def source(self):
        labels = torch.arange(200) % 2
        draws = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
        return Source(draws + 4 * labels[:, None], labels, ("a", "b"))


@register_noise
class Swapped(NoiseSpec):
    """Every label is the other one."""

    kind: Literal["swapped"] = "swapped"

    def levels(self):
        return [NoiseLevel(kind="swapped", label="swapped")]

    @classmethod
    def corrupt(cls, level, dataset, seed):
        return Corrupted(dataset.images, 1 - dataset.labels, dataset.labels)
'''
SPACE = """\
name: foreign
plugins: [mine.py]
dataset: {name: points}
noise: {kind: swapped}
methods: [ce, my_mae]
model: {name: tiny, scale: 2}
training: {epochs: 4, batch_size: 30}
search: {trials: 2, batch: 2, pruner: none}
confirm: {seeds: 1}
resources: {cpus: 1}
"""


@pytest.fixture(autouse=True)
def only_here():
    """What a test has loaded is forgotten with it."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if hasattr(sys.modules[name], "__plugin_code__"):
            del sys.modules[name]
            for registry in Registry.everywhere:
                registry.forget(name)


@pytest.fixture
def file(write):
    """A space file beside the plug-in that it names."""
    write(CODE, "mine.py")
    return write(SPACE)


def test_everything_that_a_file_names_counts_and_trains(file, tmp_path):
    planned = plan(load_space(file))
    assert planned.studies[1].dimensions[0].name == "my_mae.start_epoch"
    spec = planned.studies[1].typical_spec()
    assert spec.plugins[0].source == str(tmp_path / "mine.py")
    *_, last = epochs(spec)
    assert (last.epoch, last.acts) == (4, True)


def test_without_the_plugin_its_names_are_unknown(write):
    with pytest.raises(SpaceFileError) as caught:
        load_space(write(SPACE.replace("plugins: [mine.py]\n", "")))
    assert [problem.path for problem in caught.value.problems] == ["dataset.name", "noise.kind", "methods.1",
                                                                  "model.name"]


@pytest.mark.parametrize(("code", "said"), [
    (None, "cannot be read: No such file"), ("def", "cannot be loaded: SyntaxError"),
    ("import nowhere_to_be_found", "cannot be loaded: ModuleNotFoundError"),
    (CODE.replace('"tiny"', '"mlp"'), "ValueError: model 'mlp' is registered twice"),
])
def test_a_plugin_that_cannot_be_loaded_is_the_one_thing_said(write, code, said):
    if code is not None:
        write(code, "mine.py")
    with pytest.raises(SpaceFileError) as caught:
        load_space(write(SPACE))
    problem, = caught.value.problems
    assert (problem.line, problem.path) == (2, "plugins.0")
    assert said in problem.message


def test_nothing_is_left_of_a_plugin_that_fails_half_way(write):
    write(CODE + "\nraise RuntimeError('half way')\n", "mine.py")
    with pytest.raises(SpaceFileError, match="half way"):
        load_space(write(SPACE))
    write(CODE, "mine.py")
    assert plan(load_space(write(SPACE)))


def test_a_module_counts_like_a_file(write, monkeypatch, tmp_path):
    write(CODE, "importable_plugin.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert load_space(write(SPACE.replace("mine.py", "importable_plugin"))).model.name == "tiny"
    for registry in Registry.everywhere:
        registry.forget("importable_plugin")
    with pytest.raises(SpaceFileError, match=r"'no\.such\.module' cannot be imported"):
        load_space(write(SPACE.replace("mine.py", "no.such.module")))


def test_a_trial_carries_its_plugins_to_wherever_it_is_read(file, write):
    spec = plan(load_space(file)).studies[1].typical_spec()
    assert TrialSpec.model_validate_json(spec.model_dump_json()) == spec
    assert load_trial(write(dump(spec), "trial.yaml")) == spec


def test_a_file_without_plugins_is_written_as_before(space):
    assert "plugins" not in plan(space()).studies[0].typical_spec().model_dump(mode="json")


def changed(file: Path, old: str, new: str):
    """The plan of `file` after an edit of its plug-in."""
    code = file.parent / "mine.py"
    code.write_text(code.read_text().replace(old, new))
    return plan(load_space(file))


def roots(planned):
    return [Trial(study.typical_spec()).chain.root for study in planned.studies]


def test_what_an_edited_plugin_trains_is_not_mistaken_for_the_old(file):
    before = plan(load_space(file))
    old = [study.identity for study in before.studies], roots(before)
    after = changed(file, "4 * labels", "4.0 * labels")
    assert all(one != other for one, other in zip(old[0], [study.identity for study in after.studies], strict=True))
    assert all(one != other for one, other in zip(old[1], roots(after), strict=True))


def test_a_foreign_method_shares_its_plain_beginning_and_is_known_by_its_code_once_it_acts(file, write):
    text = SPACE.replace("{name: tiny, scale: 2}", "{name: mlp}").replace("{kind: swapped}", "{kind: as_given}")
    planned = plan(load_space(write(text)))
    assert len(set(roots(planned))) == 1
    method = Trial(planned.studies[1].typical_spec()).method
    assert method.influence(2, ()) == {}
    acting = method.influence(3, ())
    plain = [study.identity for study in planned.studies]
    after = changed(write(text), "1 - logits", "1.0 - logits")
    assert Trial(after.studies[1].typical_spec()).method.influence(3, ()) != acting
    assert [one == other.identity for one, other in zip(plain, after.studies, strict=True)] == [True, False]


def test_a_record_refuses_other_code(file):
    record = load_space(file).model_dump(mode="json")
    assert recorded_space(record) == load_space(file)
    (file.parent / "mine.py").write_text(CODE + "# edited\n")
    with pytest.raises(UserError, match="no longer the code"):
        recorded_space(record)
    line, = changes(record, load_space(file).model_dump(mode="json"))
    assert line.startswith("plugins: ")


def test_a_record_that_no_longer_fits_is_told_in_a_sentence(space):
    with pytest.raises(UserError, match=r"no longer describes a space file: model\.width: must be at least 1"):
        recorded_space({**space().model_dump(mode="json"), "model": {"name": "mlp", "width": 0}})


def sat_sweep(*words, path: Path | None = None, status: int = 0) -> str:
    """What a command prints in a process of its own; its errors if it is to fail."""
    search = os.pathsep.join([str(path), *sys.path]) if path else os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-m", "sat_sweep", *map(str, words)], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": search})
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


def test_one_trial_runs_in_a_process_that_knows_of_nothing(file, write):
    trial = write(dump(plan(load_space(file)).studies[1].typical_spec()), "trial.yaml")
    assert len(sat_sweep("run", trial).splitlines()) == 4


def test_a_name_of_ours_stays_ours_also_where_the_plugin_is_read_first(file):
    (file.parent / "mine.py").write_text(CODE.replace('"tiny"', '"mlp"'))
    said = sat_sweep("plan", file, status=2)
    assert "1 problem\n" in said
    assert "plugins.0" in said
    assert "ValueError: model 'mlp' is registered twice" in said


def test_catalogues_take_plugins(file):
    code = file.parent / "mine.py"
    assert "my_mae.start_epoch" in sat_sweep("methods", "--plugins", code)
    assert "Points in two clouds." in sat_sweep("datasets", "--plugins", code)
    assert "Tiny" in json.loads(sat_sweep("schema", "--plugins", code))["$defs"]


def test_what_is_installed_counts_everywhere(file, tmp_path):
    """A distribution with an entry point, as `pip install` would leave it."""
    site = tmp_path / "site"
    (site / "mine-1.0.dist-info").mkdir(parents=True)
    (site / "mine-1.0.dist-info" / "METADATA").write_text("Name: mine\nVersion: 1.0\n")
    (site / "mine-1.0.dist-info" / "entry_points.txt").write_text("[sat_sweep.plugins]\nmine = mine\n")
    (site / "mine.py").write_text(CODE)
    file.write_text(SPACE.replace("plugins: [mine.py]\n", ""))
    assert "my_mae" in sat_sweep("plan", file, path=site)


TASK = CODE + '''
from sat_sweep.tasks import Selection, Task
from sat_sweep.tasks import register as register_task
from sat_sweep.tasks.base import logits_of
from sat_sweep.tasks.measure import fraction


@register_task
class Mistakes(Task):
    """Judged by what is wrong."""

    name: Literal["mistakes"] = "mistakes"

    @property
    def measures(self):
        return (self.answer, self.selection.measure)

    @property
    def selection(self):
        return Selection(fraction("val/noisy_error", "val", "given", "noisy error rate", better="lower"))

    @property
    def answer(self):
        return fraction("test/error", "test", "true", "test error", better="lower")

    def on_validation(self, part, evaluation):
        return {"val/noisy_error": self._error(part, evaluation)}

    def on_test(self, part, evaluation):
        return {"test/error": self._error(part, evaluation)}

    def _error(self, part, evaluation):
        return (logits_of(part.inputs, evaluation).argmax(dim=1) != part.labels).float().mean()
'''


@pytest.mark.slow
def test_a_task_from_outside_decides_and_is_reported_by_a_process_that_knows_of_nothing(write, tmp_path):
    write(TASK, "mine.py")
    file, home = write(SPACE + "task: {name: mistakes}\n"), tmp_path / "home"
    sat_sweep("launch", file, "--home", home, "--serial", "--yes")
    answer = json.loads(sat_sweep("report", "foreign", "--home", home, "--json"))
    assert [row["method"] for row in answer["rows"]] == ["ce", "my_mae"]
    assert "test error" in sat_sweep("report", "foreign", "--home", home).lower()
    assert "mistakes" in sat_sweep("best", "foreign", "--home", home)


FETCHED = CODE + '''

@register_dataset
class Fetched(Points):
    """Points that have to be fetched before anybody can count them."""

    name: Literal["fetched"] = "fetched"
    here: Path = Path("here")

    def source(self):
        self.here.touch()
        return super().source()

    def counts(self):
        if not self.here.exists():
            raise DataUnavailable("they are not here yet")
        return super().counts()
'''


@pytest.mark.slow
def test_what_depends_on_the_number_of_steps_is_planned_once_the_data_are_here(write, tmp_path):
    write("from pathlib import Path\nfrom sat_sweep.errors import DataUnavailable\n" + FETCHED, "mine.py")
    text = SPACE.replace("points", "fetched, here: fetched").replace("[ce, my_mae]", "[ce+reset]")
    file = write(text.replace("batch_size: 30", "batch_size: 2").replace("{kind: swapped}", "{kind: as_given}"))
    assert "0.02 to 2 per epoch" in sat_sweep("plan", file, "--no-estimate")
    sat_sweep("launch", file, "--home", tmp_path / "home", "--serial", "--yes")
    searched = [result.values["reset.rate"] for result in Home(str(tmp_path / "home")).sweep("foreign").results()]
    assert len(searched) == 3
    assert all(0.02 / 60 <= rate <= 2 / 60 for rate in searched)


@pytest.mark.slow
def test_a_network_and_a_method_from_outside_run_on_ray(file, tmp_path):
    answer = sat_sweep("launch", file, "--home", tmp_path / "home", "--yes")
    assert "my_mae" in answer
    assert "failed" not in answer
