"""Predictions of an exported model. Needs torch, numpy and safetensors alone.

    python predict.py DATA.npz [--array NAME] [--out FILE.csv]
    load("folder").probabilities(images)       # in Python: (N, C), one row per input

Loading executes nothing that a file says: `weights.safetensors` holds numbers, `network.json` lists operations by name,
of which only torch's core operations on tensors are taken, and no pickle. Models of tables have a file to read them.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib
import json
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors.torch import load as load_tensors

FORMAT = 1
DESCRIPTION, NETWORK, WEIGHTS = "model.json", "network.json", "weights.safetensors"
ARRAYS, BATCH = (".npz", ".npy"), 1024
"""Files of arrays by their endings, and how many inputs are computed together."""
ON_SIZES = {name: getattr(operator, name) for name in ("add", "floordiv", "getitem", "mod", "mul", "sub")}
"""Operations on the numbers of a shape, and the choice of one of several results."""
FURTHER = {f"aten.{name}" for name in (
    "adaptive_max_pool2d.default", "upsample_bicubic2d.vec", "_upsample_bicubic2d_aa.default")}
"""Operations that compute as the core ones do, and that torch does not take apart into these."""


class ModelError(ValueError):
    """A folder is no exported model or a damaged one, or inputs do not fit it; the message is one sentence."""


class Step(NamedTuple):
    """One operation: `name` is what its result is called, `done` are results that nobody needs after it."""

    name: str
    operation: Callable[..., Any]
    args: Any
    kwargs: Any
    done: tuple[str, ...]


class Network:
    """Operations from inputs (B, …) to probabilities (B, C); raises ModelError for one that is not allowed."""

    def __init__(self, content: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> None:
        self.input, self.output = content["input"], content["output"]
        self.values = {name: weights[key] for name, key in content["weights"].items()}
        self.steps = _steps(content["steps"], {self.output, *self.values})

    def __call__(self, inputs: torch.Tensor, weights: Mapping[str, torch.Tensor] | None = None) -> torch.Tensor:
        """Probabilities (B, C) for `inputs` (B, …) float32; with `weights` in the place of its own `values`."""
        values = {**(self.values if weights is None else weights), self.input: inputs}
        for step in self.steps:
            values[step.name] = step.operation(*_given(step.args, values), **_given(step.kwargs, values))
            for name in step.done:
                del values[name]
        result: torch.Tensor = values[self.output]
        return result


def _steps(entries: Sequence[Mapping[str, Any]], kept: set[str]) -> list[Step]:
    """From the last to the first, which tells where a result is used for the last time."""
    steps: list[Step] = []
    seen = set(kept)
    for entry in reversed(entries):
        done = {*_names(entry["args"]), *_names(entry["kwargs"])} - seen
        seen |= done
        steps.append(Step(entry["name"], _operation(entry["operation"]), entry["args"], entry["kwargs"], tuple(done)))
    return steps[::-1]


def _operation(name: str) -> Callable[..., Any]:
    """torch's core operation of that name, unless it changes what it is given; raises ModelError for any other."""
    room, _, rest = name.partition(".")
    found: Any = None
    if room == "sizes":
        found = ON_SIZES.get(rest)
    elif room == "aten":
        packet, _, overload = rest.partition(".")
        found = getattr(getattr(torch.ops.aten, packet, None), overload, None)
        core = torch.Tag.core in getattr(found, "tags", ()) or name in FURTHER
        if not core or found is None or found._schema.is_mutable:
            found = None
    if found is None:
        raise ModelError(f"{NETWORK} asks for '{name}', which is none of the core operations of torch "
                         f"{torch.__version__}")
    operation: Callable[..., Any] = found
    return operation


def _names(content: Any) -> Iterator[str]:
    """The results that an argument refers to."""
    if isinstance(content, dict) and "result" in content:
        yield content["result"]
    elif isinstance(content, dict | list):
        below = content.values() if isinstance(content, dict) else content
        yield from (name for value in below for name in _names(value))


