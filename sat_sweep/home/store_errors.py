"""What goes wrong in an object store, in one sentence, whichever client says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sat_sweep.errors import StoreUnavailable

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_NETWORK = "check AWS_ENDPOINT_URL and the network"
_REMEDIES = {
    "NoCredentialsError": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "PartialCredentialsError": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "ProfileNotFound": "set AWS_PROFILE to one of your profiles",
    "InvalidAccessKeyId": "check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "check AWS_SECRET_ACCESS_KEY",
    "AccessDenied": "these credentials may not do that here",
    "NoSuchBucket": "make the bucket, or correct its name",
    "403": "these credentials may not do that here",
    "EndpointConnectionError": _NETWORK,
    "ConnectTimeoutError": _NETWORK,
    "FSTimeoutError": _NETWORK,
}
"""By the code that S3 answers with, or by the name of the client's error."""
_REASONS = {"FSTimeoutError": "it does not answer", "403": "it refuses (403)"}
"""Where the client has no words of its own."""


@contextmanager
def told_of(place: str) -> Iterator[None]:
    """Whatever a store's client raises inside becomes StoreUnavailable, one sentence about `place` with its remedy.

    That a file is there, or is not, is an answer and stays what it is.
    """
    try:
        yield
    except (FileExistsError, FileNotFoundError) as error:
        if code_of(error) == "NoSuchBucket":
            raise unavailable(place, error) from error
        raise
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__module__ == "builtins":  # a mistake of ours
            raise
        raise unavailable(place, error) from error


def keep_broken_connections_quiet(loop: AbstractEventLoop) -> None:
    """Have `loop`, in which a store's client works, show no traceback for each connection that breaks.

    The client sends in tasks that nobody awaits; whoever has asked for something hears of it by an error.
    """
    loop.set_exception_handler(_show)


def _show(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)


def unavailable(place: str, error: BaseException) -> StoreUnavailable:
    """The sentence for `error`."""
    code = code_of(error)
    reason = _REASONS.get(code) or (str(error).strip() or code).splitlines()[0].rstrip(".")
    remedy = _REMEDIES.get(code)
    return StoreUnavailable(f"{place} cannot be used: {reason}" + (f"; {remedy}" if remedy else ""))


def may_pass(error: StoreUnavailable) -> bool:
    """Whether the same may go well a little later: nobody refused, the store or the network was away."""
    code = code_of(error.__cause__) if error.__cause__ is not None else ""
    return _REMEDIES.get(code, _NETWORK) == _NETWORK


def code_of(error: BaseException) -> str:
    """What S3 answered (`AccessDenied`), or the name of the client's error where there was no answer."""
    for found in (error, error.__cause__):
        response = getattr(found, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
    return type(error).__name__
