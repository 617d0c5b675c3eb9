"""The address of a cluster's dashboard: checked, knocked at, and the token that opens it.

Whatever is wrong is one sentence with the remedy, before anything is sent.
"""

from __future__ import annotations

import ipaddress
import os
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sat_sweep.errors import UserError

ANSWER_SECONDS = 10.0
"""How long the address may take to answer at all."""
PORT = 8265


def reachable(address: str, insecure: bool) -> str:
    """`address` with its port, once a Ray that speaks with us has answered there; raises UserError."""
    address = _checked(address, insecure)
    _knock(address)
    return address


def _checked(address: str, insecure: bool) -> str:
    parts = urlsplit(address)
    try:
        port = parts.port or PORT
    except ValueError:
        port = 0
    if parts.scheme not in ("http", "https") or not parts.hostname or not port or parts.username:
        raise UserError(f"the address of a cluster's dashboard is http://host:{PORT} or https://…, without a password; "
                        f"got '{parts.scheme}://{parts.netloc.rpartition('@')[2]}'")
    if parts.scheme == "http" and not insecure and not _is_loopback(parts.hostname):
        raise UserError(f"{address} is not encrypted: token and data could be read on the way; use https, "
                        f"or a tunnel (ssh -L {port}:localhost:{port} {parts.hostname}) and http://localhost:{port}, "
                        "or allow it with --insecure")
    return f"{parts.scheme}://{parts.netloc if parts.port else f'{parts.netloc}:{port}'}{parts.path.rstrip('/')}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _knock(address: str) -> None:
    """Raise UserError unless a Ray that speaks with us answers at `address`."""
    import requests

    try:
        answer = requests.get(f"{address}/api/version", headers=authorization(), timeout=ANSWER_SECONDS)
    except requests.exceptions.SSLError as error:
        raise UserError(f"no TLS with {address}: {_reason(error)}; is it http://, or does its certificate "
                        "need REQUESTS_CA_BUNDLE?") from None
    except requests.exceptions.RequestException as error:
        if "BadStatusLine" in str(error):
            raise UserError(_no_dashboard(address, "it does not speak HTTP")) from None
        raise UserError(f"no Ray cluster answers at {address}: {_reason(error)}; the head's dashboard is to be reached "
                        f"there, by default on port {PORT}") from None
    if answer.status_code in (401, 403):
        raise UserError(token_refused(address))
    _check_version(address, answer)


def _check_version(address: str, answer: Any) -> None:
    import ray

    try:
        there = str(answer.json()["ray_version"])
    except (KeyError, TypeError, ValueError):
        raise UserError(_no_dashboard(address, f"status {answer.status_code}")) from None
    if there.split(".")[:2] != ray.__version__.split(".")[:2]:
        raise UserError(f"the cluster at {address} runs Ray {there}, and this machine has {ray.__version__}; install "
                        "the same here or there")


def _no_dashboard(address: str, sign: str) -> str:
    return f"what answers at {address} is no Ray dashboard ({sign}); its port is {PORT} by default"


def _reason(error: Exception) -> str:
    """The innermost words of an error of the network."""
    cause: Any = error
    while (further := getattr(cause, "reason", None) or (cause.args and cause.args[0])) and isinstance(
            further, Exception):
        cause = further
    return str(cause).rpartition(": ")[2].lstrip("[") or type(error).__name__


def _token() -> str | None:
    """The token for clusters: RAY_AUTH_TOKEN, else the file RAY_AUTH_TOKEN_PATH, else the one that Ray keeps."""
    if given := os.environ.get("RAY_AUTH_TOKEN"):
        return given.strip()
    path = Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or "~/.ray/auth_token").expanduser()
    with suppress(OSError):
        return path.read_text().strip() or None
    return None


def authorization() -> dict[str, str]:
    """The header that says who we are, {} without a token."""
    token = _token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def token_refused(address: str) -> str:
    """Why `address` lets us not in, in a sentence."""
    if _token() is None:
        return (f"the cluster at {address} wants the token that it was started with: set RAY_AUTH_TOKEN, or "
                "RAY_AUTH_TOKEN_PATH to a file that holds it")
    return (f"the cluster at {address} does not accept the token from here: compare RAY_AUTH_TOKEN, "
            "RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token with the one that it was started with")
