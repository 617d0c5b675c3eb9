"""Whose fault it is when something goes wrong in a worker: the trial's own, or the machine's.

A trial that raises has failed, and that counts against its method. A disk that is full, memory that is used up, a
driver that gave up or a process that was lost say nothing about any method. A GPU's memory may be used up by the trials
that share it: only a trial that needs too much when it is alone has failed.
"""

from __future__ import annotations

RETRIES = 5
"""How often a job that the machine has ended is tried again; it goes on where the trajectory store is."""

_OF_THE_MACHINE = ("CUDA error", "CUDA driver", "CUDA out of memory", "cuDNN error", "cuBLAS error", "CUBLAS_STATUS_",
                   "CUDNN_STATUS_", "NCCL error", "No space left on device")
"""How messages begin, or what is in them, where all that is raised is a RuntimeError."""


_OUT_OF_GPU_MEMORY = ("OutOfMemoryError", "CUDA out of memory", "CUBLAS_STATUS_ALLOC_FAILED",
                      "CUDNN_STATUS_ALLOC_FAILED")


def is_of_the_machine(error: BaseException) -> bool:
    """Whether `error` is the machine's doing: out of memory, out of disk, a broken file system or GPU."""
    if isinstance(error, OSError | MemoryError):
        return True
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & {"OutOfMemoryError", "AcceleratorError"}:  # torch's, without importing it
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OF_THE_MACHINE)


def is_out_of_gpu_memory(words: str) -> bool:
    """Whether an error with these last words says that a GPU's memory was used up, by this trial or its neighbours."""
    return any(mark in words for mark in _OUT_OF_GPU_MEMORY)


def sentence(error: BaseException) -> str:
    """`error` as it is kept with a result."""
    return f"{type(error).__name__}: {error}".strip()[:2000]
