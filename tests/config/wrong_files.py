"""Space files in which a lot is wrong, and all that is to be said of each: line, place, what is wrong, the remedy.

"ANY" ends a message of which the rest is not ours, or stands for a remedy that differs.
"""

from __future__ import annotations

from sat_sweep.data import noises
from sat_sweep.data.dataset import datasets

HEAD = """\
name: x
dataset: {name: digits}
noise: {kind: symmetric, rates: [0.2]}
methods: [ce, sat, ce+reset]
model: {name: mlp}
"""
"""Five sound lines, so that what follows begins in line 6."""

MISSPELT = """\
name: my sweep
sed: 3
dataset: {name: digts, subset: 3}
noise: {kind: symetric, rates: [0.2]}
methods: [ce, satt, sat+gce, reset+ce, ce]
model: {name: mlp, widht: 3}
training: {epochs: 10, optimizer: {name: sgd, momentun: 0.9}, schedule: {name: cosin}}
search:
  trails: 8
  sampler: tep
  space:
    sat.momentun: {low: 0.5, high: 0.9}
    sta.momentum: {low: 0.5, high: 0.9}
    training.optimizer.lrr: {low: 0.1, high: 0.9}
"""
MISSPELT_SAYS = [
    (1, "name", 'must be text that matches ^[A-Za-z0-9][A-Za-z0-9._-]*$; got "my sweep"', None),
    (2, "sed", "unknown key 'sed'", "did you mean 'seed'?"),
    (3, "dataset.name", f'must be one of {", ".join(datasets)}; got "digts"', "did you mean 'digits'?"),
    (4, "noise.kind", f'must be one of {", ".join(noises)}; got "symetric"', "did you mean 'symmetric'?"),
    (5, "methods.1", "unknown method 'satt'; did you mean 'sat'?", None),
    (5, "methods.2", "a method has one objective, but 'sat+gce' also has 'gce'", None),
    (5, "methods.3", "a method starts with an objective, but 'reset+ce' starts with dynamics; ANY", None),
    (5, "methods.4", "'ce' stands here already", "drop the repetition"),
    (6, "model.widht", "unknown key 'widht'", "did you mean 'width'?"),
    (7, "training.optimizer.momentun", "unknown key 'momentun'", "did you mean 'momentum'?"),
    (7, "training.schedule.name", 'must be one of constant, cosine, step; got "cosin"',
        "did you mean 'cosine'?"),
    (9, "search.trails", "unknown key 'trails'", "did you mean 'trials'?"),
    (10, "search.sampler", "must be 'tpe', 'random', 'qmc' or 'gp'; got \"tep\"", "did you mean 'tpe'?"),
    (12, "search.space.sat.momentun", "'sat' has no parameter 'momentun'", "did you mean 'sat.momentum'?"),
    (13, "search.space.sta.momentum", "unknown method 'sta'", "did you mean 'sat'?"),
    (14, "search.space.training.optimizer.lrr", "'training' has no single setting 'optimizer.lrr'",
        "did you mean 'training.optimizer.lr'?"),
]

MISTYPED = """\
name: x
seed: "1"
dataset: digits
noise: {kind: symmetric, rates: 0.2}
methods: ce
model: {name: mlp, width: wide}
training: {epochs: 2.5, batch_size: many, augmentation: crops, deterministic: perhaps}
search: {trials: "8", pruner: {name: asha, grace: soon, reduction: 1}}
confirm:
resources: {cpus: half, gpus: most}
storage: {home: ""}
diagnostics: yes
"""
MISTYPED_SAYS = [
    (2, "seed", 'must be a whole number; got "1"', None),
    (3, "dataset", 'must be a mapping of keys; got "digits"', None),
    (4, "noise.rates", "must be a list; got 0.2", None),
    (5, "methods", 'must be a list; got "ce"', None),
    (6, "model.width", 'must be a whole number; got "wide"', None),
    (7, "training.augmentation", "unknown augmentation 'crops'; did you mean 'crop'?", None),
    (7, "training.batch_size", 'must be a whole number; got "many"', None),
    (7, "training.deterministic", 'must be true or false; got "perhaps"', None),
    (7, "training.epochs", "must be a whole number; got 2.5", None),
    (8, "search.pruner.grace", "must be 'auto' or a whole number; got \"soon\"", None),
    (8, "search.pruner.reduction", "must be at least 2; got 1", None),
    (8, "search.trials", 'must be a whole number; got "8"', None),
    (9, "confirm", "must be a mapping of keys; got null", None),
    (10, "resources.cpus", 'must be a whole number; got "half"', None),
    (10, "resources.gpus", "must be 'auto' or a number; got \"most\"", None),
    (11, "storage.home", 'must be text that is not empty; got ""', None),
    (12, "diagnostics", 'must be true or false; got "yes"', None),
]

