"""Data that are wrong, by what is wrong with them: who makes the files, and words of what is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.inputs.making import (
    CLASSES,
    LABELS,
    ROWS,
    Block,
    announced_png,
    changed_npz,
    csv,
    features,
    folders,
    lying_npz,
    npz,
    parquet,
    picture,
    rows,
    saved,
    spoilt,
    table,
    with_file,
    with_link,
    with_pipe,
)

Wrong = dict[str, tuple[Callable[[Path], Block], str]]


def _labels(*changes: tuple[int, int]) -> np.ndarray:
    changed = LABELS.copy()
    for row, label in changes:
        changed[row] = label
    return changed


def _renamed(block: Block, folder: Path, name: str) -> Block:
    """The data of `block` where another dataset looks for its own."""
    return {"name": name, "path" if name == "npz" else "train": block.get("path") or block["train"]}


def _pipe(folder: Path, block: Block) -> Block:
    os.mkfifo(folder / "pipe")
    return block


ARCHIVES: Wrong = {
    "one class only": (lambda f: npz(f, y_train=np.zeros(ROWS, int)), "has 1 class: "),
    "one example of each class": (lambda f: npz(f, x_train=features(3), y_train=np.arange(3)),
                                  "leave no training example of 1 of 3 classes"),
    "two examples": (lambda f: npz(f, x_train=features(2), y_train=np.arange(2)), ""),
    "three examples of two classes": (lambda f: npz(f, x_train=features(3), y_train=np.array([0, 1, 1])), ""),
    "no example": (lambda f: npz(f, x_train=features(0), y_train=np.zeros(0, int)), "'y_train' is empty"),
    "gaps between labels": (lambda f: npz(f, y_train=LABELS * 4), "labels go up to 8, but none is 1"),
    "a label of a billion": (lambda f: npz(f, y_train=_labels((0, 10**9))), "labels go up to 1,000,000,000, but none"),
    "a label beyond 64 bits": (lambda f: npz(f, y_train=LABELS.astype(np.uint64) + 2**63), "y_train"),
    "a label below zero": (lambda f: npz(f, y_train=_labels((0, -1))), "labels must be at least 0, got -1"),
    "labels that are floats": (lambda f: npz(f, y_train=LABELS.astype(float)), "one column of whole numbers"),
    "labels that are text": (lambda f: npz(f, y_train=LABELS.astype(str)), "one column of whole numbers"),
    "labels in two columns": (lambda f: npz(f, y_train=np.eye(3)[LABELS]), "one column of whole numbers"),
    "no labels": (lambda f: npz(f, y_train=None), "has no array 'y_train'; it holds x_train"),
    "no inputs": (lambda f: npz(f, x_train=None), "has no array 'x_train'"),
    "a label that is a number": (lambda f: npz(f, y_train=np.int64(1)), "one column of whole numbers"),
    "inputs that are a number": (lambda f: npz(f, x_train=np.float32(1)), "inputs have 2, 3 or 4 dimensions"),
    "inputs of one dimension": (lambda f: npz(f, x_train=features()[:, 0]), "inputs have 2, 3 or 4 dimensions"),
    "inputs of five dimensions": (lambda f: npz(f, x_train=np.zeros((ROWS, 1, 2, 2, 1))), "inputs have 2, 3 or 4"),
    "no features": (lambda f: npz(f, x_train=features(ROWS, 0)), "none of them 0"),
    "images without height": (lambda f: npz(f, x_train=np.zeros((ROWS, 0, 4, 3), np.uint8)), "none of them 0"),
    "fewer inputs than labels": (lambda f: npz(f, x_train=features(10)), "10 inputs for 60 labels"),
    "features that are text": (lambda f: npz(f, x_train=np.array([["a", "b"]] * ROWS)),
                               "features are numbers, got <U1"),
    "features that are digits as text": (lambda f: npz(f, x_train=np.array([["1", "2"]] * ROWS)),
                                         "features are numbers"),
    "features that are times": (lambda f: npz(f, x_train=np.zeros((ROWS, 2), "M8[s]")), "features are numbers"),
    "complex features": (lambda f: npz(f, x_train=features() * 1j), "features are numbers, got complex64"),
    "a feature that is NaN": (lambda f: changed_npz(f, at=(3, 1), to=np.nan),
                              "NaN or infinite in feature 1, in 1 of 60 rows, counted from 0: 3"),
    "an infinite feature": (lambda f: changed_npz(f, at=(slice(5, 40), 2), to=np.inf),
                            "in feature 2, in 35 of 60 rows, counted from 0: 5, 6, 7, 8, 9 and 30 more"),
    "a feature beyond 32 bits": (lambda f: npz(f, x_train=features().astype(float) * 1e300), "NaN or infinite"),
    "a test feature that is NaN": (lambda f: npz(f, x_test=features() * np.nan, y_test=LABELS),
                                   "x_test' has values that"),
    "pixels beyond one": (lambda f: npz(f, x_train=np.full((ROWS, 4, 4), 7.0)), "floats in [0, 1]"),
    "pixels that are NaN": (lambda f: npz(f, x_train=np.full((ROWS, 4, 4), np.nan)), "floats in [0, 1]"),
    "pixels that are words": (lambda f: npz(f, x_train=np.full((ROWS, 4, 4), "a")), "images are uint8"),
    "test inputs of another shape": (lambda f: npz(f, x_test=features(ROWS, 7), y_test=LABELS),
                                     "test inputs have shape"),
    "a test class that training lacks": (lambda f: npz(f, x_test=features(), y_test=LABELS + 1), "must lie in 0 to 2"),
    "no test example": (lambda f: npz(f, x_test=features(0), y_test=np.zeros(0, int)), "'y_test' is empty"),
    "test inputs without labels": (lambda f: npz(f, x_test=features()), "has no array 'y_test'"),
    "one name for all classes": (lambda f: npz(f, class_names=np.array("abc")), "must have a name for each class"),
    "the same name twice": (lambda f: npz(f, class_names=np.array(["a", "b", "a"])), "classes of the same name: a"),
    "fewer names than classes": (lambda f: npz(f, class_names=np.array(["a", "b"])), "labels must lie in 0 to 1"),
    "a name of a class without examples": (lambda f: npz(f, class_names=np.array(list("abcd"))),
                                           "no training example of 1 of 4 classes (d)"),
    "more classes than are taken on": (lambda f: npz(f, x_train=features(20_000), y_train=np.arange(20_000)),
                                       "has 20,000 classes"),
    "objects of Python": (lambda f: npz(f, x_train=np.array([[{}, []]] * ROWS, dtype=object)), "without pickles"),
    "labels that are objects of Python": (lambda f: npz(f, y_train=np.array([{}] * ROWS, dtype=object)),
                                          "without pickles"),
    "an archive that claims 60 GB": (lambda f: lying_npz(f, (60_000_000, 32, 32)), "announces 61,440,000,000 bytes"),
    "an archive of more than it says": (lambda f: lying_npz(f, (ROWS, 4), 1000), "announces 240 bytes"),
    "a negative shape": (lambda f: lying_npz(f, (-1, -240), 240), "cannot be read as .npz"),
    "an archive cut off": (lambda f: _cut(npz(f), f), "cannot be read as .npz"),
    "an archive with a spoilt array": (lambda f: spoilt(npz(f), f, 300, b"\0" * 64), "cannot be read as .npz"),
    "an archive with a spoilt header": (lambda f: spoilt(npz(f), f, 60, b"(" * 30), "cannot be read as .npz"),
    "a table in the place of an archive": (lambda f: _renamed(table(f), f, "npz"), "cannot be read as .npz"),
    "a pipe in the place of an archive": (lambda f: _pipe(f, {"name": "npz", "path": "pipe"}), "pipe is no file"),
    "a folder in the place of an archive": (lambda f: {"name": "npz", "path": "."}, "is no file"),
    "a device in the place of an archive": (lambda f: {"name": "npz", "path": "/dev/zero"}, "is no file"),
    "more trusted examples than there are": (lambda f: {**npz(f), "trusted": 50}, "dataset.trusted"),
    "weights of zero": (lambda f: {**npz(f, w=np.zeros(ROWS)), "weight": "w"}, "weights of all training examples are"),
    "a weight that is NaN": (lambda f: {**npz(f, w=np.full(ROWS, np.nan)), "weight": "w"}, "weights below zero"),
    "a subset larger than all": (lambda f: {**npz(f), "subset": 1000}, "1000 images are asked for"),
    "a subset of fewer than the classes": (lambda f: {**npz(f), "subset": 2}, "leave no training example of 1 of 3"),
    "groups that are one": (lambda f: {**npz(f, g=np.zeros(ROWS, int)), "group": "g"}, "whole groups"),
}


def _cut(block: Block, folder: Path) -> Block:
    file = folder / "d.npz"
    file.write_bytes(file.read_bytes()[:-200])
    return block


FOLDERS: Wrong = {
    "one image of each class": (lambda f: folders(f, 1), ""),
    "one class": (lambda f: folders(f, classes="a"), "needs one folder per class, at least 2"),
    "a class without images": (lambda f: [(f / "images" / "c").mkdir(parents=True), folders(f)][1],
                               "no training example of 1 of 3 classes (c)"),
    "no image at all": (lambda f: [(f / "images" / name).mkdir(parents=True) for name in "ab"] and
                        {"name": "image_folder", "train": "images"}, "holds no image files"),
    "an image of two and a half gigapixels": (lambda f: with_file(f, "a/z.png", announced_png(50_000, 50_000)),
                                              "z.png cannot be read"),
    "an image without pixels": (lambda f: with_file(f, "a/z.png", announced_png(0, 0)), "z.png cannot be read"),
    "an image cut off": (lambda f: with_file(f, "a/z.png", announced_png(8, 8)[:45]), "z.png cannot be read"),
    "an empty image": (lambda f: with_file(f, "a/z.png", b""), "z.png cannot be read"),
    "text in the place of an image": (lambda f: with_file(f, "a/z.png", b"hello" * 100), "z.png cannot be read"),
    "PostScript in the place of an image": (lambda f: with_file(
        f, "a/z.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n%%EOF\n"),
        "PostScript"),
    "images of several sizes": (lambda f: [picture(f / "images/a/z.png", (9, 30)), folders(f)][1], "differ in size"),
    "a pipe called an image": (with_pipe, "z.png is called an image, and is no file"),
    "a link to nothing": (lambda f: with_link(f, "a/z.png", "nowhere.png"), "is called an image, and is no file"),
    "a link to itself": (lambda f: with_link(f, "a/z.png", "z.png"), "z.png"),
    "a class that is a link to a folder outside": (lambda f: with_link(f, "c", "../private"),
                                                   "is a link to a folder outside"),
    "a link to a folder outside, deeper": (lambda f: with_link(f, "a/more", "../../private"),
                                           "is a link to a folder outside"),
    "a test class that training lacks": (lambda f: {**folders(f), "test": _other_folder(f)},
                                         "has classes that the training"),
    "a file in the place of the folder": (lambda f: {"name": "image_folder", "train": str(picture(f / "x.png"))},
                                          "is no folder"),
    "groups that are a device": (lambda f: {**folders(f), "groups": "/dev/zero"}, "/dev/zero is no file"),
    "groups that are an image": (lambda f: {**folders(f), "groups": "images/a/00.png"}, "cannot be read as a CSV file"),
}


def _other_folder(folder: Path) -> str:
    for name in "ax":
        picture(folder / "test" / name / "1.png")
    return "test"


TABLES: Wrong = {
    "images that are whole numbers": (lambda f: parquet(f, image=list(range(ROWS))),
                                      "is of type int64, and images are"),
    "images that are mappings of other things": (lambda f: parquet(f, image=[{"a": 1}] * ROWS), "and images are bytes"),
    "images that are missing": (lambda f: parquet(f, image=[{"bytes": None, "path": None}] * ROWS),
                                "neither bytes nor a path"),
    "images that are elsewhere": (lambda f: parquet(f, image=["nowhere.png"] * ROWS), "nowhere.png cannot be read"),
    "an image that is a device": (lambda f: parquet(f, image=["/dev/zero"] * ROWS), "/dev/zero is no file"),
    "an image that is a pipe": (lambda f: _pipe(f, parquet(f, image=["pipe"] * ROWS)), "pipe is no file"),
    "an image that is text": (lambda f: parquet(f, image=[b"hello"] * ROWS), "image 0 cannot be read"),
    "an image that is missing": (lambda f: parquet(f, image=[None] + [b"x"] * (ROWS - 1)), "has 1 missing values"),
    "labels that are missing": (lambda f: parquet(f, label=[None, *range(1, ROWS)]), "has 1 missing values"),
    "labels that are text": (lambda f: parquet(f, label=list("abc") * 20), "one column of whole numbers"),
    "labels with a gap": (lambda f: parquet(f, label=[0, 2] * 30), "labels go up to 2, but none is 1"),
    "a label of a billion": (lambda f: parquet(f, label=_labels((0, 10**9))), "labels go up to 1,000,000,000"),
    "class names that are no text": (lambda f: parquet(f, {b"class_names": b"\xff,\xfe"}), "names of its classes"),
    "features that are no JSON": (lambda f: parquet(f, {b"huggingface": b"{"}), "names of its classes"),
    "features that are another JSON": (lambda f: parquet(f, {b"huggingface": b"[1]"}), "names of its classes"),
    "a table cut off": (lambda f: spoilt(parquet(f), f, -200, bytes(200)), "cannot be read as Parquet"),
    "a table of other bytes": (lambda f: spoilt(parquet(f), f, 8, b"\xff" * 500), ""),
    "no label column": (lambda f: table(f, label=None), "has no column 'label'"),
    "no feature": (lambda f: table(f, a=None, b=None), "has no column that is a feature"),
    "a feature of times": (lambda f: table(f, t=np.zeros(ROWS, "M8[s]")), "of which no features can be made"),
    "a feature that is infinite": (lambda f: table(f, a=np.full(ROWS, np.inf)), "column 'a' has infinite values"),
    "a feature beyond 32 bits": (lambda f: table(f, a=np.full(ROWS, 1e300)), "column 'a' has infinite values"),
    "numbers too large to be counted": (lambda f: table(f, a=np.arange(ROWS) + 2**60), "name it in `drop:`"),
    "names in the place of categories": (lambda f: csv(f, "\n".join(
        ["n,label", *(f"name{row},{row % CLASSES}" for row in range(200))])), "too many to be categories"),
    "vectors of several lengths": (lambda f: table(f, v=[[1.0]] * 59 + [[1.0, 2.0]]), "no lists of 1 numbers"),
    "vectors of words": (lambda f: table(f, v=[["a"]] * ROWS), "of which no features can be made"),
    "vectors of vectors": (lambda f: table(f, v=[[[1.0]]] * ROWS), "of which no features can be made"),
    "labels that are floats": (lambda f: table(f, label=np.full(ROWS, 0.5)), "has to be text or whole numbers"),
    "one label": (lambda f: table(f, label=["a"] * ROWS), "has 1 class: "),
    "an empty file": (lambda f: csv(f, ""), "cannot be read as a table"),
    "a header alone": (lambda f: csv(f, "a,b,label\n"), ""),
    "rows of several lengths": (lambda f: csv(f, rows("1,2,3,4,5")), "cannot be read as a table"),
    "a column twice": (lambda f: csv(f, rows().replace("a,b,", "a,a,", 1)), "has several columns 'a'"),
    "a CSV of zeros": (lambda f: csv(f, bytes(5000)), ""),
    "a CSV that is no text": (lambda f: csv(f, b"\xff\xfe" * 3000), ""),
    "a label that is missing": (lambda f: csv(f, rows("1,2,")), "has 1 missing values"),
    "an image in the place of a table": (lambda f: csv(f, picture(f / "x.png").read_bytes()), ""),
    "a pipe in the place of a table": (lambda f: _pipe(f, {"name": "table", "train": "pipe"}), "pipe is no file"),
    "splits that are a number": (lambda f: saved(f, "{}", '{"splits": 5}'), "dataset of Hugging Face"),
    "splits that are numbers": (lambda f: saved(f, "{}", '{"splits": [5]}'), "has no split 'train'"),
    "files that are numbers": (lambda f: saved(f, '{"_data_files": [5]}'), "dataset of Hugging Face"),
    "files outside of the folder": (lambda f: saved(f, '{"_data_files": [{"filename": "../t.parquet"}]}'),
                                    "outside of its"),
    "no files at all": (lambda f: saved(f, '{"_data_files": []}'), "dataset of Hugging Face"),
    "a state nested too deeply": (lambda f: saved(f, "[" * 100_000), "dataset of Hugging Face"),
}
WRONG_DATA: Wrong = {**{f"npz: {case}": each for case, each in ARCHIVES.items()},
                     **{f"folders: {case}": each for case, each in FOLDERS.items()},
                     **{f"tables: {case}": each for case, each in TABLES.items()}}
