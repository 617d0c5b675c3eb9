"""`methods`, `datasets`, `schema`: what there is, read off the registries."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sat_sweep.commands.output import show, show_json, show_table
from sat_sweep.config.words import bounds, in_a_file, number, search_range
from sat_sweep.data import DatasetSpec, datasets
from sat_sweep.imports.plugins import load_all
from sat_sweep.methods import Dynamics, Method, registry


def methods(as_json: bool, plugins: Iterable[str] = ()) -> None:
    """Every objective and every dynamics, with the parameters that a space file may search or fix."""
    load_all(plugins)
    known = [described(registry[name]) for name in registry]
    known.sort(key=lambda method: (method["kind"] == "dynamics", method["name"]))
    if as_json:
        show_json(known)
        return
    show_table(["name", "kind", "needs", "paper"],
               [[m["name"], m["kind"], ", ".join(m["needs"]), m["paper"]] for m in known])
    show("")
    show_parameters(known)


def show_parameters(known: Iterable[dict[str, Any]]) -> None:
    """The table of the parameters of all methods that are `known`, each as `described`."""
    show_table(["parameter", "what it is", "default", "valid", "searched"],
               [[f"{m['name']}.{p['name']}", p["meaning"], in_a_file(p["default"]), p["valid"], p["search"]]
                for m in known for p in m["parameters"]])


def described(method: type[Method]) -> dict[str, Any]:
    """Name, kind, paper, needs and parameters of `method`, as plain data."""
    searches = method.Parameters.search_ranges()
    return {
        "name": method.name, "kind": "dynamics" if issubclass(method, Dynamics) else "objective",
        "paper": method.paper, "needs": sorted(need.value for need in method.needs),
        "parameters": [{"name": name, "meaning": field.description, "default": number(field.default),
                        "valid": bounds(field), "search": search_range(searches[name]) if name in searches else None}
                       for name, field in method.Parameters.model_fields.items()],
    }


def show_datasets(as_json: bool, plugins: Iterable[str] = ()) -> None:
    """Every dataset with its own options; those that all have come last."""
    load_all(plugins)
    known = [_dataset(datasets[name]) for name in datasets]
    if as_json:
        show_json(known)
        return
    common = _options_of(DatasetSpec.model_fields)
    show_table(["name", "what", "options of its own"],
               [[d["name"], d["description"], _written(d["options"], without=common)] for d in known])
    show(f"\nAll of them: {_written(common)}")


def _dataset(dataset: type[DatasetSpec]) -> dict[str, Any]:
    return {"name": dataset.model_fields["name"].default, "options": _options_of(dataset.model_fields),
            "description": (dataset.__doc__ or "").strip().splitlines()[0]}


def _option(field: FieldInfo) -> Any:
    return "required" if field.default is PydanticUndefined else number(field.default)


def _options_of(fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    return {name: _option(field) for name, field in fields.items() if name != "name"}


def _written(options: dict[str, Any], without: Container[str] = ()) -> str:
    return ", ".join(f"{name}: {in_a_file(value)}" for name, value in options.items() if name not in without)


def schema(plugins: Iterable[str] = ()) -> None:
    """The JSON schema of space files, for editors."""
    from sat_sweep.config.schema import space_schema

    load_all(plugins)
    show_json(space_schema())