MISSING = """\
name: x
dataset: {name: parquet}
noise: {rates: [0.2]}
methods: []
training: {optimizer: {lr: 0.1}}
search: {space: {sat.momentum: {low: 1}, reset.rate: {choices: [0.1]}, gce.q: [1], a: {lo: 1, hi: 2}}}
"""
MISSING_SAYS = [
    (1, "model", "is required but missing", None),
    (2, "dataset.train", "is required but missing", None),
    (3, "noise.kind", f"is required but missing; it must be one of {', '.join(noises)}", None),
    (4, "methods", "must be a list of at least 1; got []", None),
    (5, "training.optimizer.name", "is required but missing; it must be one of adam, adamw, sgd", None),
    (6, "search.space.a.hi", "unknown key 'hi'", "did you mean 'high'?"),
    (6, "search.space.a.high", "is required but missing", None),
    (6, "search.space.a.lo", "unknown key 'lo'", "did you mean 'low'?"),
    (6, "search.space.a.low", "is required but missing", None),
    (6, "search.space.gce.q", "must be {low: …, high: …}, {choices: […]} or a plain value; got [1]", None),
    (6, "search.space.reset.rate.choices", "must be a list of at least 2; got [0.1]", None),
    (6, "search.space.sat.momentum.high", "is required but missing", None),
]

RANGES = HEAD + """\
training: {epochs: 20}
search:
  space:
    sat.momentum: {low: 0.5, high: 1.5}
    sat.start_epoch: {low: 2.5, high: 24}
    reset.rate: {low: 0, high: 0.1, log: true}
    reset.patience: {low: 4, high: 4}
    reset.refresh: {low: 0, high: 1}
    reset.layers: {choices: [head, head]}
    training.optimizer.lr: {low: -0.1, high: 0.1, step: 0.5}
    training.optimizer.momentum: {low: 0.5, high: 1}
    training.optimizer.weight_decay: {low: 1e-5, high: 1e-3, log: true, step: 1e-5}
    model.width: {choices: [0, 16, "32"]}
"""
RANGES_SAYS = [
    (9, "search.space.sat.momentum.high", "must be at most 1; got 1.5", None),
    (10, "search.space.sat.start_epoch.low", "'sat.start_epoch' takes whole numbers, got 2.5", None),
    (11, "search.space.reset.rate.low", "a log range must begin above 0, got 0", "raise low or drop log"),
    (12, "search.space.reset.patience", "a range needs low < high, got low: 4, high: 4",
        "to fix a value write it plainly, without a range"),
    (13, "search.space.reset.refresh", "'reset.refresh' is no number, so it has no range",
        "give {choices: […]}"),
    (14, "search.space.reset.layers.choices", 'a choice stands once, got ["head", "head"]',
        "drop the repetition"),
    (15, "search.space.training.optimizer.lr.step", "must be at most high - low = 0.2; got 0.5", None),
    (16, "search.space.training.optimizer.momentum.high", "must be below 1; got 1.0", None),
    (17, "search.space.training.optimizer.weight_decay.step", "log and step exclude each other",
        "drop one of them"),
    (18, "search.space.model.width.choices.0", "must be at least 1; got 0", None),
    (18, "search.space.model.width.choices.2", 'must be a whole number; got "32"', None),
]

