"""How fast does one GPU train ResNet-34 on images of CIFAR's size, and how many trials may share it?

    ours         `sat_sweep.training.epochs`: data on the device, augmentation in batches, bfloat16, channels last
    loader       a loop as SAT's authors have it: PIL images, random crop with padding 4, flip, ToTensor and
                 Normalize in a DataLoader with workers, float32, loss and accuracy fetched with every batch
    2, 3, … x ours   as many processes on the same GPU, each with a trial of its own

All train SAT from the first epoch on (targets are updated in every step) and predict noisy validation images once an
epoch, which counts. Pixels are random: speed does not depend on them. `images/s` are training images; `MFU %` is the
network's floating-point operations (three forward passes for a training image, one for a validation image) per
second, in percent of the device's dense peak for bfloat16; the loader is measured against the same peak.

Needs torch, numpy, pydantic, pyyaml and, for the loader, PIL. From the root of the repository:

    python -m benchmarks.gpu_throughput                                     about 6 min on an H200
    python -m benchmarks.gpu_throughput --together 1 2 4 8 --no-loader      sharing the GPU only
    python -m benchmarks.gpu_throughput --device cpu --images 320 --width 4 --epochs 1 --together 1 2
                                                                            seconds; shows that the script works
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from benchmarks.common import ROOT, Row, parser, publish

PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40": 181e12, "L4": 121e12, "A10": 125e12}
"""Dense bfloat16 operations per second by the makers' data sheets, for SXM modules; --peak for others."""
VALIDATION = 0.2
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)


def write_data(folder: Path, images: int) -> Path:
    """An archive of random images with labels."""
    chance, path = np.random.default_rng(0), folder / "random.npz"
    arrays: dict[str, np.ndarray] = {}
    for part, count in (("train", images), ("test", 100)):
        arrays[f"x_{part}"] = chance.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
        arrays[f"y_{part}"] = chance.permutation(count) % 10
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def trial(arguments: argparse.Namespace, data: Path, seed: int = 0) -> Any:
    """The trial that is trained."""
    from sat_sweep.training import TrialSpec

    return TrialSpec.model_validate({
        "dataset": {"name": "npz", "path": str(data), "validation_fraction": VALIDATION},
        "noise": {"kind": "symmetric", "rate": 0.4, "label": "symmetric-0.4"}, "seed": seed,
        "method": "sat", "parameters": {"sat.start_epoch": 0},
        "model": {"name": arguments.model, "width": arguments.width}, "device": arguments.device,
        "training": {"epochs": 1000, "batch_size": arguments.batch_size, "augmentation": "crop+flip",
                     "precision": arguments.precision},
    })


def ours(arguments: argparse.Namespace, data: Path, seed: int = 0) -> Iterator[float]:
    """Seconds of each epoch."""
    from sat_sweep.training import epochs

    started = time.perf_counter()
    for _ in epochs(trial(arguments, data, seed)):
        _wait_for_device(arguments.device)
        yield time.perf_counter() - started
        started = time.perf_counter()