CONSTANTS: dict[str, Callable[[str], Any]] = {
    "float": float,
    "torch.dtype": lambda name: _of_torch(name, torch.dtype),
    "torch.layout": lambda name: _of_torch(name, torch.layout),
    "torch.memory_format": lambda name: _of_torch(name, torch.memory_format),
    "torch.device": lambda name: torch.device("cpu"),
}
"""What JSON cannot say, by kind."""


def _of_torch(name: str, kind: type) -> Any:
    value = getattr(torch, name, None)
    if not isinstance(value, kind):
        raise ModelError(f"{NETWORK} names '{name}', which is no {kind.__name__} of torch")
    return value


def _given(content: Any, values: Mapping[str, Any]) -> Any:
    """An argument, with results in the place of their names."""
    if isinstance(content, list):
        return [_given(value, values) for value in content]
    if not isinstance(content, dict):
        return content
    if "result" in content:
        return values[content["result"]]
    if "constant" in content:
        kind, name = content["constant"]
        return CONSTANTS[kind](name)
    return {key: _given(value, values) for key, value in content.items()}


# The model: a network with what its inputs and outputs mean


class Model:
    """An exported model; `description` is what model.json says."""

    def __init__(self, description: Mapping[str, Any], network: Network) -> None:
        self.description, self.network = dict(description), network
        self.classes = tuple(map(str, description["classes"]))
        self.input_shape = tuple(map(int, description["input"]["shape"]))

    def probabilities(self, inputs: Any) -> np.ndarray:
        """Calibrated probabilities (N, C) float32 for `inputs`: raw images or features, as `prepared` takes them."""
        values, starts = np.asarray(inputs), range(0, max(1, len(inputs)), BATCH)
        with torch.inference_mode():
            parts = [self.network(self.prepared(values[start:start + BATCH])) for start in starts]
        found: np.ndarray = torch.cat(parts).numpy()
        return found

    def prepared(self, inputs: Any) -> torch.Tensor:
        """(N, *input_shape) float32: bytes are divided by 255, channels come first; raises ModelError for others.

        Images are (N, C, H, W), (N, H, W, C) or, if grey, (N, H, W), as bytes or as floats in [0, 1]; features (N, F).
        """
        values = torch.as_tensor(np.ascontiguousarray(inputs))
        shape, wanted = tuple(values.shape[1:]), self.input_shape
        if (1, *shape) == wanted and len(values):
            values = values.unsqueeze(1)
        elif len(wanted) == 3 and shape == (*wanted[1:], wanted[0]) != wanted and len(values):
            values = values.permute(0, 3, 1, 2)
        elif shape != wanted or not len(values):
            raise ModelError(f"inputs of shape {tuple(values.shape)} are nothing for this model, which takes "
                             f"(N, {', '.join(map(str, wanted))})")
        bounded = values.is_floating_point() and bool(values.min() >= 0) and bool(values.max() <= 1)
        if len(wanted) == 3 and not (bounded or values.dtype == torch.uint8):
            raise ModelError(f"images are bytes, or floats in [0, 1]; these are {str(values.dtype)[6:]} from "
                             f"{values.min():g} to {values.max():g}")
        return (values.float() / (255.0 if values.dtype == torch.uint8 else 1.0)).contiguous()


class Served:
    """A model as MLflow calls it."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, model_input: Any, params: object = None) -> np.ndarray:
        """Probabilities (N, C) for inputs (N, …)."""
        return self.model.probabilities(model_input)


def load(folder: str | Path) -> Model:
    """The model in `folder`; raises ModelError, with one sentence, for anything that is no sound exported model."""
    place = Path(folder)
    description = _json(place, DESCRIPTION)
    if (found := description.get("format")) != FORMAT:
        raise ModelError(f"{place / DESCRIPTION} has format {found}, and this program reads {FORMAT}")
    checksums = description.get("checksums", {})
    network, tensors = (_checked(place, name, checksums) for name in (NETWORK, WEIGHTS))
    try:
        return Model(description, Network(json.loads(network), in_channels_last(load_tensors(tensors))))
    except ModelError:
        raise
    except Exception as error:  # whatever is wrong with a foreign file, the answer is the same
        raise ModelError(f"{place} is no sound exported model: {type(error).__name__}: {error}") from None


def _load_pyfunc(folder: str) -> Served:
    """How MLflow loads the model."""
    return Served(load(folder))


def in_channels_last(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same, those of convolutions laid out in the order in which they are computed fastest."""
    return {name: tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
            for name, tensor in tensors.items()}


