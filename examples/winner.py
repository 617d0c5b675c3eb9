"""From a space file with a network of one's own to a model that answers: sweep, export, ask.

    python examples/winner.py

Shapes of which two in five are labelled wrongly, with everything that `shapes.py` brings. The winner is trained to its
end again if no state of it is left, and becomes a folder that needs torch, numpy and safetensors alone: neither this
package nor the plug-in. A minute on two cores.
"""

from pathlib import Path

import sat_sweep

SPACE = Path(__file__).with_name("shapes.yaml")


def main():
    """Sweep, export the better method, ask it about the images that were tested on."""
    sweep = sat_sweep.launch(SPACE).wait()
    better = max(sweep.report().rows, key=lambda row: row.last.summary.mean)
    print(f"{better.method}: {better.last.summary.mean:.1%} of the test images, settings {better.settings}")

    model = sweep.export("shapes_model", method=better.method)
    tested = sat_sweep.load_space(SPACE).dataset.source()
    probabilities = model.probabilities(tested.test_images.numpy())
    right = (probabilities.argmax(axis=1) == tested.test_labels.numpy()).mean()
    print(f"The exported model is right in {right:.1%}.")
    for image, answer in enumerate(probabilities[:3]):
        named = zip(tested.class_names, answer, strict=True)
        print(f"image {image}: " + ", ".join(f"{name} {probability:.2f}" for name, probability in named))


if __name__ == "__main__":
    main()
