"""Conditions: a noise level at a point of the `vary` block."""

from pathlib import Path

import pytest

from sat_sweep.config import load_space, plan, space_schema
from sat_sweep.config.data_checks import check_plan
from sat_sweep.data import DataCache
from sat_sweep.errors import SpaceFileError
from sat_sweep.training.loop import Trial

QUICKSTART = Path(__file__).parents[2] / "search_spaces" / "quickstart.yaml"
WIDTHS = {"model.width": [4, 16]}
TWO_AXES = {"model.width": [4, 16], "training.batch_size": [32, 64]}


def test_studies_are_methods_under_conditions_in_order(space):
    planned = plan(space(vary=WIDTHS, methods=["ce", "sat"]))
    assert [(study.method, study.condition.label) for study in planned.studies] == [
        (method, f"symmetric-{rate} model.width={width}")
        for rate in ("0.0", "0.4") for width in (4, 16) for method in ("ce", "sat")]
    assert [condition.vary for condition in planned.conditions] == 2 * [{"model.width": 4}, {"model.width": 16}]


def test_several_lists_are_combined(space):
    points = [condition.vary for condition in plan(space(vary=TWO_AXES)).conditions]
    assert points[:4] == [{"model.width": width, "training.batch_size": size} for width in (4, 16) for size in (32, 64)]
    assert len(points) == 8


def test_keys_are_unique_and_safe_as_paths(space):
    keys = [study.key for study in plan(space(vary=TWO_AXES)).studies]
    assert len(set(keys)) == len(keys)
    assert all(key.count("/") == 1 and " " not in key and "=" not in key for key in keys)
    assert [study.key for study in plan(space()).studies][:2] == ["ce/symmetric-0.0", "sat/symmetric-0.0"]


def test_a_trial_has_the_values_of_its_condition(space):
    vary = {"dataset.subset": [300, 500], "model.width": [4, 16], "training.optimizer.lr": [0.1, 0.2]}
    for study in plan(space(vary=vary)).studies:
        spec, point = study.typical_spec(), study.condition.vary
        assert spec.dataset.subset == point["dataset.subset"]
        assert spec.model.width == point["model.width"]
        assert spec.training.optimizer.lr == point["training.optimizer.lr"]


def test_a_method_is_searched_in_the_same_space_under_every_condition(space):
    ranges = {"training.optimizer.lr": {"low": 0.01, "high": 1.0, "log": True}}
    studies = plan(space(vary=TWO_AXES, search={"space": ranges}, methods=["sat"])).studies
    assert len({study.dimensions for study in studies}) == 1


def test_what_a_method_counts_in_epochs_follows_them(space):
    """Epochs are the budget of a trial, alike for all methods under each condition."""
    short, long = plan(space(vary={"training.epochs": [20, 40]}, methods=["sat"], noise={"kind": "as_given"})).studies
    assert [study.dimensions[1].high for study in (short, long)] == [12, 24]
    assert [study.grace() for study in (short, long)] == [14, 28]
    assert plan(short.space).epochs + plan(long.space).epochs == (8 + 5) * (20 + 40)


def test_a_study_is_that_of_a_file_with_the_value_in_its_place(space):
    varied = {study.condition.label: study.identity for study in plan(space(vary=WIDTHS, methods=["sat"])).studies}
    fixed = plan(space(methods=["sat"], model={"name": "mlp", "width": 16})).studies
    assert [study.identity for study in fixed] == [varied[f"symmetric-{rate} model.width=16"] for rate in (0.0, 0.4)]


def test_studies_of_earlier_versions_are_still_what_they_were():
    known = {"ce/symmetric-0.0": "2c379da336a5fa37", "sat/symmetric-0.0": "cd63b4f0506b1565",
             "ce+reset/symmetric-0.0": "b0d26906fc0d2016", "sat+reset/symmetric-0.0": "729087081611d9a9"}
    studies = {study.key: study.identity[:16] for study in plan(load_space(QUICKSTART)).studies}
    assert studies.items() >= known.items()


def test_a_file_without_the_block_is_written_as_before(space):
    assert {"vary", "task", "plugins"}.isdisjoint(space().model_dump(mode="json"))


def test_every_dataset_of_a_plan_is_loaded_and_checked(space):
    planned = plan(space(vary={"dataset.subset": [300, 600]}))
    data = DataCache()
    assert check_plan(planned, data) == []
    assert sorted(len(dataset.labels) for dataset in data.known.values()) == [300, 600]


