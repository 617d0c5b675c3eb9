"""Space files that are wrong as files, as YAML or by being beyond all measure, each with words of what is said.

Misspelt keys, wrong types and wrong values of single fields stand in `tests/config/wrong_files.py`.
"""

from __future__ import annotations

from sat_sweep.config.yaml_lines import write_yaml
from tests.inputs.asking import SPACE

SOUND = write_yaml(SPACE)


def with_line(line: str, instead_of: str | None = None) -> str:
    """The sound file with one more line, in the place of the block `instead_of` if it is given."""
    kept = {name: block for name, block in SPACE.items() if name != instead_of}
    return write_yaml(kept) + line + "\n"


NESTED = 5_000
WRONG_YAML: dict[str, tuple[str | bytes, str]] = {
    "null": ("~", "is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "is empty"),
    "a zero byte": (b"name: \0x\n", "unacceptable character"),
    "an escape of the terminal": (b"name: \x1b[31mred\n", "unacceptable character"),
    "half a surrogate pair": ('name: "\\ud800"', "must be text"),
    "a file of zeros": (bytes(4096), "unacceptable character"),
    "all bytes": (bytes(range(256)), "must be text in UTF-8"),
    "UTF-16": ("name: x".encode("utf-16"), "must be text in UTF-8"),
    "UTF-32": ("name: x".encode("utf-32"), "must be text in UTF-8"),
    "several documents": ("name: a\n---\nname: b\n", "found another document"),
    "a document that ends at once": ("---\n...\n", "is empty"),
    "tabs": ("dataset:\n\tname: digits\n", "not readable as YAML"),
    "lists in lists": ("a: " + "[" * NESTED + "]" * NESTED, "nested too deeply"),
    "mappings in mappings": ("{a: " * NESTED + "1" + "}" * NESTED, "nested too deeply"),
    "lists in lists without brackets": ("a:\n" + "- " * NESTED + "1", "nested too deeply"),
    "brackets without end": ("[" * NESTED, "nested too deeply"),
    "an alias": ("a: &x [1]\nb: *x\n", "aliases (*name) are not allowed"),
    "an alias of itself": ("a: &a [*a]\n", "aliases (*name) are not allowed"),
    "a billion laughs": ("a: &a [lol, lol, lol]\n" + "".join(
        f"{after}: &{after} [*{before}, *{before}, *{before}]\n" for before, after in zip("abcdefgh", "bcdefghi",
                                                                                     strict=True)),
        "aliases (*name) are not allowed"),
    "merged keys": ("base: &b {name: x}\n<<: *b\n", "aliases (*name) are not allowed"),
    "an object of Python": ("name: !!python/object/apply:os.mkdir [hacked]\n", "tags are not allowed"),
    "a module of Python": ("name: !!python/module:antigravity\n", "tags are not allowed"),
    "a tag of nobody": ("name: !unknown x\n", "tags are not allowed"),
    "bytes": ("name: !!binary aGVsbG8=\n", "tags are not allowed"),
    "a set": ("name: !!set {a, b}\n", "tags are not allowed"),
    "a key that is a list": ("? [a, b]\n: 1\n", "a key must be a single word or number"),
    "a key that is null": (with_line("~: 1"), "unknown key '~'"),
    "a key that is true": (with_line("true: 1"), "unknown key 'true'"),
    "a key that is empty": (with_line('"": 1'), "unknown key ''"),
    "a key with a line break": (with_line('"a\\nb": 1'), "unknown key 'a\\nb'"),
    "a key that turns text around": (with_line('"a\\u202eb": 1'), "unknown key 'a\\u202eb'"),
    "a key of a hundred thousand letters": (with_line(f"? {'a' * 100_000}\n: 1"), "unknown key 'aaa"),
    "a key twice": (with_line("name: other"), "a key stands once"),
    "a time": (with_line("seed: 2020-01-01"), 'must be a whole number; got "2020-01-01"'),
    "a number of ten thousand digits": (with_line(f"seed: {'9' * 10_000}"), "seed: a number of 10,000 digits"),
    "a number in hexadecimal without end": (with_line(f"seed: 0x{'f' * 10_000}"), "seed: a number of 10,002 digits"),
    "a number beyond floating point": (with_line("seed: 1e999"), "must be a whole number; got Infinity"),
}

WRONG_VALUES: dict[str, tuple[str, str]] = {
    "not a number": (with_line("training: {epochs: .nan}", "training"), "training.epochs: must be a finite number"),
    "infinitely many": (with_line("search: {trials: .inf}", "search"), "search.trials: must be a whole number"),
    "a rate that is no number": (with_line("noise: {kind: symmetric, rates: [.nan]}", "noise"),
                                 "noise.rates.0: must be a finite number"),
    "a seed below zero": (with_line("seed: -1"), "seed: must be at least 0"),
    "a seed beyond 62 bits": (with_line(f"seed: {2**62}"), "seed: must be below"),
    "a billion epochs": (with_line("training: {epochs: 1000000000}", "training"), "training.epochs: must be at most"),
    "a billion trials": (with_line("search: {trials: 1000000000}", "search"), "search.trials: must be at most"),
    "a billion trials at a time": (with_line("search: {batch: 1000000000}", "search"), "search.batch: must be at most"),
    "a billion seeds": (with_line("confirm: {seeds: 1000000000}", "confirm"), "confirm.seeds: must be at most"),
    "more cores than there are": (with_line("resources: {cpus: 5000}"), "resources.cpus: must be at most 4096"),
    "a batch beyond all data": (with_line(f"training: {{batch_size: {10**30}}}", "training"),
                                "training.batch_size: must be at most"),
    "millions of studies": (with_line(
        f"vary: {{model.width: {[*range(1, 301)]}, training.batch_size: {[*range(1, 301)]}, "
        f"training.epochs: {[*range(1, 301)]}}}"), "1 methods × 1 noise levels × 300 model.width × 300"),
    "a setting of a model that is not there": (with_line("vary: {model.width.more: [1, 2]}", "model"),
                                               "model: is required but missing"),
    "a method that is too long": (with_line(f"methods: [{'+'.join(['ce'] * 5000)}]", "methods"),
                                  "methods.0: names a folder, and has 14,999 characters"),
    "a name that is another thing's": (with_line("name: studies.db", "name"), "'studies.db' is the home's own"),
    "a name that leads out": (with_line("name: ../other", "name"), "name: must be text that matches"),
    "a home with a line break": (with_line('storage: {home: "a\\nb"}'), "must be text without control characters"),
    "an empty address of studies": (with_line('storage: {studies: ""}'), "must be text that is not empty"),
    "an empty address of MLflow": (with_line('tracking: {uri: ""}'), "must be text that is not empty"),
    "a criterion without a name": (with_line('search: {select_by: ""}', "search"), "does not offer ''"),
    "a baseline without a name": (with_line('baseline: ""'), "baseline: the baseline must be one of the methods, got"),
    "plug-ins that are no list": (with_line("plugins: {a: 1}"), "plugins: must be a list"),
    "a plug-in that is a number": (with_line("plugins: [1]"), "plugins.0: "),
    "a plug-in without a source": (with_line("plugins: [{}]"), "plugins.0.source: is required but missing"),
    "a plug-in that is a device": (with_line("plugins: [/dev/zero.py, /dev/null/x.py]"), "plugins.0: "),
    "a path that is a number": (with_line("dataset: {name: npz, path: 5}", "dataset"), "dataset.path: must be a path"),
    "a matrix that is none": (with_line("noise: {kind: matrix, matrices: {a: [[1, 0], [0.5]]}}", "noise"),
                              "must be square"),
    "a matrix of no rows": (with_line("noise: {kind: matrix, matrices: {a: []}}", "noise"), "noise.matrices"),
}
