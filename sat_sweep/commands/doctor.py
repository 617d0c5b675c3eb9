"""`doctor`: what is wrong with a sweep, in words, and made right."""

from __future__ import annotations

from collections.abc import Sequence

from sat_sweep.commands.output import command_line, say, show, show_json
from sat_sweep.doctor import Finding, Subject, audit, repair
from sat_sweep.errors import ExitStatus


def doctor(name: str, home: str | None, fix: bool, as_json: bool) -> int:
    """Show everything that is wrong; with `fix` make right what can be, then show what is left."""
    subject = Subject.named(name, home)
    if subject.driven:
        say(f"{name} is being run: what its driver is still to write is not looked at")
    findings = audit(subject)
    if fix:
        for finding in repair(subject, findings):
            say(f"{finding.what}: {finding.remedy}")
        findings = audit(Subject.named(name, home))
    if as_json:
        show_json({"sweep": name, "findings": [finding.to_json() for finding in findings]})
    else:
        _show(name, home, findings)
    return ExitStatus.INCOMPLETE if findings else ExitStatus.DONE


def _show(name: str, home: str | None, findings: Sequence[Finding]) -> None:
    if not findings:
        show(f"{name}: everything is as it should be")
        return
    for finding in findings:
        show(f"{finding.part}: {finding.what}\n  {'--fix' if finding.repair else 'to do'}: {finding.remedy}")
    if any(finding.repair for finding in findings):
        show(f"Make it right: {command_line('doctor', name, '--fix', home=home)}")
