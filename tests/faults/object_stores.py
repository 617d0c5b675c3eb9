"""A home in an object store behind a proxy."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest

from tests.faults.proxy import Proxy
from tests.faults.round import SPACE, Round
from tests.home.object_store import s3_server

HOME = "s3://bucket/h"


@contextmanager
def home_behind_a_proxy() -> Iterator[dict[str, Any]]:
    """How a round is run whose home is in an object store, which this very process asks itself; skips without one."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    with tempfile.TemporaryDirectory(prefix="sf-s3-") as folder, s3_server() as variables:
        proxy = Proxy(urlsplit(variables["AWS_ENDPOINT_URL"]).port or 0, random.Random(0))
        text = (f"{SPACE}storage: {{studies: 'sqlite:///{folder}/studies.db'}}\n"
                f"tracking: {{uri: 'sqlite:///{folder}/mlflow.db'}}\n")
        try:
            with mock.patch.dict(os.environ, variables):
                yield {"text": text, "elsewhere": HOME, "proxy": proxy,
                       "environment": {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}}
        finally:
            proxy.close()


def troubled(mode: str) -> Callable[[Round], None]:
    """The store is out of sorts as the proxy's `mode` says, until the launch has ended or for some seconds."""

    def do(this: Round) -> None:
        this.moment()
        this.proxy.change(mode)
        if this.choice.random() < 0.5:
            this.end()
        else:
            time.sleep(this.choice.uniform(5, 60))
        this.proxy.change("passes")

    return do
