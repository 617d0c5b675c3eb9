"""An exported model in the formats of other tools, made from what the folder has.

    program.pt2           a torch.export program
    model.onnx            ONNX, where the extra `export` is installed
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from sat_sweep.export.predictor import Network, load
from sat_sweep.export.program import first_line, followed

PROGRAM, ONNX = "program.pt2", "model.onnx"
NEEDED = ("onnx", "onnxscript")
"""The packages that ONNX takes."""


class Listed(nn.Module):
    """The `network` of a folder as a module, its weights as buffers."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        for name, weight in network.values.items():
            self.register_buffer(name, weight)

    def forward(self, inputs: Tensor) -> Tensor:
        """Probabilities (B, C) for `inputs` (B, …) float32."""
        return self.network(inputs, dict(self.named_buffers()))


def add_other_formats(folder: Path, say: Callable[[str], None]) -> None:
    """Write the exported model in `folder` in other formats too; `say` is told what was left out, a sentence each."""
    for name in (PROGRAM, ONNX):
        (folder / name).unlink(missing_ok=True)
    model = load(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages about themselves and each other
        program = followed(Listed(model.network), model.input_shape)
        torch.export.save(program, folder / PROGRAM)
        _write_onnx(program, folder / ONNX, say)


def _write_onnx(program: ExportedProgram, file: Path, say: Callable[[str], None]) -> None:
    if any(find_spec(package) is None for package in NEEDED):
        say(f"{file.name} was left out: it needs the extra `export` (pip install 'sat-sweep[export]')")
        return
    try:
        torch.onnx.export(program, f=str(file), dynamo=True, external_data=False, verbose=False,
                          input_names=["inputs"], output_names=["probabilities"])
    except Exception as error:  # an operation that ONNX does not have is no reason to go without the rest
        say(f"{file.name} was left out: ONNX cannot express this network ({first_line(error)})")
