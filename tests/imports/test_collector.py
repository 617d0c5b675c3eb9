"""The collector is put off for as long as anybody asks for it."""

import gc

import pytest

from sat_sweep.imports.collector import importing, no_collection


def test_it_is_put_off_until_the_last_is_done():
    outer, inner = no_collection(), no_collection()
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert not gc.isenabled()
    inner.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_failure_does_not_leave_it_off():
    with pytest.raises(ImportError), no_collection():
        raise ImportError
    assert gc.isenabled()


def test_what_was_imported_is_not_looked_at_again():
    before = gc.get_freeze_count()
    with importing():
        made = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + 1000
    assert not any(entry is made[0] for entry in gc.get_objects())
    gc.unfreeze()