class PilImages(Dataset):
    """Images as SAT's authors serve them: from an array through PIL, one by one, with their position."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, augmented: bool) -> None:
        self.images, self.labels, self.augmented = images, labels, augmented
        self.mean, self.std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int, int]:
        from PIL import Image, ImageOps

        image = Image.fromarray(self.images[index])
        if self.augmented:
            left, top = random.randint(0, 8), random.randint(0, 8)
            image = ImageOps.expand(image, border=4, fill=0).crop((left, top, left + 32, top + 32))
            if random.random() < 0.5:
                image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float().div(255)
        return pixels.sub_(self.mean).div_(self.std), int(self.labels[index]), index


def with_loader(arguments: argparse.Namespace, data: Path) -> Iterator[float]:
    """Seconds of each epoch of the authors' kind of loop."""
    from benchmarks.peers import sat_loss, sat_targets
    from sat_sweep.models import build_model

    with np.load(data) as archive:
        images, labels = archive["x_train"], archive["y_train"]
    held_out = round(VALIDATION * len(labels))
    training, validation = (
        DataLoader(PilImages(images[part], labels[part], augmented), batch_size=arguments.batch_size,
                   shuffle=augmented, num_workers=arguments.loader_workers, pin_memory=arguments.device == "cuda")
        for part, augmented in ((slice(held_out, None), True), (slice(held_out), False)))
    torch.backends.cudnn.benchmark = True
    spec = trial(arguments, data)
    model = build_model(spec.model, (3, 32, 32), 10).to(arguments.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    targets = torch.eye(10, device=arguments.device)[torch.from_numpy(labels[held_out:]).long().to(arguments.device)]
    while True:
        started = time.perf_counter()
        model.train()
        for inputs, given, index in training:
            inputs, given = inputs.to(arguments.device), given.to(arguments.device)
            index = index.to(arguments.device)
            logits = model(inputs)
            targets[index] = sat_targets(targets[index], logits.detach(), 0.9)
            loss = sat_loss(logits, targets[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            _ = loss.item(), (logits.argmax(1) == given).float().mean().item()
        model.eval()
        with torch.no_grad():
            for inputs, given, _ in validation:
                (model(inputs.to(arguments.device)).argmax(1) == given.to(arguments.device)).float().mean().item()
        yield time.perf_counter() - started


def _wait_for_device(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def operations(arguments: argparse.Namespace) -> float:
    """Floating-point operations of one image's forward pass; a multiplication with an addition is two."""
    from torch.utils.flop_counter import FlopCounterMode

    from sat_sweep.models import build_model

    spec = trial(arguments, Path("none.npz")).model
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        build_model(spec, (3, 32, 32), 10).eval()(torch.zeros(1, 3, 32, 32))
    return float(counter.get_total_flops())


def peak(arguments: argparse.Namespace) -> float | None:
    """The device's operations per second, None if nobody knows."""
    if arguments.peak is not None:
        return arguments.peak * 1e12
    if arguments.device != "cuda":
        return None
    name = torch.cuda.get_device_name()
    return next((value for known, value in PEAKS.items() if known in name), None)


def row(arguments: argparse.Namespace, name: str, epoch_seconds: float, memory: float | None = None) -> Row:
    """A row from the seconds that one epoch took (of all processes together, per trial)."""
    trained = arguments.images - round(VALIDATION * arguments.images)
    done = (3 * trained + arguments.images - trained) * operations(arguments)
    top = peak(arguments)
    return {"loop": name, "device": _device_name(arguments), "model": f"{arguments.model} w{arguments.width}",
            "batch": arguments.batch_size, "images/s": trained / epoch_seconds, "s/epoch": epoch_seconds,
            "TFLOP/s": done / epoch_seconds / 1e12, "MFU %": 100 * done / epoch_seconds / top if top else None,
            "GB/trial": memory}


def _device_name(arguments: argparse.Namespace) -> str:
    return torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu"


def median_epoch(seconds: Iterator[float], epochs: int) -> float:
    """The median of `epochs` epochs after one that does not count."""
    next(seconds)
    return statistics.median([next(seconds) for _ in range(epochs)])


def together(arguments: argparse.Namespace, data: Path, count: int, typed: list[str]) -> Row:
    """`count` processes that begin to measure at the same moment."""
    workers = [subprocess.Popen([sys.executable, "-m", "benchmarks.gpu_throughput", *typed, "--worker", str(number),
                                 str(data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for number in range(count)]
    try:
        for worker in workers:
            _expect(worker, "ready")
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        answers = [json.loads(_expect(worker, "{")) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    span = max(answer["end"] for answer in answers) - min(answer["start"] for answer in answers)
    return row(arguments, f"{count} x ours", span / (count * arguments.epochs), answers[0]["memory"])


def _expect(worker: subprocess.Popen, start: str) -> str:
    assert worker.stdout is not None
    for line in worker.stdout:
        if line.startswith(start):
            return line
    raise SystemExit(f"a process ended with status {worker.wait()}; was the memory of the device too small?")


def work(arguments: argparse.Namespace) -> None:
    """One of several processes: warm up, wait for the word, train, tell."""
    number, data = int(arguments.worker[0]), Path(arguments.worker[1])
    torch.set_num_threads(1)
    seconds = ours(arguments, data, seed=number)
    next(seconds)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.time()
    for _ in range(arguments.epochs):
        next(seconds)
    memory = torch.cuda.max_memory_reserved() / 1e9 if arguments.device == "cuda" else None
    print(json.dumps({"start": start, "end": time.time(), "memory": memory}), flush=True)


def measure(arguments: argparse.Namespace, typed: list[str]) -> list[Row]:
    """All rows; the loader's last column tells how many times faster ours is."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder), arguments.images)
        for count in arguments.together:
            rows.append(together(arguments, data, count, typed))
            print(f"{rows[-1]['loop']}: {rows[-1]['images/s']:,.0f} images/s", file=sys.stderr, flush=True)
        if arguments.loader:
            authors = row(arguments, "loader", median_epoch(with_loader(arguments, data), arguments.epochs))
            rows.append(authors | {"loader workers": arguments.loader_workers})
    first, slowest = rows[0]["images/s"], rows[-1]["images/s"] if arguments.loader else None
    return [{**entry, "of one": entry["images/s"] / first,
             **({"times loader": entry["images/s"] / slowest} if slowest else {})} for entry in rows]


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    typed = sys.argv[1:] if typed is None else typed
    options = parser(__doc__)
    options.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    options.add_argument("--model", choices=("resnet34", "resnet18"), default="resnet34")
    options.add_argument("--width", type=int, default=64)
    options.add_argument("--images", type=int, default=50_000)
    options.add_argument("--batch-size", type=int, default=128)
    options.add_argument("--precision", choices=("bfloat16", "float32"), default="bfloat16", help="of ours")
    options.add_argument("--epochs", type=int, default=3, help="measured, after one that does not count")
    options.add_argument("--together", type=int, nargs="+", default=[1, 2, 3, 4, 6, 8], metavar="K",
                         help="trials at a time, in so many processes")
    options.add_argument("--no-loader", dest="loader", action="store_false")
    options.add_argument("--loader-workers", type=int, default=4)
    options.add_argument("--peak", type=float, metavar="TFLOPS", help="the device's peak, if it is not known here")
    options.add_argument("--worker", nargs=2, metavar=("NUMBER", "DATA"), help=argparse.SUPPRESS)
    arguments = options.parse_args(typed)
    if arguments.device == "cuda" and not torch.cuda.is_available():
        options.error("there is no CUDA device here; --device cpu shows that the script works")
    if arguments.worker:
        work(arguments)
        return []
    rows = measure(arguments, typed)
    publish("gpu_throughput", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
