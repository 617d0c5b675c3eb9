"""A network from a plug-in trains, and has its width searched like ours."""

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.training import epochs


def test_it_learns(trial, plugin):
    spec = trial("ce", plugins=plugin("gated"), model={"name": "gated", "width": 32}, rate=0.0, epochs=15)
    *_, last = epochs(spec)
    assert last.metrics["test/accuracy"] > 0.7


@pytest.mark.parametrize("block", ["search: {space: {model.width: {low: 8, high: 64}}}", "vary: {model.depth: [1, 2]}"])
def test_its_settings_can_be_searched_and_varied(plugin, tmp_path, block):
    file = tmp_path / "space.yaml"
    file.write_text(f"name: own\nplugins: {plugin('gated')}\ndataset: {{name: digits}}\n"
                    f"noise: {{kind: symmetric, rates: [0.2]}}\nmethods: [ce]\nmodel: {{name: gated}}\n{block}\n")
    studies = plan(load_space(file)).studies
    assert {study.typical_spec().model.name for study in studies} == {"gated"}
    assert len(studies) == (2 if "vary" in block else 1)
