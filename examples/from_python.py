"""A sweep from Python, as in a notebook: launch it, wait, read the answer and the suspicious labels.

    python examples/from_python.py

Handwritten digits of which 30 % are labelled wrongly, two methods, a minute on two cores. `launch` returns at once: the
sweep runs in a process of its own and goes on when Python ends. Run it again: nothing is trained twice.
"""

import sat_sweep

SPACE = {
    "name": "from_python",
    "dataset": {"name": "digits", "subset": 600},
    "noise": {"kind": "symmetric", "rates": [0.3]},
    "methods": ["ce", "sat"],
    "model": {"name": "mlp"},
    "training": {"epochs": 20},
    "search": {"trials": 3},
    "confirm": {"seeds": 3},
}


def main() -> None:
    """Everything that one asks of a sweep."""
    sweep = sat_sweep.launch(SPACE)
    sweep.wait(on_status=lambda status: print(f"{status.ended} of {status.budget} trials", end="\r"))
    print(sweep)

    for row in sweep.report().rows:  # in a notebook, `sweep.report()` alone shows the whole page
        accuracy = row.last.summary
        print(f"{row.method}: {accuracy.mean:.3f} {accuracy.ci95}, settings {row.settings}")

    trials = sweep.results()
    print(trials.groupby(["method", "stage"])["seconds"].sum())
    print(sweep.suspects().query("suspected")[["row", "given", "suggested", "true"]].head())


if __name__ == "__main__":
    main()
