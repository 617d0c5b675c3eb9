"""torch, imported when something of it is first used.

Settings stand beside what they configure: a method's parameters in the method's file, a network's width in the
network's. A space file is checked against all of them, and a mistake in it should be told in less than the seconds
that importing torch takes. So files that hold settings write

    from sat_sweep.imports.lazy import torch

and use `torch.Tensor` in annotations and `torch.…` inside functions. A file that imports torch itself works as well,
it is only slower to check. Code that needs classes of torch to inherit from stands apart, and is imported by the
function that builds it.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch as torch
else:

    class _Torch(ModuleType):
        """Becomes equal to the module, attribute by attribute, as they are asked for."""

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__") and name != "__version__":  # what is asked of any module is not worth importing
                raise AttributeError(name)
            value = getattr(importlib.import_module("torch"), name)
            setattr(self, name, value)  # the next time it is found without coming here
            return value

    torch = _Torch("torch")
