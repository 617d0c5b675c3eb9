"""What needs more than one field, or knowledge of the methods; every check gives all it finds.

A check reads a draft, in which parts may be stand-ins for what is wrong in the file; it asks whether what
it is about to judge is sound, so that one mistake is not reported as two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from urllib.parse import urlsplit

from sat_sweep.config.draft import Draft
from sat_sweep.config.range_checks import check_ranges, schedule_faults
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.vary_checks import check_lines, check_number, check_points
from sat_sweep.errors import Problem, UserError, did_you_mean
from sat_sweep.home import expanded, has_password, redacted
from sat_sweep.home.layout import STUDIES_VARIABLE, TRACKING_VARIABLE
from sat_sweep.methods import Method, Need, needs, parse, registry, shortest_with

LONGEST_METHOD = 200
"""Characters of a method: file systems let a name have 255 at most, and ours are made longer while they are written."""


def check_space(space: SpaceFile) -> list[Problem]:
    """Everything that is wrong between the fields of `space`; [] if it can be planned."""
    return check_draft(Draft(space))


def check_draft(draft: Draft) -> list[Problem]:
    """Everything that is wrong between those fields of a file that are sound by themselves."""
    several = [*check_number(draft)] or [*check_lines(draft)]  # too many are not looked at one by one
    return [*_check_alone(draft), *several, *(() if several else check_points(draft, _check_alone))]


def _check_alone(draft: Draft) -> list[Problem]:
    """The same but for what varies."""
    return [problem for check in _CHECKS for problem in check(draft)]


def _check_methods(draft: Draft) -> Iterator[Problem]:
    methods = draft.space.methods if draft.sound("methods") else ()
    for number, text in enumerate(methods):
        if len(text) > LONGEST_METHOD:
            yield Problem(f"methods.{number}", f"names a folder, and has {len(text):,} characters, of at most "
                          f"{LONGEST_METHOD}", remedy="combine fewer dynamics")
            continue
        try:
            parse(text)
        except UserError as error:
            yield Problem(f"methods.{number}", str(error))
        if text in methods[:number]:
            yield Problem(f"methods.{number}", f"'{text}' stands here already", remedy="drop the repetition")


def _check_baseline(draft: Draft) -> Iterator[Problem]:
    space = draft.space
    if space.baseline is not None and draft.sound("methods", "baseline") and space.baseline not in space.methods:
        yield Problem("baseline", f"the baseline must be one of the methods, got '{space.baseline}'",
                      remedy=did_you_mean(space.baseline, space.methods))


def _check_criterion(draft: Draft) -> Iterator[Problem]:
    if not draft.sound("task", "search.select_by"):
        return
    task, asked = draft.space.task, draft.space.search.select_by
    if task.select_by:
        yield Problem("task.select_by", "what decides is said where the search is described",
                      remedy=f"search: {{select_by: {task.select_by}}}")
    elif asked is not None and asked not in task.criteria:
        yield Problem("search.select_by", f"the task {task.name} does not offer '{asked}'",
                      remedy=did_you_mean(asked, task.criteria) if task.criteria else "drop the line")


def _check_unused(draft: Draft) -> Iterator[Problem]:
    """Ranges that no method of the sweep would ever search."""
    if not draft.sound("methods") or any(_check_methods(draft)):
        return
    used = {part.name for method in draft.space.methods for part in parse(method)}
    for path in draft.space.search.space:
        part = path.partition(".")[0]
        if part in registry and part not in used:
            yield Problem(f"search.space.{path}", f"no method of this sweep has the part '{part}'",
                          remedy=f"add a method such as '{shortest_with(registry[part])}' or drop the line")


def _check_schedule(draft: Draft) -> Iterator[Problem]:
    if draft.sound("training.epochs", "training.schedule"):
        for fault in schedule_faults(draft.space.training):
            yield Problem(f"training.schedule.{fault.key}", fault.message, remedy=fault.remedy)


def _check_validation(draft: Draft) -> Iterator[Problem]:
    """What needs validation images where the confirmation trains on them."""
    space = draft.space
    if not draft.sound("confirm.train_on") or space.confirm.train_on == "train":
        return
    reason, remedy = "but confirm.train_on: trainval leaves none", "set confirm.train_on: train"
    if draft.sound("search.select") and space.search.select == "best":
        yield Problem("search.select", f"the best epoch is picked on validation images, {reason}",
                      remedy=f"set select: last, or {remedy}")
    for number, method in enumerate(space.methods if draft.sound("methods") else ()):
        for part in _watchers(method):
            yield Problem(f"methods.{number}", f"'{part}' watches validation images, {reason}",
                          remedy=f"{remedy}, or drop '{method}'")


def _check_needs(draft: Draft) -> Iterator[Problem]:
    """Methods that need examples which the file does not set aside, or cannot."""
    space = draft.space
    if not draft.sound("methods", "dataset", "noise"):
        return
    if space.dataset.trusted and space.noise.kind == "as_given":
        yield Problem("dataset.trusted", "trusted examples have their true labels, which nobody knows where labels are "
                      "taken as given", remedy="drop the line")
    if space.dataset.labelled and space.dataset.trusted:
        yield Problem("dataset.trusted", "trusted examples would have labels beside those of dataset.labelled",
                      remedy="drop one of the two lines")
    few = space.dataset.labelled or "dataset.labelled" in space.vary
    if draft.sound("task") and space.task.needs_unlabelled and not few:
        yield Problem("task", f"'{space.task.name}' is about training examples without labels, and all have some",
                      remedy="set dataset.labelled, such as 100, or drop the line")
    for number, method in enumerate(space.methods):
        for need, option in _SET_ASIDE.items():
            needing = [part.name for part in _parts(method) if need in part.needs]
            if needing and not getattr(space.dataset, option) and f"dataset.{option}" not in space.vary:
                yield Problem(f"methods.{number}", f"'{needing[0]}' needs {need.value}",
                              remedy=f"set dataset.{option}, such as 100, or drop '{method}'")


_SET_ASIDE = {Need.TRUSTED: "trusted", Need.UNLABELLED: "labelled"}
"""What of a dataset's settings gives methods what they need."""