def test_networks_and_tasks_are_checked_at_every_point(space):
    found = check_plan(plan(space(model={"name": "convnet"}, vary={"model.width": [4, 8]},
                                  task={"name": "adversarial"}, dataset={"name": "digits"})), DataCache())
    assert found == []


def test_trials_share_beginnings_under_one_condition_alone(space):
    studies = plan(space(vary=WIDTHS, methods=["ce", "sat"], noise={"kind": "as_given"})).studies
    roots = [Trial(study.typical_spec()).chain.root for study in studies]
    assert roots[0] == roots[1] != roots[2] == roots[3]


def test_a_task_is_part_of_every_trial(space):
    spec = plan(space(task={"name": "adversarial", "steps": 3})).studies[0].typical_spec()
    assert (spec.task.name, spec.task.steps) == ("adversarial", 3)
    assert plan(space(task={"name": "classification"})).studies[0].identity == plan(space()).studies[0].identity


HEAD = """\
name: x
dataset: {name: digits}
noise: {kind: symmetric, rates: [0.2]}
methods: [ce, sat]
model: {name: mlp}
training: {epochs: 20, schedule: {name: step, milestones: [15]}}
search: {space: {training.optimizer.lr: {low: 0.1, high: 0.2}, sat.start_epoch: {low: 1, high: 10}}}
vary:
"""
WRONG = """\
  model.widht: [1]
  model.width: [16, 0, many, 16]
  model.depth: []
  model.name: [mlp, convnet]
  training.optimizer.lr: [0.1]
  noise.rates: [0.1]
  sat.momentum: [0.5]
  search.trials: [1, 2]
  training.batch_size: 7
  dataset: [1]
"""
SAYS = [
    ("model.widht", "'model' has no single setting 'widht'", "did you mean 'model.width'?"),
    ("model.width.1", "must be at least 1; got 0", None),
    ("model.width.2", "must be a whole number; got \"many\"", None),
    ("model.width.3", "a value stands once, got 16 again", "drop the repetition"),
    ("model.depth", "must be a list of at least 1; got []", None),
    ("model.name", "what a part is cannot be varied, only its settings", "write a file for each"),
    ("training.optimizer.lr", "'training.optimizer.lr' is searched as well", "drop it here or in search.space"),
    ("noise.rates", "noise has levels of its own", "give several rates, columns or matrices in the noise block"),
    ("sat.momentum", "a method's parameters are searched, or fixed, but not varied", "set search.space.sat.momentum"),
    ("search.trials", "'search' is nothing that can vary", "settings of dataset.…, model.… and training.… can"),
    ("training.batch_size", "must be a list; got 7", None),
    ("dataset", "'dataset' is a block, not a setting", "ANY"),
]


def refused(write, text):
    with pytest.raises(SpaceFileError) as caught:
        load_space(write(text))
    return caught.value.problems


def test_every_wrong_line_is_said_at_once(write):
    found = [(problem.path, problem.message, problem.remedy) for problem in refused(write, HEAD + WRONG)]
    assert [place for place, *_ in found] == [f"vary.{place}" for place, *_ in SAYS]
    for (_, message, remedy), (_, expected, hint) in zip(found, SAYS, strict=True):
        assert message == expected
        assert hint == "ANY" or remedy == hint


def test_what_is_wrong_together_is_said_with_the_point(write):
    text = HEAD + "  training.epochs: [40, 20, 8]\n  model.width: [4, 8]\n"
    assert [(problem.line, problem.message) for problem in refused(write, text)] == [
        (8, "at training.epochs=8 model.width=4, search.space.sat.start_epoch.high: counts epochs, of which training "
            "has 8; got 10"),
        (8, "at training.epochs=8 model.width=4, training.schedule.milestones.0: must be at most 8, the epochs left "
            "after warm-up; got 15"),
    ]


def test_who_is_told_a_truth_that_nobody_knows_is_refused(write):
    text = HEAD.replace("[ce, sat]", "[ce, forward, co_teaching]").removesuffix("vary:\n")
    text = text.partition("search:")[0] + "search: {space: {forward.transition: told, co_teaching.told: true}}\n"
    assert load_space(write(text))
    problems = refused(write, text.replace("{kind: symmetric, rates: [0.2]}", "{kind: as_given}"))
    assert [problem.path for problem in problems] == ["methods.1", "methods.2"]
    assert problems[1].message.startswith("'co_teaching' is to be told the true noise rate, which nobody knows")


