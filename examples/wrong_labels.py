"""Your own images, some of them in the wrong folder: which ones? And what is gained by putting them right?

    python examples/wrong_labels.py

A folder for each class, as many people have them; here handwritten digits, a fifth of those to train on in the folder
of another. Nobody tells the sweep which. It names the suspects, a copy of the data is written in which they are
relabelled, and the copy is swept in turn. A minute on two cores; open `sweeps/folders/suspects/suspects.html`.
"""

import random
import subprocess
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_digits

import sat_sweep

FOLDER = Path("digits")
MISFILED = 0.2


def write_images():
    """Write PNG files into a folder for each class; the names of those for training that are in the wrong one."""
    chance, misfiled = random.Random(0), set()
    pixels, labels = load_digits(return_X_y=True)
    for number in range(len(labels)):
        part, given = "train" if number < 1200 else "test", int(labels[number])
        if part == "train" and chance.random() < MISFILED:
            given = chance.choice([label for label in range(10) if label != given])
            misfiled.add(f"{number}.png")
        place = FOLDER / part / str(given) / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((pixels[number].reshape(8, 8) * 15.9).astype("uint8")).save(place)
    return misfiled


SPACE = {
    "name": "folders",
    "dataset": {"name": "image_folder", "train": str(FOLDER / "train"), "test": str(FOLDER / "test"), "size": 8,
                "test_labels": "trusted"},  # drop this where the test images may be misfiled too: they are ranked then
    "noise": {"kind": "as_given"},
    "methods": ["ce", "sat"],
    "model": {"name": "mlp"},
    "training": {"epochs": 20, "augmentation": "none"},  # else crops and mirror images, and a mirrored 2 is no 2
    "search": {"trials": 2},
    "confirm": {"seeds": 3},
}


def main():
    """Write the images, sweep them, find the suspects, sweep the mended copy."""
    misfiled = write_images()
    sweep = sat_sweep.launch(SPACE).wait()
    suspects = sweep.suspects().query("suspected")
    rightly = suspects["file"].map(lambda file: Path(file).name in misfiled).mean()
    print(f"{len(misfiled)} images are in the wrong folder; "
          f"{len(suspects)} are suspected, {rightly:.0%} of them rightly.")
    print(suspects[["file", "given", "suggested"]].head())

    subprocess.run(["sat-sweep", "suspects", "folders", "--clean", "relabel"], check=True, stdout=subprocess.DEVNULL)
    mended = sat_sweep.launch("sweeps/folders/suspects/cleaned.yaml").wait()
    for name, each in (("as they were", sweep), ("relabelled", mended)):
        for row in each.report().rows:
            print(f"{row.method}, labels {name}: test accuracy {row.last.summary.mean:.1%}")


if __name__ == "__main__":
    main()
