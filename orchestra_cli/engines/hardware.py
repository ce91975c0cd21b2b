"""What this machine offers llama.cpp: cores, free memory, GPUs, and how many layers fit on them."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from functools import cache

from orchestra_cli.engines.library import load_library, shared_library

_GPU_TYPES = (1, 2)  # GGML_BACKEND_DEVICE_TYPE_GPU and _IGPU
_RESERVED_BYTES = 768 * 2**20
"""Left free on each GPU for compute buffers, the CUDA context and the desktop."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device that llama.cpp can offload to."""

    name: str
    free_bytes: int
    total_bytes: int


_processes = 1


def share_cores(processes: int) -> None:
    """This process is one of so many that compute at the same time on this machine."""
    global _processes
    _processes = max(1, processes)


def thread_count() -> int:
    """One thread a physical core that the process may use: more get in each other's way."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = min(psutil.cpu_count(logical=False) or 1, allowed or 1)
    return max(1, cores // _processes)


def available_memory_bytes() -> int:
    """Main memory that can be taken without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


@cache
def _ggml() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    """(device registry, device properties)."""
    registry, properties = shared_library("libggml"), shared_library("libggml-base")
    registry.ggml_backend_dev_count.restype = ctypes.c_size_t
    registry.ggml_backend_dev_get.restype = ctypes.c_void_p
    registry.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    properties.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    properties.ggml_backend_dev_description.restype = ctypes.c_char_p
    properties.ggml_backend_dev_description.argtypes = [ctypes.c_void_p]
    size = ctypes.POINTER(ctypes.c_size_t)
    properties.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, size, size]
    return registry, properties


def gpus() -> list[Gpu]:
    """The GPUs of this llama.cpp build; none for a build without GPU support."""
    if not load_library().llama_supports_gpu_offload():
        return []
    registry, properties = _ggml()
    found = []
    for index in range(registry.ggml_backend_dev_count()):
        device = registry.ggml_backend_dev_get(index)
        if properties.ggml_backend_dev_type(device) not in _GPU_TYPES:
            continue
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        properties.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
        name = properties.ggml_backend_dev_description(device).decode("utf-8", "replace")
        found.append(Gpu(name=name, free_bytes=free.value, total_bytes=total.value))
    return found


def layers_that_fit(
    *, free_bytes: list[int], weights_bytes: int, kv_bytes: int, num_layers: int
) -> int:
    """How many of `num_layers` + 1 (the output layer counts) fit in the GPUs' free memory.

    Weights and KV cache are taken as spread evenly over the layers.
    """
    per_layer = (weights_bytes + kv_bytes) / (num_layers + 1)
    room = sum(max(0, free - _RESERVED_BYTES) for free in free_bytes)
    return min(num_layers + 1, int(room / per_layer))
