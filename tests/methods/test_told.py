"""What a method knows that others do not, in words."""

import pytest

from sat_sweep.methods import Need, registry, told


def test_what_costs_work_or_lies_open_to_all_is_no_knowledge():
    assert {need for need in Need if not need.is_told} == {Need.SECOND_NETWORK, Need.UNLABELLED}


@pytest.mark.parametrize(("method", "parameters", "words"), [
    ("ce", {}, []), ("co_teaching", {}, []), ("l2rw+reset", {}, ["trusted examples"]),
    ("forward", {}, []), ("forward", {"forward.transition": "told"}, ["the true transition matrix"]),
    ("ce", {"forward.transition": "told"}, []),
])
def test_what_a_method_string_is_told(method, parameters, words):
    assert told(method, parameters) == words


def test_words_have_no_name_of_a_space_file_in_them():
    assert all("(" not in need.what for need in Need)
    assert {part.name for part in map(registry.__getitem__, registry) if any(need.is_told for need in part.needs)} >= {
        "l2rw", "meta_weight_net", "trusted_finetune"}
