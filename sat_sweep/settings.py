"""How this package writes down settings: closed, frozen, hashable by content, one of what is registered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any, TypeVar, Union

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sat_sweep.errors import UserError
from sat_sweep.registry import Registry


class Closed(BaseModel):
    """Settings that refuse unknown keys and cannot change; unequal content has an unequal `digest`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    def digest(self) -> str:
        """64 hex digits that name the content."""
        return digest(self.model_dump(mode="json"))


def digest(content: Any) -> str:
    """SHA-256 of JSON-serialisable content, independent of key order and process."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def later(default: Any, **validity: Any) -> Any:
    """A field that was added after others had been written down: at its `default` it stands in no dump.

    So digests, identities and records from before it existed stay what they were. `validity` as of pydantic's Field.
    """
    return Field(default, exclude_if=lambda value: value == default, **validity)


M = TypeVar("M", bound=type[BaseModel])


class OneOf:
    """Annotation for a field: one of the models in `registry`, told apart by their field `by`.

    Unknown keys are refused per model and the JSON schema lists each. The registry is read whenever something is
    validated, so that a plug-in's entry counts in models that were defined before it. A model whose class says
    `short_for`, the name of a field, may have it behind a colon: `name: timm:resnet18`.
    """

    def __init__(self, registry: Registry[Any], by: str) -> None:
        self.registry, self.by = registry, by
        self._built: tuple[int, TypeAdapter[Any]] | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self._union().core_schema)

    def _validated(self, value: Any) -> Any:
        """As the entry that `value` names; the union of all is made for those who want to hear what is wrong."""
        value = self._written_out(value)
        name = value.get(self.by) if isinstance(value, Mapping) else getattr(value, self.by, None)
        if isinstance(name, str):
            with suppress(UserError, ValidationError):
                return self.registry[name].model_validate(value)
        return self._union().validate_python(value)

    def _written_out(self, value: Any) -> Any:
        """`value` without a short form."""
        name = value.get(self.by) if isinstance(value, Mapping) else None
        if not isinstance(name, str) or ":" not in name:
            return value
        entry, _, rest = name.partition(":")
        field = None
        with suppress(UserError):
            field = getattr(self.registry[entry], "short_for", None)
        return {**value, self.by: entry, field: rest} if field else value

    def _union(self) -> TypeAdapter[Any]:
        """All entries as one type, made again when the registry has changed."""
        entries = tuple(self.registry[name] for name in self.registry)
        if self._built is None or self._built[0] != self.registry.changes:
            union: Any = Union[entries]  # noqa: UP007 - no operator joins a tuple
            self._built = self.registry.changes, TypeAdapter(Annotated[union, Field(discriminator=self.by)])
        return self._built[1]


def registrar(registry: Registry[Any], by: str) -> Callable[[M], M]:
    """A class decorator that makes a model known under the default of its field `by`."""

    def register(model: M) -> M:
        """Class decorator: makes `model` known by its name; raises ValueError if another has it."""
        fields: dict[str, Any] = model.model_fields  # type: ignore[call-overload]
        registry.add(fields[by].default, model)
        return model

    return register
