"""Representations: two classifiers of features against scikit-learn's, collapse by hand, and who reads which labels."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sat_sweep.data.device import DevicePart
from sat_sweep.report.report import Report
from sat_sweep.tasks import Evaluation
from sat_sweep.tasks.collapse import effective_rank, feature_deviation
from sat_sweep.tasks.linear_evaluation import fit, fits
from sat_sweep.tasks.neighbours import TEMPERATURE, neighbour_votes
from sat_sweep.tasks.representation import Representation
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial, records
from tests.conftest import numbers
from tests.methods.runs import run_of

TASK = {"name": "representation"}


def blobs(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Five numbers that three classes share, of which one is the same for all."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=draw)
    middles = torch.tensor([[0.0, 0, 1, 5, 2], [1, 0, 0, -5, 2], [0, 2, 0, 0, 2]])
    noise = torch.randn(count, 5, generator=draw) * torch.tensor([1.0, 1, 1, 20, 0])
    return middles[labels] + noise, labels


@pytest.mark.parametrize("penalty", [1e-3, 0.1])
def test_linear_evaluation_is_scikit_learns_logistic_regression(penalty, monkeypatch):
    monkeypatch.setattr("sat_sweep.tasks.linear_evaluation.TOLERANCE", 1e-9)
    features, labels = blobs(300)
    ours = fit(features, labels, 3, penalty)
    moving = features[:, :4].double()
    standardised = ((moving - moving.mean(0)) / moving.std(0, correction=0)).numpy()
    theirs = LogisticRegression(C=1 / (300 * penalty), tol=1e-10, max_iter=10_000).fit(standardised, labels.numpy())
    np.testing.assert_allclose(ours.weights[:4].T, theirs.coef_, atol=2e-5)
    np.testing.assert_allclose((ours.bias - ours.bias.mean()), theirs.intercept_ - theirs.intercept_.mean(), atol=2e-5)
    assert (ours.weights[4] == 0).all(), "what is the same for all says nothing"
    others, _ = blobs(50, seed=1)
    chances = ours.logits(others).softmax(dim=1).numpy()
    scaled = ((others[:, :4].double() - moving.mean(0)) / moving.std(0, correction=0)).numpy()
    np.testing.assert_allclose(chances, theirs.predict_proba(scaled), atol=1e-5)


def test_it_is_fitted_to_the_optimum_where_classes_part():
    """Separable: without the penalty there is none."""
    features = torch.tensor([[-1.0], [-2.0], [1.0], [3.0]])
    labels = torch.tensor([0, 0, 1, 1])
    ours = fit(features, labels, 2, 0.01)
    inputs = (features.double() - ours.mean) / ours.scale
    apart = ours.logits(features).softmax(dim=1) - torch.nn.functional.one_hot(labels, 2)
    torch.testing.assert_close(inputs.T @ apart / 4 + 0.01 * ours.weights, torch.zeros(1, 2).double(), atol=2e-5,
                               rtol=0)


def test_a_path_of_penalties_comes_to_the_same_optima():
    features, labels = blobs(200)
    for penalty, linear in zip((1e-2, 1.0, 1e-1), fits(features, labels, 3, (1e-2, 1.0, 1e-1)), strict=True):
        torch.testing.assert_close(linear.weights, fit(features, labels, 3, penalty).weights, atol=2e-3, rtol=0)


@pytest.mark.parametrize("neighbours", [1, 7, 1000])
def test_neighbours_vote_as_scikit_learns(neighbours):
    (known, labels), (asked, _) = blobs(200), blobs(40, seed=1)
    votes = neighbour_votes(asked, known, labels, 3, neighbours)
    theirs = KNeighborsClassifier(min(neighbours, 200), metric="cosine", algorithm="brute",
                                  weights=lambda far: np.exp(-far / TEMPERATURE)).fit(known.numpy(), labels.numpy())
    np.testing.assert_allclose(votes / votes.sum(1, keepdim=True), theirs.predict_proba(asked.numpy()), atol=1e-4)


def test_votes_by_hand():
    """Cosines 1, 0 and -1 to three examples: exp(0), exp(-1/0.07), and the third has no vote."""
    known = torch.tensor([[2.0, 0], [0, 1.0], [-3.0, 0]])
    votes = neighbour_votes(torch.tensor([[5.0, 0]]), known, torch.tensor([1, 0, 0]), 2, 2)
    np.testing.assert_allclose(votes, [[np.exp(-1 / 0.07), 1.0]], rtol=1e-4)


def test_deviation_from_one_for_all_to_all_alike():
    """Of +-e_1 … +-e_d each dimension has the variance 1/d."""
    everywhere = torch.cat([torch.eye(6), -torch.eye(6)])
    assert feature_deviation(3 * everywhere).item() == pytest.approx(1.0)
    assert feature_deviation(torch.ones(5, 4)).item() == pytest.approx(0.0, abs=1e-6)
    along_a_line = torch.tensor([[1.0, 0], [-1.0, 0]])
    assert feature_deviation(along_a_line).item() == pytest.approx(0.5 * 2**0.5)


def test_effective_rank():
    everywhere = torch.cat([torch.eye(6), -torch.eye(6)])
    assert effective_rank(everywhere).item() == pytest.approx(6.0)
    assert effective_rank(torch.ones(5, 4)).item() == 0
    assert effective_rank(torch.tensor([[1.0, 2], [3, 6], [-4, -8]])).item() == pytest.approx(1.0, abs=1e-5)
    three_to_one = torch.tensor([[3.0, 0], [-3, 0], [0, 1], [0, -1]])  # singular values in the ratio 3 : 1
    assert effective_rank(three_to_one).item() == pytest.approx((3 / 4) ** (-3 / 4) * (1 / 4) ** (-1 / 4))


def test_features_are_what_enters_the_last_layer(trial):
    run = run_of(trial("ce", task=TASK))
    run.evaluating()
    inputs, network = run.inputs[:7], run.network().module
    head = network.get_submodule("head")
    features = run._evaluation("val").features(inputs)
    torch.testing.assert_close(head(features), network(inputs))


def test_of_two_networks_that_are_asked_both_count(trial):
    run = run_of(trial("co_teaching", task=TASK))
    run.train_epoch(1)
    run.evaluating()
    features = run._evaluation("val").features(run.inputs[:7])
    one, other = (run.network(name).module for name in run.networks)
    half = features.shape[1] // 2
    torch.testing.assert_close(one.get_submodule("head")(features[:, :half]), one(run.inputs[:7]))
    torch.testing.assert_close(other.get_submodule("head")(features[:, half:]), other(run.inputs[:7]))


def test_of_a_teacher_and_of_averaged_weights_it_is_what_evaluation_sees(trial):
    for method, name in (("mean_teacher", "teacher"), ("ce+weight_ema", "average of main")):
        run = run_of(trial(method, task=TASK))
        run.train_epoch(1)
        run.evaluating()
        features = run._evaluation("val").features(run.inputs[:7])
        seen = run.network(name).module
        torch.testing.assert_close(seen.get_submodule("head")(features), seen(run.inputs[:7]))


def test_features_are_evaluated_when_due(trial):
    """Every second epoch of three, and after the last."""
    measured = [set(record.metrics) for record in epochs(trial("ce", epochs=3, task={**TASK, "every": 2}))]
    assert ["val/noisy_knn_accuracy" in names for names in measured] == [False, True, True]
    assert ["test/linear_accuracy" in names for names in measured] == [False, True, True]
    assert all("val/noisy_accuracy" in names for names in measured)


def test_classifiers_know_the_given_labels_alone():
    """A part that is trained on comes without its true labels."""
    inputs, labels = blobs(60)
    training = DevicePart(inputs, labels, None, None)
    evaluation = Evaluation(lambda x: x, 3, torch.Generator(), torch.zeros(1), torch.ones(1), True, training=training,
                            features=lambda x: x)
    part = DevicePart(*blobs(50, seed=1), None, None)
    task = Representation(neighbours=5, penalties=(1e-3,))
    found = task.on_test(part, evaluation)
    assert found["test/linear_accuracy"] == (fit(inputs, labels, 3, 1e-3).logits(part.inputs).argmax(1)
                                             == part.labels).float().mean()
    flipped = task.on_test(part, evaluation._replace(training=replace(training, labels=(labels + 1) % 3)))
    assert flipped["test/linear_accuracy"] < found["test/linear_accuracy"] - 0.2


def test_the_penalty_is_chosen_by_noisy_validation_labels():
    """The one that does best there does the test, however the test set would like another."""
    inputs, labels = blobs(40)
    held_out, part = (DevicePart(*blobs(200, seed=seed), None, None) for seed in (1, 2))
    evaluation = Evaluation(lambda x: x, 3, torch.Generator(), torch.zeros(1), torch.ones(1), True,
                            training=DevicePart(inputs, labels, None, None), features=lambda x: x)
    penalties = (1e-4, 0.3, 100.0)
    fitted = dict(zip(penalties, fits(inputs, labels, 3, penalties), strict=True))
    right = {penalty: [(linear.logits(each.inputs).argmax(1) == each.labels).float().mean()
                       for each in (held_out, part)] for penalty, linear in fitted.items()}
    task = Representation(penalties=penalties)
    chosen = max(penalties, key=lambda penalty: right[penalty][0])
    assert len({float(noisy) for noisy, _ in right.values()}) > 1
    assert task.on_test(part, evaluation._replace(validation=held_out))["test/linear_accuracy"] == right[chosen][1]
    assert task.on_test(part, evaluation)["test/linear_accuracy"] == right[0.3][1]


def test_a_run_lends_no_true_labels_to_them(trial):
    run = run_of(trial("ce", task=TASK))
    training = run._evaluation("test").training
    assert (training.true_labels, training.wrong) == (None, None)
    assert run.data.train.true_labels is not None


def test_a_poisoned_test_set_moves_test_measures_alone(trial):
    spec = trial("ce", epochs=2, task=TASK)
    honest = Trial(spec)
    poisoned = Trial(spec, honest.dataset)
    poisoned.data = replace(honest.data, test=replace(honest.data.test, labels=(honest.data.test.labels + 1) % 10))
    one, other = (numbers(records(each)) for each in (honest, poisoned))
    kept = [[{name: value for name, value in record.items() if not name.startswith("test/")} for record in each]
            for each in (one, other)]
    assert kept[0] == kept[1]
    assert one[-1]["test/linear_accuracy"] != other[-1]["test/linear_accuracy"]


def test_reports_show_collapse_beside_what_was_tested():
    asked = SimpleNamespace(task=Representation(), measure=Representation().answer)
    shown = [measure.name for measure in Report.also_measured.fget(asked)]
    assert shown == ["test/knn_accuracy", "test/accuracy", "val/feature_std", "val/effective_rank"]