def _check_test_labels(draft: Draft) -> Iterator[Problem]:
    """Trust in test labels that nothing has cast doubt on."""
    space = draft.space
    if draft.sound("dataset", "noise") and space.dataset.test_labels == "trusted" and space.noise.kind != "as_given":
        yield Problem("dataset.test_labels", f"test labels are true anyway where noise is '{space.noise.kind}'",
                      remedy="drop the line")


def _check_told(draft: Draft) -> Iterator[Problem]:
    """Methods that are to be told a truth that nobody knows."""
    space = draft.space
    if not draft.sound("methods", "noise", "search") or space.noise.kind != "as_given":
        return
    for number, method in enumerate(space.methods):
        if all(part in registry for part in method.split("+")):
            for need in needs(method, space.search.space) & {Need.NOISE_RATE, Need.TRANSITION}:
                yield Problem(f"methods.{number}", f"'{method}' is to be told {need.value}, which nobody knows where "
                              "labels are taken as given", remedy="change that in search.space")


def _check_augmentation(draft: Draft) -> Iterator[Problem]:
    """Methods that do something to an augmentation that there is not."""
    space = draft.space
    if not draft.sound("methods", "dataset", "training") or "training.augmentation" in space.vary:
        return
    chosen = space.training.augmentation
    if (space.dataset.augmentation if chosen == "auto" else chosen) != "none":
        return
    for number, method in enumerate(space.methods):
        for part in _parts(method):
            if part.needs_augmentation:
                yield Problem(f"methods.{number}", f"'{part.name}' changes the augmentation, and there is none",
                              remedy=f"set training.augmentation, or drop '{method}'")


def _check_batch_normalisation(draft: Draft) -> Iterator[Problem]:
    """Methods that need each example of a batch by itself, with a network in which they act on each other."""
    if not draft.sound("methods", "model") or not draft.space.model.normalises_batches:
        return
    for number, method in enumerate(draft.space.methods):
        for part in _parts(method):
            if part.needs_separate_examples:
                yield Problem(f"methods.{number}", f"'{part.name}' guarantees nothing with batch normalisation, which "
                              f"'{draft.space.model.name}' has", remedy=f"set model: {{name: mlp}}, or drop '{method}'")


