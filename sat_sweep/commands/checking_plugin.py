"""`check-plugin`: whether the code of a plug-in keeps what everything here relies on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sat_sweep.commands.output import show, show_json
from sat_sweep.config.yaml_lines import read_yaml
from sat_sweep.conformance import Finding, brought_by, examined
from sat_sweep.errors import UserError
from sat_sweep.imports.plugins import module_of


def check_plugin(source: str, settings: Iterable[str], as_json: bool) -> int:
    """Try everything that the file or module `source` registers; 1 if a rule is not kept.

    `settings` are NAME.OPTION=VALUE. Raises UserError for a plug-in that cannot be loaded or brings nothing.
    """
    try:
        module = module_of(source)
    except ValueError as error:
        raise UserError(str(error)) from error
    subjects = brought_by(module.__name__)
    if not subjects:
        raise UserError(f"{source} registers nothing; use register_method, register_network, register_dataset, "
                        "register_noise, register_augmentation or register_task of sat_sweep")
    found = examined(subjects, _options(settings))
    told = [finding._asdict() for finding in found] if as_json else _told(found)
    if as_json:
        show_json(told)
    return int(any(finding["problem"] for finding in told))


def _options(settings: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By name and option; values as in a file."""
    options: dict[str, dict[str, Any]] = {}
    for setting in settings:
        place, equals, value = setting.partition("=")
        name, dot, option = place.partition(".")
        if not (equals and dot and name and option):
            raise UserError(f"--set takes NAME.OPTION=VALUE, such as my_method.start_epoch=2; got '{setting}'")
        options.setdefault(name, {})[option] = read_yaml(f"value: {value}").data["value"]
    return options


def _told(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Each finding as soon as it is there, by what it is about; all of them as plain data."""
    told: list[dict[str, Any]] = []
    for subject, of_subject in groupby(found, key=lambda finding: finding.subject):
        show(subject)
        for finding in of_subject:
            show(f"  ok    {finding.rule}" if finding.problem is None else f"  FAIL  {finding.rule}: {finding.problem}")
            told.append(finding._asdict())
    kept = sum(finding["problem"] is None for finding in told)
    show(f"\n{kept} of {len(told)} rules are kept.")
    return told
