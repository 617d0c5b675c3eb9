"""Any network of the PyTorch image models library (Wightman 2019, timm), by its name there.

    model: {name: timm:resnet18}        the same as {name: timm, architecture: resnet18}
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.models._base import ModelSpec, register


def _with_the_short_form(schema: dict[str, Any]) -> None:
    """In a file the name may have the architecture behind a colon."""
    schema.pop("const", None)
    schema["pattern"] = "^timm(:.+)?$"


@register
class Timm(ModelSpec):
    """A network of timm, with its own initialisation; weights come from a file (`weights`), never from the network."""

    normalises_batches = True  # most of them do, and which is known only once they are built
    short_for: ClassVar[str | None] = "architecture"

    name: Literal["timm"] = Field("timm", json_schema_extra=_with_the_short_form)
    """`timm`, or in short with the architecture behind a colon."""
    architecture: str = ""
    """As timm calls it, such as resnet18 or vit_tiny_patch16_224."""
    options: dict[str, bool | int | float | str] = Field({})
    """What timm's `create_model` takes beside it, such as drop_rate: 0.1."""

    @field_validator("architecture")
    @classmethod
    def _is_there(cls, architecture: str) -> str:
        if find_spec("timm") is None:
            raise ValueError("networks of timm need the package timm: install sat-sweep[networks]")
        return architecture

    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """With as many channels and, where the network asks for a fixed size, as many pixels as `input_shape` has."""
        import timm

        if not self.architecture:
            raise UserError("timm has hundreds of networks: say which, such as model: {name: timm:resnet18}")
        if not timm.is_model(self.architecture):
            close = timm.list_models(f"*{self.architecture[:6]}*")[:8]
            raise UserError(f"timm has no network '{self.architecture}'"
                            + (f"; it has {', '.join(close)}" if close else ""))
        known = timm.get_pretrained_cfg(self.architecture)
        sized: dict[str, Any] = {"img_size": input_shape[1:]} if known is not None and known.fixed_input_size else {}
        try:
            built: torch.nn.Module = timm.create_model(
                self.architecture, pretrained=False, in_chans=input_shape[0], num_classes=num_classes,
                **{**sized, **self.options})
        except (TypeError, ValueError, AssertionError, RuntimeError) as error:
            raise UserError(f"timm's {self.architecture} for inputs {input_shape}: {error}") from error
        return built
