"""`suspects`: which labels of the training data are probably wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sat_sweep.commands.output import command_line, say, show, show_json, show_table
from sat_sweep.config.yaml_lines import write_yaml
from sat_sweep.errors import UserError
from sat_sweep.home import Home, SweepHome, choose_home
from sat_sweep.home.files import open_folder
from sat_sweep.suspects import Findings, find
from sat_sweep.suspects.cleaned import Treatment, check_cleanable, cleaned_space, write_cleaned
from sat_sweep.suspects.lines import csv_text, lines_of, to_json
from sat_sweep.suspects.page import page
from sat_sweep.suspects.wording import sentences
from sat_sweep.sweep.launchers.ray_job.request import RETURNS

SHOWN = 20
"""Lines of the table in a terminal."""


def suspects(name: str, home: str | None, method: str | None, noise: str | None, out: Path | None,
             clean: Treatment | None, as_json: bool) -> None:
    """Print the most suspicious labels and write page, CSV and, if asked for, a cleaned copy of the data."""
    if out is not None:
        open_folder(out).check()
    kept = Home(choose_home(home))
    sweep, found = kept.existing(name), find(kept, name, method, noise)
    if clean is not None:
        _check_clean(found)
    if out is not None or clean is not None or not as_json:
        folder = out or sweep.suspects_folder
        for findings, place in _places(found, folder):  # before anything is printed, which may be cut off (| head)
            _write(name, findings, place)
            if clean is not None:
                _write_cleaned(sweep, findings, clean, place, home)
    if as_json:
        show_json({"sweep": name, "conditions": [to_json(findings) for findings in found]})
    else:
        _show(found)


def _check_clean(found: Sequence[Findings]) -> None:
    if len(found) > 1:
        labels = " | ".join(findings.condition for findings in found)
        raise UserError(f"there are several noise levels, say which labels to clean: --noise {labels}")
    check_cleanable(found[0])


def _show(found: Sequence[Findings]) -> None:
    for findings in found:
        for sentence in sentences(findings):
            show(sentence)
        show("")
        lines = lines_of(findings, findings.rankings[0], SHOWN)
        hidden = {"score", "suspected", "seed"}
        header = [key for key in lines[0] if key not in hidden]
        show_table(header, [[line[key] for key in header] for line in lines])
        show("")


def _places(found: Sequence[Findings], folder: Path) -> list[tuple[Findings, Path]]:
    """A folder for each condition where there are several."""
    return [(findings, folder if len(found) == 1 else folder / findings.key) for findings in found]


def _write(name: str, findings: Findings, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suspects.csv").write_text(csv_text(findings), encoding="utf-8")
    (folder / "suspects.html").write_text(page(name, findings), encoding="utf-8")
    _tell(f"Suspects: {folder / 'suspects.html'}, all examples in {folder / 'suspects.csv'}", folder)


def _write_cleaned(sweep: SweepHome, findings: Findings, clean: Treatment, folder: Path, home: str | None) -> None:
    copy, count = write_cleaned(findings, clean, folder)
    record, done = sweep.describe(), "left out" if clean == "drop" else "relabelled"
    renamed = f"{sweep.name}_{'filtered' if clean == 'drop' else 'relabelled'}"
    space = cleaned_space(record.space if record is not None else {}, findings, copy, renamed)
    text = [f"# {sweep.name} once more, {count:,} suspects {done}.",
            "# Test labels are as they were: where they are right, the comparison with the sweep before is fair.",
            write_yaml(space)]
    (folder / "cleaned.yaml").write_text("\n".join(text), encoding="utf-8")
    _tell(f"Cleaned: {count:,} suspects of the training part {done} in a copy in {folder}, test examples as they were; "
          f"sweep it with: {command_line('launch', str(folder / 'cleaned.yaml'), home=home)}", folder)


def _tell(text: str, folder: Path) -> None:
    """Unless the files are on their way to somebody else's machine."""
    if RETURNS not in folder.parts:
        say(text)