PATHS = HEAD + """\
search:
  space:
    dataset.subset: {low: 10, high: 100}
    noise.rates: 0.2
    training.epochs: {low: 5, high: 50}
    training.optimizer: {choices: [1, 2]}
    training.optimizer.lr: 0.1
    training.optimizer.name: {choices: [sgd, adam]}
    model.dropout: {low: 0.1, high: 0.5}
    ce.q: 0.5
    gce.q: 0.5
    sat: 0.9
    sat.momentum: 2
    sat.start_epoch: true
"""
PATHS_SAYS = [
    (8, "search.space.dataset.subset", "'dataset' cannot be searched, methods are compared on it", "ANY"),
    (9, "search.space.noise.rates", "'noise' cannot be searched, methods are compared on it", "ANY"),
    (10, "search.space.training.epochs",
        "the number of epochs is the budget of a trial, which is the same for all", "set training.epochs"),
    (11, "search.space.training.optimizer", "'training' has no single setting 'optimizer'", "ANY"),
    (12, "search.space.training.optimizer.lr",
        "a setting that is not searched stands in its own place, got 0.1",
        "set training.optimizer.lr itself, or give a range {low: …, high: …}"),
    (13, "search.space.training.optimizer.name", "what a part is cannot be searched, only its settings",
        "write a file for each"),
    (14, "search.space.model.dropout", "'model' has no single setting 'dropout'", "ANY"),
    (15, "search.space.ce.q", "'ce' has no parameters", "drop the line"),
    (16, "search.space.gce.q", "no method of this sweep has the part 'gce'",
        "add a method such as 'gce' or drop the line"),
    (17, "search.space.sat", "'sat' is a method, not a parameter", "ANY"),
    (18, "search.space.sat.momentum", "must be at most 1; got 2", None),
    (19, "search.space.sat.start_epoch", "must be a whole number; got true", None),
]

EPOCHS = HEAD + """\
training: {epochs: 20, schedule: {name: step, milestones: [0.5, 10, 25], warmup: 2}}
search:
  space:
    sat.start_epoch: {low: 2, high: 24}
    reset.patience: {choices: [2, 30]}
    training.schedule.warmup: {low: 1, high: 20}
baseline: ce+rest
task: {name: classification, select_by: balanced_accuracy}
"""
EPOCHS_SAYS = [
    (6, "training.schedule.milestones.2", "must be at most 18, the epochs left after warm-up; got 25",
        "below 1 it is a share of them"),
    (9, "search.space.sat.start_epoch.high", "counts epochs, of which training has 20; got 24",
        "lower it or raise training.epochs"),
    (10, "search.space.reset.patience.choices.1", "counts epochs, of which training has 20; got 30",
        "lower it or raise training.epochs"),
    (11, "search.space.training.schedule.warmup.high", "would spoil training.schedule.warmup: "
        "warm-up must end before training does, after 20; got 20", "lower it or raise training.epochs"),
    (12, "baseline", "the baseline must be one of the methods, got 'ce+rest'", "did you mean 'ce+reset'?"),
    (13, "task.select_by", "what decides is said where the search is described",
        "search: {select_by: balanced_accuracy}"),
]

PROTOCOL = HEAD + """\
training: {epochs: 5, schedule: {name: cosine, warmup: 5}}
search: {select: best, select_by: balanced}
confirm: {train_on: trainval, seeds: 0}
resources: {gpus: 1.5}
"""
PROTOCOL_SAYS = [
    (4, "methods.2", "'reset' watches validation images, but confirm.train_on: trainval leaves none",
        "set confirm.train_on: train, or drop 'ce+reset'"),
    (6, "training.schedule.warmup", "warm-up must end before training does, after 5; got 5",
        "lower it or raise training.epochs"),
    (7, "search.select",
        "the best epoch is picked on validation images, but confirm.train_on: trainval leaves none",
        "set select: last, or set confirm.train_on: train"),
    (7, "search.select_by", "the task classification does not offer 'balanced'", "did you mean 'balanced_accuracy'?"),
    (8, "confirm.seeds", "must be at least 1; got 0", None),
    (9, "resources.gpus", "must be whole, or a part of one GPU; got 1.5, use 1 or below 1", None),
]

