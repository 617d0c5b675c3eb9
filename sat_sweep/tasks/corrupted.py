"""Accuracy under common corruptions of the test images: fifteen kinds at five severities (`data.corruptions`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sat_sweep.data.corruptions import GROUPS, SEVERITIES, corrupted
from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import EVALUATION_BATCH, Evaluation, of_classes
from sat_sweep.tasks.measure import Measure, Point, fraction

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart


def _measure(name: str, title: str) -> Measure:
    return fraction(f"test/{name}", "test", "true", title)._replace(drawn=False)


KINDS = {kind: _measure(f"corrupted/{kind}", f"test accuracy under {kind}")._replace(listed=False)
         for kinds in GROUPS.values() for kind in kinds}
"""Means over severities, by kind."""
OF_GROUP = {group: _measure(f"corrupted/{group}", f"test accuracy under {group}") for group in GROUPS}
ALL = _measure("corrupted_accuracy", "test accuracy under corruption")
"""The mean over all kinds and severities: 1 less it is the mean corruption error, not divided by another network's."""
AT_SEVERITY = {
    severity: _measure(f"corrupted/severity/{severity}", f"test accuracy at severity {severity}")._replace(
        point=Point("Accuracy under corruption", "severity", severity)) for severity in (0, *SEVERITIES)
}
"""Means over kinds; 0 are the images as they are."""
MEASURES = (ALL, *OF_GROUP.values(), *KINDS.values(), *AT_SEVERITY.values())


def misfit(input_shape: tuple[int, ...]) -> str | None:
    """Why inputs of this shape cannot be corrupted, None if they can."""
    if len(input_shape) == 3 and input_shape[0] in (1, 3):
        return None
    return f"task.corruptions needs images of one channel or three; the inputs have shape {input_shape}"


def corrupted_accuracies(part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
    """All of `MEASURES` of the test `part`, by name."""
    plain = _accuracy(part, evaluation, None, 0)
    cells = {kind: torch.stack([_accuracy(part, evaluation, kind, severity) for severity in SEVERITIES])
             for kind in KINDS}
    by_kind = {kind: values.mean() for kind, values in cells.items()}
    table = torch.stack(list(cells.values()))
    groups = {group: torch.stack([by_kind[kind] for kind in kinds]).mean() for group, kinds in GROUPS.items()}
    return {
        ALL.name: table.mean(), **{OF_GROUP[group].name: value for group, value in groups.items()},
        **{KINDS[kind].name: value for kind, value in by_kind.items()},
        **{AT_SEVERITY[severity].name: value
           for severity, value in zip(AT_SEVERITY, [plain, *table.mean(dim=0)], strict=True)},
    }


def _accuracy(part: DevicePart, evaluation: Evaluation, kind: str | None, severity: int) -> torch.Tensor:
    """On the images of `part` after a corruption, or as they are."""
    low, high = (pixel.view(1, -1, 1, 1) for pixel in (evaluation.low, evaluation.high))
    right = []
    with torch.inference_mode():
        for inputs, labels in zip(part.inputs.split(EVALUATION_BATCH), part.labels.split(EVALUATION_BATCH),
                                  strict=True):
            if kind is not None:
                pixels = ((inputs - low) / (high - low)).clamp(0, 1)
                inputs = low + (high - low) * corrupted(pixels, kind, severity, evaluation.generator)
            predictions = of_classes(evaluation.predict(inputs).float(), evaluation.classes).argmax(dim=1)
            right.append(predictions == labels)
    return torch.cat(right).float().mean()
