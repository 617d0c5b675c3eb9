"""The collector is put off for as long as anybody asks for it."""

import gc

import pytest

from sat_sweep.imports.collector import no_collection


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
