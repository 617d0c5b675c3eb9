"""Random streams by name: adding a stream never moves another."""

from __future__ import annotations

import hashlib


def derive(seed: int, *names: str | int) -> int:
    """The seed, in [0, 2**63), of the stream called `names` under a trial's `seed`.

    Streams of a trial: "noise", "split", "initialisation", ("order", epoch), ("augmentation", epoch), ("reset", epoch)
    and, for dropout and its like, ("layers", epoch). Of a search: ("draw", trial, parameter) and
    ("sampler", study, trial).
    """
    text = "/".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