ADDRESSES = HEAD + """\
tracking: {uri: "http://mlflow.example.org:5000"}
storage: {home: "s3://bucket/sweeps"}
"""
PASSWORDS = HEAD + """\
tracking: {uri: "http://me:secret@mlflow.example.org", url: "https://me:secret@host"}
storage:
  studies: postgresql://sat:secret@db/x
  limit_gb: "postgresql://sat:secret-that-is-longer-than-what-is-shown-of-it@db/x"
"""
PASSWORDS_SAYS = [
    (6, "tracking.url", "unknown key 'url'", "did you mean 'uri'?"),
    (6, "tracking.uri", "'http://***@mlflow.example.org' would send everything unencrypted over the network",
        "use https://, or add allow_http: true to tracking"),
    (6, "tracking.uri", "a password does not belong into a file: 'http://***@mlflow.example.org'",
        "refer to an environment variable in its place: scheme://${USER}:${PASSWORD}@host"),
    (8, "storage.studies", "a password does not belong into a file: 'postgresql://***@db/x'",
        "refer to an environment variable in its place: scheme://${USER}:${PASSWORD}@host"),
    (9, "storage.limit_gb", "must be a number; got \"postgresql://***@db/x\"", None),
]
ADDRESSES_SAYS = [
    (6, "tracking.uri", "'http://mlflow.example.org:5000' would send everything unencrypted over the network",
        "use https://, or add allow_http: true to tracking"),
    (7, "storage.studies", "must be given, since the home 's3://bucket/sweeps' is no folder in which "
        "a database could lie", "name a database, such as postgresql://host/studies"),
]

RATES = """\
name: x
dataset: {name: digits, validation_fraction: 1.5}
noise: {kind: uniform, rates: [0.2, 1.0, -0.1]}
methods: [ce]
model: {name: resnet34, width: 0}
training: {optimizer: {name: sgd, lr: 0, momentum: 1}}
"""
RATES_SAYS = [
    (2, "dataset.validation_fraction", "must be below 1; got 1.5", None),
    (3, "noise.rates.1", "must be below 1; got 1.0", None),
    (3, "noise.rates.2", "must be at least 0; got -0.1", None),
    (5, "model.width", "must be at least 1; got 0", None),
    (6, "training.optimizer.lr", "must be above 0; got 0", None),
    (6, "training.optimizer.momentum", "must be below 1; got 1", None),
]

TWICE = HEAD + """\
search:
  trials: 0
  trials: 8
confirm: {seeds: !!python/name:os.system }
model: {name: convnet}
tracking: {uri: 5}
"""
TWICE_SAYS = [
    (8, "search.trials", "a key stands once, this is also in line 7", None),
    (9, "confirm.seeds", "tags are not allowed, got 'tag:yaml.org,2002:python/name:os.system'",
        "write the plain value"),
    (10, "model", "a key stands once, this is also in line 5", None),
    (11, "tracking.uri", "must be text; got 5", None),
]

WRONG = {
    "misspelt": (MISSPELT, MISSPELT_SAYS),
    "mistyped": (MISTYPED, MISTYPED_SAYS),
    "missing": (MISSING, MISSING_SAYS),
    "ranges": (RANGES, RANGES_SAYS),
    "paths": (PATHS, PATHS_SAYS),
    "epochs": (EPOCHS, EPOCHS_SAYS),
    "protocol": (PROTOCOL, PROTOCOL_SAYS),
    "addresses": (ADDRESSES, ADDRESSES_SAYS),
    "passwords": (PASSWORDS, PASSWORDS_SAYS),
    "rates": (RATES, RATES_SAYS),
    "twice": (TWICE, TWICE_SAYS),
}
"""By what is wrong with them."""