def _json(folder: Path, name: str) -> dict[str, Any]:
    found = _content(folder, name)
    try:
        content = json.loads(found)
    except ValueError:
        raise ModelError(f"{folder / name} is damaged: it is no JSON") from None
    if not isinstance(content, dict):
        raise ModelError(f"{folder / name} is damaged: it describes no model")
    return content


def _checked(folder: Path, name: str, checksums: Mapping[str, str]) -> bytes:
    """The content of a file, which must be what was exported."""
    content = _content(folder, name)
    if hashlib.sha256(content).hexdigest() != checksums.get(name):
        raise ModelError(f"{folder / name} is damaged: it is not what was exported with {DESCRIPTION}")
    return content


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(f"{folder} is no exported model: {name} cannot be read ({error.strerror})") from None


# From a file of arrays to a table


def read_array(path: str | Path, name: str | None = None) -> np.ndarray:
    """The inputs in an .npy or .npz file: the array `name`, else x, x_test or x_train, else the only one there is."""
    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        with found as archive:
            names = [name] if name else ["x", "x_test", "x_train", *(archive.files if len(archive.files) == 1 else ())]
            chosen = next((each for each in names if each in archive.files), None)
            if chosen is not None:
                array: np.ndarray = archive[chosen]
                return array
            held = ", ".join(sorted(archive.files))
    except Exception as error:
        raise ModelError(f"{path} cannot be read as arrays without pickles: {error}") from None
    raise ModelError(f"{path} has no array {' or '.join(names[:3])}; it holds {held}")


def read_inputs(model: Model, path: str | Path, name: str | None = None) -> np.ndarray:
    """What `model` takes, from an array of that `name` or, if it is a model of tables, from a CSV or Parquet file."""
    columns = model.description["input"].get("columns")
    if columns is None or Path(path).suffix.lower() in ARRAYS:
        return read_array(path, name)
    tables = importlib.import_module(f"{__package__}.predict_tables" if __package__ else "predict_tables")
    try:
        found: np.ndarray = tables.features(Path(path), columns)
    except tables.TableError as error:
        raise ModelError(str(error)) from None
    return found


def rows(model: Model, probabilities: np.ndarray, names: Iterable[object]) -> Iterator[list[Any]]:
    """A header, then a row for each input: its name, the likeliest class, how likely it is, and all probabilities."""
    yield ["name", "label", "probability", *model.classes]
    for name, row in zip(names, probabilities, strict=True):
        best = int(row.argmax())
        yield [name, model.classes[best], float(row[best]), *map(float, row)]


def main() -> None:
    """Predict what the command line names, with the model in the folder of this file."""
    parser = argparse.ArgumentParser(description="Labels and probabilities for arrays of inputs.")
    parser.add_argument("data", help="an .npz or .npy file; for a model of tables CSV or Parquet too")
    parser.add_argument("--array", help="which array of an .npz file; else x, x_test or x_train")
    parser.add_argument("--out", help="a CSV file; else the table is printed")
    asked = parser.parse_args()
    try:
        model = load(Path(__file__).parent)
        found = model.probabilities(read_inputs(model, asked.data, asked.array))
    except ModelError as error:
        sys.exit(str(error))
    with open(asked.out, "w", newline="") if asked.out else sys.stdout as file:
        csv.writer(file).writerows(rows(model, found, range(len(found))))


if __name__ == "__main__":
    main()
