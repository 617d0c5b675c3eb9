"""optuna-dashboard is for those who have the password."""

from __future__ import annotations

from base64 import b64encode

import pytest

from sat_sweep.search.dashboard import guarded


def answer(authorization: str | None) -> tuple[str, bytes]:
    begun: list[str] = []

    def pages(variables, begin):
        begin("200 OK", [])
        return [b"studies"]

    variables = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
    content = b"".join(guarded(pages, "me", "öpen")(variables, lambda status, headers: begun.append(status)))
    return begun[0], content


def basic(pair: str) -> str:
    return f"Basic {b64encode(pair.encode()).decode()}"


def test_who_has_it_sees_the_pages():
    assert answer(basic("me:öpen")) == ("200 OK", b"studies")


@pytest.mark.parametrize("authorization", [None, "", basic("me:"), basic("you:öpen"), basic("me:open"), "Bearer öpen"])
def test_others_see_nothing(authorization):
    status, content = answer(authorization)
    assert status.startswith("401")
    assert b"studies" not in content
