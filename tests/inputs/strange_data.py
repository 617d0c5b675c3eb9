"""Data sets as Hypothesis makes them: small, and sound or not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from PIL import Image

Maker = Callable[[Path], dict[str, Any]]
"""Writes its files into a folder and gives the `dataset:` block that reads them."""
SEEDS = st.integers(0, 2**32 - 1)
ROWS = st.sampled_from([40, 100, 40, 100, 40, 100, 10, 5, 3, 2, 1, 0])
KINDS = st.sampled_from([*["u1", "f4", "f8"] * 5, "i1", "i8", "u8", "f2", "?", "U2", "c8", "M8[s]"])
SHAPES = st.sampled_from([*[(4,), (4, 4), (4, 4, 3)] * 5, (1,), (3, 4, 4), (), (0,), (2, 4, 4), (4, 4, 0),
                          (1, 1, 1, 1)])
ODD = st.sampled_from([*[None] * 40, np.nan, np.inf, -np.inf, 1e30, 1e300, -1, 0, 10**6, 10**12])


@st.composite
def arrays(draw: st.DrawFn, rows: int) -> np.ndarray:
    """Inputs of `rows` examples, in whatever shape and type."""
    random = np.random.default_rng(draw(SEEDS))
    kind, shape = draw(KINDS), draw(SHAPES)
    values = random.random((rows, *shape)) if draw(st.booleans()) else random.normal(size=(rows, *shape)) * 100
    with np.errstate(all="ignore"):
        found = (values * 200 if kind == "u1" else values).astype(kind)
        return _with_one(draw, found, random)


def _with_one(draw: st.DrawFn, found: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """`found` with an odd value in a place, where its type can have it."""
    odd = draw(ODD)
    if odd is not None and found.size:
        try:
            found.flat[random.integers(found.size)] = odd
        except (ValueError, OverflowError, TypeError):
            return found
    return found


@st.composite
def labels(draw: st.DrawFn, rows: int) -> np.ndarray:
    """Labels of `rows` examples, mostly from 0 on without gaps."""
    random = np.random.default_rng(draw(SEEDS))
    classes = draw(st.sampled_from([*[2, 3] * 5, 10, 1, 50]))
    found = np.arange(rows) % classes if draw(st.integers(0, 4)) else random.integers(classes, size=rows)
    with np.errstate(all="ignore"):
        kind = draw(st.sampled_from([*["i8"] * 12, "u1", "i4", "f4", "U1", "?"]))
        return _with_one(draw, found.astype(kind), random)


OPTIONS = {
    "subset": st.integers(2, 50), "test_subset": st.integers(2, 10), "trusted": st.integers(1, 40),
    "labelled": st.integers(1, 40), "validation_fraction": st.sampled_from([0.01, 0.2, 0.5, 0.99]),
    "test_fraction": st.sampled_from([0.01, 0.25, 0.9]), "imbalance": st.just({"kind": "long_tailed", "factor": 10.0})}
SETTINGS = st.lists(st.sampled_from(sorted(OPTIONS)), max_size=2, unique=True).flatmap(
    lambda chosen: st.fixed_dictionaries({name: OPTIONS[name] for name in chosen}))


@st.composite
def archives(draw: st.DrawFn) -> Maker:
    """NumPy archives, whole or spoilt."""
    rows = draw(ROWS)
    test = draw(ROWS)
    further = {"x_test": draw(arrays(test)), "y_test": draw(labels(test)), "y_noisy": draw(labels(rows)),
               "g": draw(labels(rows)), "w": draw(arrays(rows)), "class_names": np.array(list("abcdefghij"))}
    chosen = draw(st.sets(st.sampled_from(sorted(further)), max_size=2))
    values = {"x_train": draw(arrays(rows)), "y_train": draw(labels(draw(st.sampled_from([rows, rows, rows, 3])))),
              **{name: further[name] for name in chosen}}
    options = {option: name for option, name in (("group", "g"), ("weight", "w")) if name in chosen}
    spoil, settings = draw(spoiling()), draw(SETTINGS)

    def make(folder: Path) -> dict[str, Any]:
        np.savez(folder / "d.npz", **values)
        spoil(folder / "d.npz")
        return {"name": "npz", "path": "d.npz", **options, **settings}

    return make


@st.composite
def spoiling(draw: st.DrawFn) -> Callable[[Path], None]:
    """Whatever happens to a file: mostly nothing, else bytes that are others, or none from some place on."""
    how = draw(st.sampled_from([*["not"] * 10, "cut", "changed"]))
    place, content = draw(st.floats(0, 1, exclude_max=True)), draw(st.binary(min_size=1, max_size=16))

    def spoil(file: Path) -> None:
        data = bytearray(file.read_bytes())
        begin = int(place * len(data))
        if how == "cut":
            del data[begin:]
        elif how == "changed":
            data[begin:begin + len(content)] = content
        file.write_bytes(data)

    return spoil


CELLS = st.one_of(st.none(), st.integers(-2**63, 2**63 - 1), st.integers(-3, 3), st.floats(), st.booleans(),
                  st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.binary(max_size=4))
_SOUND = [st.integers(0, 2), st.floats(-1, 1), st.sampled_from("abc"), st.booleans(),
          st.lists(st.floats(-1, 1), min_size=2, max_size=2)]
_ODD = [st.floats(), st.none(), st.lists(CELLS, max_size=2), CELLS, st.dates(), st.datetimes(),
        st.decimals(allow_nan=False, allow_infinity=False, places=2),
        st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2)]
COLUMNS = st.sampled_from([*_SOUND, *_SOUND, *_SOUND, *_ODD])
LABEL_CELLS = st.sampled_from([st.integers(0, 2), st.booleans(), st.sampled_from("abc"), CELLS])
NAMES = st.one_of(st.sampled_from(["a", "b", "label", "image", "g", "w"]), st.text(max_size=3))


@st.composite
def tables(draw: st.DrawFn) -> Maker:
    """Rows of numbers, categories, vectors and worse, as CSV or Parquet."""
    rows, parquet, spoil = draw(ROWS), draw(st.booleans()), draw(spoiling())
    columns = {name: _column(draw, draw(COLUMNS), rows)
               for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))}
    columns["label"] = _column(draw, draw(LABEL_CELLS), rows)
    settings = draw(SETTINGS)

    def make(folder: Path) -> dict[str, Any]:
        file = folder / ("d.parquet" if parquet else "d.csv")
        write_parquet(file, columns) if parquet else write_csv(file, columns)
        spoil(file)
        return {"name": "table", "train": file.name, **settings}

    return make


def _column(draw: st.DrawFn, cells: st.SearchStrategy[Any], rows: int) -> list[Any]:
    """A few different cells, again and again."""
    some = draw(st.lists(cells, min_size=1, max_size=5))
    return [some[row % len(some)] for row in range(rows)]


def write_parquet(file: Path, columns: dict[str, list[Any]]) -> None:
    """The columns as far as Arrow finds a type for each; others as text."""
    pq.write_table(pa.table([_typed(values) for values in columns.values()], names=list(columns)), file)


def _typed(values: list[Any]) -> pa.Array:
    try:
        found = pa.array(values)
        pq.write_table(pa.table([found], names=["x"]), io.BytesIO())
        return found
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array(list(map(repr, values)))


def write_csv(file: Path, columns: dict[str, list[Any]]) -> None:
    """The columns as they come, commas, quotes and line breaks in them too."""
    lines = [",".join(columns), *(",".join("" if cell is None else str(cell) for cell in row)
                                  for row in zip(*columns.values(), strict=True))]
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))


@st.composite
def images(draw: st.DrawFn) -> bytes:
    """An image file, or nearly one."""
    if draw(st.integers(0, 9)) == 9:
        return draw(st.binary(max_size=100))
    random, buffer = np.random.default_rng(draw(SEEDS)), io.BytesIO()
    pixels = random.integers(256, size=(8, draw(st.sampled_from([8, 8, 8, 8, 8, 9])), 3), dtype=np.uint8)
    kind, mode = draw(st.sampled_from([("PNG", "RGB"), ("PNG", "L"), ("PNG", "P"), ("PNG", "RGBA"), ("TIFF", "I"),
                                       ("GIF", "P"),
                                       ("JPEG", "CMYK"), ("BMP", "1"), ("TIFF", "F"), ("WEBP", "RGB")]))
    Image.fromarray(pixels).convert(mode).save(buffer, kind)
    return buffer.getvalue()


@st.composite
def image_tables(draw: st.DrawFn) -> Maker:
    """Parquet files of images with labels."""
    rows, spoil, settings = draw(ROWS), draw(spoiling()), draw(SETTINGS)
    some = draw(st.lists(images(), min_size=1, max_size=4))
    cells = [some[row % len(some)] for row in range(rows)]
    struct = draw(st.booleans())
    given = draw(labels(rows))
    size = draw(st.sampled_from([{}, {"size": 8}, {"size": 10}]))

    def make(folder: Path) -> dict[str, Any]:
        column = [{"bytes": cell, "path": "x.png"} for cell in cells] if struct else cells
        write_parquet(folder / "d.parquet", {"image": column, "label": given.tolist()})
        spoil(folder / "d.parquet")
        return {"name": "parquet", "train": "d.parquet", **size, **settings}

    return make


@st.composite
def image_folders(draw: st.DrawFn) -> Maker:
    """Folders of images, with files and folders that do not belong there."""
    names = draw(st.lists(st.sampled_from(["a", "b", "c", ".hidden", "é", "a b"]), min_size=1, max_size=4, unique=True))
    each, some = draw(st.sampled_from([15, 20, 15, 4, 1, 0])), draw(st.lists(images(), min_size=1, max_size=4))
    odd = draw(st.sampled_from([None, None, "notes.txt", "a/x.png/y.png", "z.png", "b/deep/er/1.png"]))
    settings, size = draw(SETTINGS), draw(st.sampled_from([{}, {"size": 8}]))

    def make(folder: Path) -> dict[str, Any]:
        (folder / "images").mkdir()
        for name in names:
            (folder / "images" / name).mkdir()
            for number in range(each):
                (folder / "images" / name / f"{number}.png").write_bytes(some[number % len(some)])
        if odd is not None:
            (folder / "images" / odd).parent.mkdir(parents=True, exist_ok=True)
            (folder / "images" / odd).write_bytes(some[0])
        return {"name": "image_folder", "train": "images", **size, **settings}

    return make


data_sets = st.one_of(archives(), tables(), image_tables(), image_folders())
NOISE = st.sampled_from([{"kind": "symmetric", "rates": [0.0, 0.4]}, {"kind": "symmetric", "rates": [0.2]},
                         {"kind": "as_given"},
                         {"kind": "pairflip", "rates": [0.3]},
                         {"kind": "instance", "rates": [0.3]}, {"kind": "gaussian", "rates": [0.5]},
                         {"kind": "column", "columns": ["y_noisy"]}, {"kind": "shuffled_pixels", "rates": [0.5]}])
