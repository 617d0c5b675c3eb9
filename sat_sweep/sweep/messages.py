"""Messages to people at the end of a sweep, through apprise, which speaks to mail, Slack, Matrix and a hundred others.

Addresses are secrets: they are in the environment, and are neither written nor said anywhere.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from threading import Thread
from typing import Any

from sat_sweep.config.messages import Event
from sat_sweep.config.space import SpaceFile
from sat_sweep.errors import UserError
from sat_sweep.home import expanded

VARIABLE = "SAT_SWEEP_MESSAGES"
"""Addresses, apart by spaces, for sweeps whose space file has no `messages`."""
PATIENCE = 10.0
"""Seconds by which services that do not answer may delay the end, all together."""


def check_messages(space: SpaceFile) -> None:
    """Raise UserError where messages are asked for that cannot be sent: no package, or a variable that is not set."""
    addresses = _addresses(space)
    if addresses and find_spec("apprise") is None:
        raise UserError("messages need the package apprise: pip install 'sat-sweep[messages]'")
    unknown = [name for name, address in addresses if not _recipient(address)]
    if unknown:
        raise UserError(f"{' and '.join(unknown)}: what it has is no address that apprise knows")


def send(space: SpaceFile, event: Event, title: str, text: str, say: Callable[[str], None]) -> None:
    """Tell everybody whom `space`, or the environment, names for this `event`; who is not reached costs a warning."""
    if space.messages is not None and event not in space.messages.on:
        return
    sendings = [_Sending(name, address, title, text) for name, address in _addresses(space)]
    for sending in sendings:
        sending.start()
    deadline = time.monotonic() + PATIENCE
    for sending in sendings:
        sending.join(max(0.0, deadline - time.monotonic()))
        if not sending.sent:
            say(f"warning: the message about the end of the sweep could not be sent to {sending.recipient}")


class _Sending(Thread):
    """One message to one `recipient`, named so that its address stays secret."""

    def __init__(self, recipient: str, address: str, title: str, text: str) -> None:
        super().__init__(name="message", daemon=True)
        self.recipient, self.sent = recipient, False
        self._address, self._title, self._text = address, title, text

    def run(self) -> None:
        """Send it; whatever goes wrong, the address is in none of the words that are said of it."""
        try:
            self.sent = bool(_recipient(self._address).notify(body=self._text, title=self._title))
        except Exception:
            self.sent = False


def _addresses(space: SpaceFile) -> list[tuple[str, str]]:
    """What each is called, and what it is."""
    if space.messages is not None:
        return [(reference, expanded(reference)) for reference in space.messages.to]
    return [(f"${VARIABLE}", address) for address in os.environ.get(VARIABLE, "").split()]


def _recipient(address: str) -> Any:
    """Whom apprise finds at `address`; false where it is none that it knows."""
    import apprise  # slow, and not everybody's

    log = logging.getLogger("apprise")  # it would say addresses
    log.handlers, log.propagate = [logging.NullHandler()], False
    found = apprise.Apprise()
    found.add(address)
    return found
