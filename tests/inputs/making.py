"""Files of data, sound ones by default, for whoever then spoils them."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

Block = dict[str, Any]
ROWS, CLASSES = 60, 3
LABELS = np.arange(ROWS) % CLASSES


def features(rows: int = ROWS, columns: int = 4) -> np.ndarray:
    """(rows, columns) float32, no two alike."""
    return np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)


def npz(folder: Path, **arrays: Any) -> Block:
    """An archive of features and labels, with other `arrays`; None leaves one out."""
    values = {"x_train": features(), "y_train": LABELS, **arrays}
    np.savez(folder / "d.npz", **{name: value for name, value in values.items() if value is not None})
    return {"name": "npz", "path": "d.npz"}


def changed_npz(folder: Path, **values: Any) -> Block:
    """The same, with single values of the features: `changed_npz(folder, at=(3, 1), to=nan)`."""
    changed = features()
    changed[values["at"]] = values["to"]
    return npz(folder, x_train=changed)


def lying_npz(folder: Path, shape: tuple[int, ...], content: int = 0) -> Block:
    """An archive whose x_train announces bytes of `shape` and has `content` zeros."""
    header, labels = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    np.save(labels, LABELS)
    with zipfile.ZipFile(folder / "d.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", header.getvalue() + bytes(content))
        archive.writestr("y_train.npy", labels.getvalue())
    return {"name": "npz", "path": "d.npz"}


def spoilt(block: Block, folder: Path, start: int, content: bytes) -> Block:
    """The data of `block`, a single file, with other bytes from `start` on; counted from the end if it is negative."""
    file = folder / (block.get("path") or block["train"])
    data = bytearray(file.read_bytes())
    begin = start % len(data)
    data[begin:begin + len(content)] = content
    file.write_bytes(data)
    return block


def picture(path: Path, size: tuple[int, int] = (8, 8), kind: str = "PNG", mode: str = "RGB") -> Path:
    """An image file of random pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = zlib.crc32(str(path).encode())
    pixels = np.random.default_rng(seed).integers(256, size=(size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path, kind)
    return path


def folders(folder: Path, each: int = 20, classes: str = "ab") -> Block:
    """Folders of images, `each` of them."""
    for name in classes:
        for number in range(each):
            picture(folder / "images" / name / f"{number:02}.png")
    return {"name": "image_folder", "train": "images"}


def announced_png(width: int, height: int) -> bytes:
    """An image that says how large it is, and has next to nothing in it."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(1000))),
             (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)


def with_file(folder: Path, name: str, content: bytes) -> Block:
    """Folders of images, of which one file has this `content`."""
    block = folders(folder)
    place = folder / "images" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return block


def with_pipe(folder: Path) -> Block:
    """Folders of images, of which one is a pipe that nobody writes to."""
    block = folders(folder)
    os.mkfifo(folder / "images" / "a" / "z.png")
    return block


def with_link(folder: Path, place: str, target: str) -> Block:
    """Folders of images in which `place` is a link to `target`, beside folder and file of somebody else."""
    block = folders(folder)
    picture(folder / "private" / "me.png")
    (folder / "images" / place).symlink_to(target)
    return block


def pixels(number: int = 0) -> bytes:
    """An image file in memory."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), number * 4 % 256, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def parquet(folder: Path, metadata: dict[bytes, bytes] | None = None, **columns: Any) -> Block:
    """A table of images and labels, with other `columns`."""
    values = {"image": [pixels(row) for row in range(ROWS)], "label": LABELS, **columns}
    table = pa.table({name: value for name, value in values.items() if value is not None})
    pq.write_table(table.replace_schema_metadata(metadata), folder / "d.parquet")
    return {"name": "parquet", "train": "d.parquet"}


def table(folder: Path, **columns: Any) -> Block:
    """A Parquet table of two features and labels, with other `columns`."""
    values = {"a": features()[:, 0], "b": features()[:, 1], "label": LABELS, **columns}
    pq.write_table(pa.table({name: value for name, value in values.items() if value is not None}), folder / "t.parquet")
    return {"name": "table", "train": "t.parquet"}


def csv(folder: Path, text: str | bytes) -> Block:
    """A CSV file with this `text`."""
    (folder / "d.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return {"name": "table", "train": "d.csv"}


def rows(*lines: str) -> str:
    """The text of a CSV file with features a, b and a label, whose last rows are `lines`."""
    return "\n".join(["a,b,label", *(f"{row},{row * row % 7},{row % 3}" for row in range(ROWS)), *lines]) + "\n"


def saved(folder: Path, state: str, dictionary: str | None = None) -> Block:
    """A folder as `save_to_disk` of Hugging Face leaves one, but for what stands in its JSON files."""
    (folder / "hf").mkdir()
    (folder / "hf" / "state.json").write_text(state)
    if dictionary is not None:
        (folder / "hf" / "dataset_dict.json").write_text(dictionary)
    return {"name": "huggingface", "path": "hf"}