def test_what_does_nothing_once_another_is_fixed_is_not_searched(space):
    fixed = {"co_teaching.told": True, "forward.transition": "told"}
    told = plan(space(methods=["co_teaching", "forward"], search={"trials": 2, "batch": 2, "space": fixed}))
    assert {axis.name for study in told.studies for axis in study.dimensions} == set()
    plain = plan(space(methods=["co_teaching", "forward"]))
    assert {axis.name for study in plain.studies for axis in study.dimensions} == {
        "co_teaching.rate", "forward.start_epoch"}


def test_a_matrix_of_other_classes_is_refused_before_anything_trains(space):
    wrong = space(methods=["forward"], search={"trials": 2, "batch": 2, "space": {"forward.transition": "1 0; 0 1"}})
    problem, = check_plan(plan(wrong), DataCache())
    assert (problem.path, problem.message) == ("search.space", "forward.transition has 2 rows for 10 classes")


def test_methods_that_change_the_augmentation_want_one(write):
    text = HEAD.replace("[ce, sat]", "[ce, sat, ce+cyclical_augmentation]").removesuffix("vary:\n")
    problem, = refused(write, text)
    assert problem.path == "methods.2"
    assert problem.message == "'cyclical_augmentation' changes the augmentation, and there is none"
    assert load_space(write(text.replace("training: {", "training: {augmentation: flip, ")))
    assert load_space(write(text + "vary: {training.augmentation: [crop, flip]}\n"))


def test_methods_get_the_trusted_examples_that_they_need(write):
    text = HEAD.replace("[ce, sat]", "[ce, sat, l2rw]").removesuffix("vary:\n")
    problem, = refused(write, text)
    assert (problem.path, problem.message) == ("methods.2", "'l2rw' needs trusted examples (dataset.trusted)")
    assert load_space(write(text + "vary: {dataset.trusted: [50, 100]}\n"))
    problem, = refused(write, text.replace("digits}", "digits, trusted: 50}")
                       .replace("{kind: symmetric, rates: [0.2]}", "{kind: as_given}"))
    assert problem.path == "dataset.trusted"


def test_methods_get_the_unlabelled_examples_that_they_need(write):
    text = HEAD.replace("[ce, sat]", "[ce, sat, fixmatch, mean_teacher]").removesuffix("vary:\n")
    problem, = refused(write, text)
    assert (problem.path, problem.message) == ("methods.2", "'fixmatch' needs unlabelled examples (dataset.labelled)")
    assert load_space(write(text.replace("digits}", "digits, labelled: 40}")))
    assert load_space(write(text + "vary: {dataset.labelled: [50, 100]}\n"))


def test_trusted_examples_would_be_labels_beside_the_labelled(write):
    text = HEAD.replace("digits}", "digits, labelled: 40, trusted: 10}").removesuffix("vary:\n")
    problem, = refused(write, text)
    assert (problem.path, problem.message) == (
        "dataset.trusted", "trusted examples would have labels beside those of dataset.labelled")


def test_a_task_about_few_labels_wants_few(write):
    text = HEAD.removesuffix("vary:\n") + "task: {name: semi_supervised}\n"
    problem, = refused(write, text)
    assert problem.path == "task"
    assert "'semi_supervised' is about training examples without labels" in problem.message
    assert load_space(write(text.replace("digits}", "digits, labelled: 40}")))


def test_paths_that_vary_are_taken_from_the_files_folder(write, tmp_path):
    text = HEAD.replace("{name: digits}", "{name: npz, path: a.npz}") + "  dataset.path: [a.npz, b.npz]\n"
    assert load_space(write(text)).vary["dataset.path"] == (str(tmp_path / "a.npz"), str(tmp_path / "b.npz"))


def test_the_schema_knows_what_varies():
    validator = pytest.importorskip("jsonschema").Draft202012Validator(space_schema())
    sound = {"name": "x", "dataset": {"name": "digits"}, "noise": {"kind": "as_given"}, "methods": ["ce"],
             "model": {"name": "mlp"}}
    assert validator.is_valid({**sound, "vary": TWO_AXES, "task": {"name": "selective"}})
    for wrong in ({"noise.rates": [0.1]}, {"model.width": []}, {"model.width": 3}):
        assert not validator.is_valid({**sound, "vary": wrong})
    assert not validator.is_valid({**sound, "task": {"name": "selectiv"}})
