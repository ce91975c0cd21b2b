"""What the machine offers, and how many layers are put on its GPUs."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.engines import hardware
from orchestra_cli.engines.hardware import layers_that_fit
from orchestra_cli.engines.library import load_library
from orchestra_cli.engines.weights import Weights

GIB = 2**30
SIZES = st.integers(1, 80 * GIB)
FREE = st.lists(st.integers(0, 200 * GIB), max_size=8)
LAYERS = st.integers(1, 200)


@given(free=FREE, weights=SIZES, kv=SIZES, layers=LAYERS)
def test_never_more_layers_than_there_are_and_never_fewer_than_none(
    free: list[int], weights: int, kv: int, layers: int
) -> None:
    fit = layers_that_fit(free_bytes=free, weights_bytes=weights, kv_bytes=kv, num_layers=layers)
    assert 0 <= fit <= layers + 1
    assert fit * (weights + kv) <= sum(free) * (layers + 1)


@given(
    free=FREE.filter(bool),
    more=st.integers(0, 100 * GIB),
    weights=SIZES,
    kv=SIZES,
    smaller=st.floats(0.1, 1),
    layers=LAYERS,
)
def test_more_memory_or_a_smaller_model_never_means_fewer_layers(
    free: list[int], more: int, weights: int, kv: int, smaller: float, layers: int
) -> None:
    def fit(free: list[int], weights: int, kv: int) -> int:
        return layers_that_fit(
            free_bytes=free, weights_bytes=weights, kv_bytes=kv, num_layers=layers
        )

    fits = fit(free, weights, kv)
    assert fit([free[0] + more, *free[1:]], weights, kv) >= fits
    assert fit([*free, more], weights, kv) >= fits
    assert fit(free, max(1, int(weights * smaller)), int(kv * smaller)) >= fits


@pytest.mark.parametrize("free", [[], [0], [700 * 2**20], [0, 0, 0]])
def test_a_gpu_without_room_gets_nothing(free: list[int]) -> None:
    assert layers_that_fit(free_bytes=free, weights_bytes=GIB, kv_bytes=0, num_layers=4) == 0


@pytest.mark.parametrize(
    ("free_gib", "layers"),
    [([24.0], 37), ([8.0], 29), ([4.0], 13), ([0.9], 0), ([4.0, 4.0], 26)],
    ids=["all", "8 GiB", "4 GiB", "0.9 GiB", "two of 4 GiB"],
)
def test_the_8b_at_its_whole_window(free_gib: list[float], layers: int) -> None:
    """4.7 GiB of weights and 4.5 GiB of cache over 37 layers: 0.249 GiB each, 0.75 GiB kept."""
    fit = layers_that_fit(
        free_bytes=[int(gib * GIB) for gib in free_gib],
        weights_bytes=int(4.7 * GIB),
        kv_bytes=int(4.5 * GIB),
        num_layers=36,
    )
    assert fit == layers


def test_one_thread_a_core_that_the_process_may_use() -> None:
    threads = hardware.thread_count()
    assert 1 <= threads <= (os.cpu_count() or 1)
    if hasattr(os, "sched_setaffinity"):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(allowed)})
        try:
            assert hardware.thread_count() == 1
        finally:
            os.sched_setaffinity(0, allowed)


def test_available_memory_is_what_can_be_had() -> None:
    assert 0 < hardware.available_memory_bytes() <= psutil.virtual_memory().total


def test_devices_are_read_from_the_library_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU build has one device, the CPU: taken for a GPU, it shows whether the calls work."""
    monkeypatch.setattr(load_library(), "llama_supports_gpu_offload", lambda: True)
    monkeypatch.setattr(hardware, "_GPU_TYPES", (0,))
    devices = hardware.gpus()
    assert devices
    assert all(d.name and 0 <= d.free_bytes <= d.total_bytes for d in devices)
    assert devices[-1].total_bytes > 2**28


@pytest.mark.skipif(load_library().llama_supports_gpu_offload(), reason="a build for GPUs")
@pytest.mark.parametrize("asked", ["auto", 0, 99])
def test_a_cpu_build_says_that_it_uses_no_gpu(asked: int, gguf: Path) -> None:
    assert hardware.gpus() == []
    weights = Weights(gguf, gpu_layers=asked, context=512)
    assert weights.gpu_layers == 0
    assert weights.device == f"CPU, {hardware.thread_count()} threads"
    weights.close()


def test_processes_that_compute_at_the_same_time_share_the_cores() -> None:
    alone = hardware.thread_count()
    hardware.share_cores(2)
    try:
        assert hardware.thread_count() == max(1, alone // 2)
        hardware.share_cores(10_000)
        assert hardware.thread_count() == 1
    finally:
        hardware.share_cores(1)
    assert hardware.thread_count() == alone
