"""Whether an MLflow server takes us, asked once before a sweep starts and without importing MLflow.

A server that is out of reach costs nothing but a late mirror, so that is a warning. One that does not take the
password would stay empty until somebody noticed, so that is refused.
"""

from __future__ import annotations

import configparser
import os
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from sat_sweep.errors import UserError
from sat_sweep.home import expanded, redacted
from sat_sweep.home.databases import check_file
from sat_sweep.home.warn import warn_once

TIMEOUT = 5.0
"""Seconds in which the server must answer."""
_ASKED = "/api/2.0/mlflow/experiments/search?max_results=1"


def check_server(uri: str) -> None:
    """Raise UserError if the MLflow server at `uri` does not know the user, warn if it is out of reach.

    A database is left to the mirror, unless it cannot be one of ours.
    """
    address = expanded(uri)
    check_file(address, "experiments")
    if not address.startswith(("http://", "https://")):
        return
    try:
        with urllib.request.urlopen(_request(address), timeout=TIMEOUT, context=_context(address)):
            return
    except urllib.error.HTTPError as error:
        if error.code == 401:
            raise UserError(f"the MLflow server at {redacted(uri)} does not take this user and password (401); check "
                            "the variables in tracking.uri, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD") \
                from error
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        warn_once(f"the MLflow server at {redacted(uri)} is out of reach ({redacted(str(reason))}); "
                  "the sweep starts, and MLflow is brought up to date once it is back")


def _request(address: str) -> urllib.request.Request:
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(urlunsplit((parts.scheme, place, parts.path.rstrip("/") + _ASKED, "", "")))
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    if user is None:
        user, password = _known_user()
    if user is not None:
        pair = b64encode(f"{user}:{password or ''}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {pair}")
    elif token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return request


def _known_user() -> tuple[str | None, str | None]:
    """Where MLflow itself looks: its variables, then its file."""
    file = configparser.ConfigParser(interpolation=None)
    file.read(Path.home() / ".mlflow" / "credentials")
    user, password = (os.environ.get(name.upper()) or file.get("mlflow", name, fallback=None)
                      for name in ("mlflow_tracking_username", "mlflow_tracking_password"))
    return user, password


def _context(address: str) -> ssl.SSLContext | None:
    """Certificates are checked as MLflow checks them."""
    if not address.startswith("https"):
        return None
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS") == "true":
        return ssl._create_unverified_context()
    return ssl.create_default_context(cafile=os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"))
