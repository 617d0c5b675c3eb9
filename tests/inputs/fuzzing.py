"""Coverage-guided fuzzing: what libFuzzer, by way of atheris, is told."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris


def fuzz(target: Callable[[bytes], None], seeds: Iterable[bytes], words: Iterable[str] = ()) -> None:
    """Give `target` bytes that go on from `seeds` for as many seconds as the command line says; it ends the process.

    What `target` raises, and an input that takes a minute or two gigabytes, is written to a file `crash-…` here.
    `words` are what a grammar knows.
    """
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        corpus, dictionary = Path(folder, "corpus"), Path(folder, "words")
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / f"{number:04}").write_bytes(seed)
        dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in words))
        atheris.Setup([sys.argv[0], str(corpus), f"-dict={dictionary}", f"-max_total_time={seconds}", "-max_len=1024",
                       "-timeout=60", "-rss_limit_mb=2048", "-print_final_stats=1"], target)
        atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())
