"""Fields that were added after others had been written down."""

import pytest
from pydantic import ValidationError

from sat_sweep.settings import Closed, later


class Inner(Closed):
    name: str = "plain"


class Before(Closed):
    size: int = 1


class After(Before):
    inner: Inner = later(Inner())
    trusted: int | None = later(None, ge=2)


def test_a_field_at_its_default_is_in_no_dump_and_no_digest():
    assert After().model_dump(mode="json") == Before().model_dump(mode="json")
    assert After().model_dump_json() == Before().model_dump_json()
    assert After(inner=Inner(), trusted=None).digest() == Before().digest()


def test_any_other_value_is_in_both():
    settings = After(trusted=5, inner=Inner(name="another"))
    assert settings.model_dump() == {"size": 1, "inner": {"name": "another"}, "trusted": 5}
    assert settings.digest() not in (Before().digest(), After(trusted=6).digest())


def test_a_dump_is_read_back():
    for settings in (After(), After(trusted=3)):
        assert After.model_validate(settings.model_dump(mode="json")) == settings


def test_it_is_validated_and_described_like_any_field():
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        After(trusted=1)
    assert set(After.model_json_schema()["properties"]) == {"size", "inner", "trusted"}