def _check_extras(draft: Draft) -> Iterator[Problem]:
    """A task and methods whose packages are not here."""
    task = draft.space.task if draft.sound("task") else None
    if task is not None and task.extra is not None and find_spec(task.extra[0]) is None:
        package, extra = task.extra
        yield Problem("task", f"'{task.name}' with these options needs the package {package}, which is not here",
                      remedy=f"install sat-sweep[{extra}], or drop the option")
    for number, method in enumerate(draft.space.methods if draft.sound("methods") else ()):
        for part in _parts(method):
            if part.extra is not None and find_spec(part.extra[0]) is None:
                package, extra = part.extra
                yield Problem(f"methods.{number}", f"'{part.name}' needs the package {package}, which is not here",
                              remedy=f"install sat-sweep[{extra}], or drop '{method}'")


def _check_budget(draft: Draft) -> Iterator[Problem]:
    space = draft.space
    limited = space.budget is not None and space.budget.gpu_hours is not None
    if limited and draft.sound("budget", "resources.gpus") and not space.resources.gpus:
        yield Problem("budget.gpu_hours", "limits nothing where a trial has no GPU",
                      remedy="say hours, or give trials a GPU in resources.gpus")


def _watchers(method: str) -> list[str]:
    """The known parts of `method` that need validation images while they train."""
    return [part.name for part in _parts(method) if part.needs_validation]


def _parts(method: str) -> list[type[Method]]:
    """The known parts of `method`."""
    return [registry[name] for name in method.split("+") if name in registry]


def _check_remote_home(draft: Draft) -> Iterator[Problem]:
    """SQLite, which both databases are by default, needs a real folder; a service has said where they are instead."""
    space = draft.space
    if not draft.sound("storage.home") or "://" not in space.storage.home:
        return
    rule = f"must be given, since the home '{space.storage.home}' is no folder in which a database could lie"
    if space.storage.studies is None and STUDIES_VARIABLE not in os.environ and draft.sound("storage.studies"):
        yield Problem("storage.studies", rule, remedy="name a database, such as postgresql://host/studies")
    if space.tracking.uri is None and TRACKING_VARIABLE not in os.environ and draft.sound("tracking.uri"):
        yield Problem("tracking.uri", rule, remedy="name an MLflow server, such as https://host")


def _check_encryption(draft: Draft) -> Iterator[Problem]:
    storage, tracking = draft.space.storage, draft.space.tracking
    for block, key, address in _addresses(draft):
        allowed = storage.allow_http if block == "storage" else tracking.allow_http
        if draft.sound(f"{block}.allow_http") and not allowed and _is_open(address):
            yield Problem(f"{block}.{key}", f"'{redacted(address)}' would send everything unencrypted over the network",
                          remedy=f"use https://, or add allow_http: true to {block}")


def _check_passwords(draft: Draft) -> Iterator[Problem]:
    """The file is kept, shown in reports and sent to MLflow; a password in it would be too."""
    for block, key, address in _addresses(draft):
        if has_password(address):
            yield Problem(f"{block}.{key}", f"a password does not belong into a file: '{redacted(address)}'",
                          remedy="refer to an environment variable in its place: scheme://${USER}:${PASSWORD}@host")


def _addresses(draft: Draft) -> Iterator[tuple[str, str, str]]:
    """Block, key and value of every address in the file that is usable by itself."""
    storage = draft.space.storage
    for block, key, address in (("tracking", "uri", draft.space.tracking.uri), ("storage", "home", storage.home),
                                ("storage", "studies", storage.studies)):
        if address and draft.sound(f"{block}.{key}"):
            yield block, key, address


def _is_open(address: str) -> bool:
    """Whether `address` is plain http to another machine, by the variables that it refers to if they are set."""
    with suppress(UserError):
        address = expanded(address)
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1")


_CHECKS = (_check_methods, _check_baseline, check_ranges, _check_unused, _check_schedule, _check_validation,
           _check_criterion, _check_needs, _check_test_labels, _check_told, _check_augmentation,
           _check_batch_normalisation, _check_extras, _check_budget, _check_remote_home, _check_encryption,
           _check_passwords)
