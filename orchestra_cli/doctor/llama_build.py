"""Checks of the llama.cpp build: does it fit this machine's GPU and CPU, and what would.

What to say is a function of `BuildFacts` alone, so that every machine can be judged on any.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from orchestra_cli.doctor.llama_probe import Build, BuildGpu, ProbeError
from orchestra_cli.doctor.machine_gpus import MachineGpu, Vendor, find_program
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ExitCode

GROUP = "llama.cpp"
PACKAGE = "llama-cpp-python"
_X86 = ("x86_64", "amd64", "i386", "i686")
_SHOWN_FEATURES = ("AVX", "AVX2", "AVX512", "FMA", "F16C", "NEON", "DOTPROD", "SVE", "OPENMP")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How llama.cpp is built for a vendor's GPUs."""

    backends: tuple[str, ...]
    """What ggml calls it."""
    cmake: str
    compiler: str | None
    toolkit: str
    hidden_by: str | None
    """The environment variable that can hide the GPUs from it."""


RECIPES = {
    Vendor.NVIDIA: Recipe(
        ("CUDA",), "-DGGML_CUDA=on", "nvcc", "the CUDA toolkit", "CUDA_VISIBLE_DEVICES"
    ),
    Vendor.AMD: Recipe(
        ("ROCm", "HIP"), "-DGGML_HIP=on", "hipcc", "ROCm with HIP", "HIP_VISIBLE_DEVICES"
    ),
    Vendor.APPLE: Recipe(("Metal", "MTL"), "-DGGML_METAL=on", None, "Xcode's tools", None),
}


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """The build, and the machine that it should fit."""

    version: str
    system: str
    architecture: str
    backends: tuple[str, ...]
    features: frozenset[str]
    """Of the build's CPU code, as llama.cpp names them."""
    supports_offload: bool
    gpus: tuple[BuildGpu, ...]
    machine_gpus: tuple[MachineGpu, ...]
    cpu_flags: frozenset[str] | None = None
    """Of the machine's CPU, as Linux names them; None where that is not known."""
    compilers: frozenset[str] = frozenset()
    """Those of the vendors' that are installed."""
    hidden_by: frozenset[str] = frozenset()
    """Environment variables that are set so as to hide GPUs."""


def check_llama(build: Build | ProbeError, gpus: tuple[MachineGpu, ...]) -> Iterator[Row]:
    """The library, its fit to GPU and CPU, and the GPUs themselves."""
    try:
        installed = version(PACKAGE)
    except PackageNotFoundError:
        fix = f"`pip install {PACKAGE}`"
        yield Row(GROUP, "library", Status.FAILED, "not installed", fix, ExitCode.MODEL)
        return
    if isinstance(build, ProbeError):
        yield advise_broken(installed, str(build), gpus, platform.system())
        return
    facts = gather_facts(installed, build, gpus)
    yield Row(GROUP, "library", Status.OK, _describe(facts))
    yield advise_build(facts)
    yield advise_cpu(facts)
    yield describe_gpus(facts, threads=build.threads)


def gather_facts(installed: str, build: Build, gpus: tuple[MachineGpu, ...]) -> BuildFacts:
    """Of this machine."""
    recipes = RECIPES.values()
    return BuildFacts(
        version=installed,
        system=platform.system(),
        architecture=platform.machine().lower(),
        backends=build.backends,
        features=parse_features(build.system_info),
        supports_offload=build.supports_offload,
        gpus=build.gpus,
        machine_gpus=gpus,
        cpu_flags=_cpu_flags(Path("/proc/cpuinfo")),
        compilers=frozenset(r.compiler for r in recipes if r.compiler and find_program(r.compiler)),
        hidden_by=frozenset(r.hidden_by for r in recipes if r.hidden_by and _hides(r.hidden_by)),
    )


def parse_features(system_info: str) -> frozenset[str]:
    """Those that are on, of all backends: `CPU : AVX2 = 1 | OPENMP = 1 |`."""
    return frozenset(re.findall(r"(\w+) = (?!0\b)\w+", system_info))


def install_line(installed: str, *, cmake: str, system: str) -> str:
    """Builds the same version anew with that option."""
    pip = f"pip install --no-cache-dir --force-reinstall {PACKAGE}=={installed}"
    if not cmake:
        return pip
    if system == "Windows":
        return f'$env:CMAKE_ARGS="{cmake}"; {pip}'
    return f'CMAKE_ARGS="{cmake}" {pip}'


def advise_build(facts: BuildFacts) -> Row:
    """Whether it can use the GPU that the machine has, and the line that builds one that can."""
    backends = ", ".join(facts.backends) or "none"
    if facts.supports_offload and facts.gpus:
        found = f"offloads to {len(facts.gpus)} GPU{'s' * (len(facts.gpus) > 1)} ({backends})"
        return Row(GROUP, "GPU offload", Status.OK, found)
    if not facts.machine_gpus:
        found = f"no GPU on this machine, and none is needed (backends: {backends})"
        return Row(GROUP, "GPU offload", Status.OK, found)
    gpu = facts.machine_gpus[0]
    recipe = RECIPES[gpu.vendor]
    if not set(recipe.backends) & set(facts.backends):
        found = f"{gpu.name} is here, and this build uses the CPU only (backends: {backends})"
        return Row(GROUP, "GPU offload", Status.WARNING, found, _build_fix(facts, gpu.vendor))
    found = f"built for {gpu.vendor}, but it sees no GPU, while {gpu.seen_by} sees {gpu.name}"
    if recipe.hidden_by in facts.hidden_by:
        fix = f"`unset {recipe.hidden_by}`: it hides the GPU"
    else:
        line = install_line(facts.version, cmake=recipe.cmake, system=facts.system)
        fix = f"bring the {gpu.vendor} driver and the toolkit to the same release, then: {line}"
    return Row(GROUP, "GPU offload", Status.WARNING, found, fix)


def advise_cpu(facts: BuildFacts) -> Row:
    """Whether its CPU code uses what the CPU has: without AVX2 it runs many times slower."""
    shown = ", ".join(name for name in _SHOWN_FEATURES if name in facts.features) or "plain code"
    if facts.architecture not in _X86 or "AVX2" in facts.features:
        return Row(GROUP, "CPU code", Status.OK, shown)
    if facts.cpu_flags is not None and "avx2" not in facts.cpu_flags:
        return Row(GROUP, "CPU code", Status.OK, f"{shown}; this CPU has no AVX2 either")
    line = install_line(facts.version, cmake="-DGGML_NATIVE=on", system=facts.system)
    found = f"{shown}: built without AVX2" + (", which this CPU has" if facts.cpu_flags else "")
    return Row(GROUP, "CPU code", Status.WARNING, found, f"{line} --no-binary {PACKAGE}")


def advise_broken(installed: str, reason: str, gpus: tuple[MachineGpu, ...], system: str) -> Row:
    """A library that does not load, or dies: build it here, for what is here."""
    cmake = RECIPES[gpus[0].vendor].cmake if gpus else ""
    line = f"{install_line(installed, cmake=cmake, system=system)} --no-binary {PACKAGE}"
    found = f"{PACKAGE} {installed} cannot be used: {reason}"
    return Row(GROUP, "library", Status.FAILED, found, line, ExitCode.MODEL)


def describe_gpus(facts: BuildFacts, *, threads: int) -> Row:
    """Names and memory: llama.cpp's figures where it sees them, else the driver's."""
    if facts.gpus:
        shown = [_gpu_words(g.name, g.free_bytes, g.total_bytes) for g in facts.gpus]
        figures = {
            "gpu_free_bytes": float(sum(g.free_bytes for g in facts.gpus)),
            "gpu_total_bytes": float(sum(g.total_bytes for g in facts.gpus)),
        }
        return Row(GROUP, "GPUs", Status.OK, "; ".join(shown), figures=figures)
    shown = [
        f"{_gpu_words(g.name, g.free_bytes, g.total_bytes)}, seen by {g.seen_by}, unused"
        for g in facts.machine_gpus
    ]
    cpu = f"none: models run on the CPU, {threads} thread{'s' * (threads > 1)}"
    return Row(GROUP, "GPUs", Status.OK, "; ".join(shown) or cpu)


def _build_fix(facts: BuildFacts, vendor: Vendor) -> str:
    recipe = RECIPES[vendor]
    line = install_line(facts.version, cmake=recipe.cmake, system=facts.system)
    if recipe.compiler is None or recipe.compiler in facts.compilers:
        return line
    return f"install {recipe.toolkit} ({recipe.compiler} is not found), then: {line}"


def _describe(facts: BuildFacts) -> str:
    return f"{PACKAGE} {facts.version}, backends: {', '.join(facts.backends) or 'none'}"


def _gpu_words(name: str, free_bytes: int | None, total_bytes: int | None) -> str:
    if free_bytes is None or total_bytes is None:
        return name
    return f"{name}, {free_bytes / 2**30:.1f} of {total_bytes / 2**30:.1f} GiB free"


def _hides(variable: str) -> bool:
    return os.environ.get(variable, "0").strip() in ("", "-1", "none")


def _cpu_flags(cpuinfo: Path) -> frozenset[str] | None:
    if not cpuinfo.is_file():
        return None
    match = re.search(r"^flags\s*:\s*(.+)$", cpuinfo.read_text("utf-8", "replace"), re.MULTILINE)
    return frozenset(match[1].split()) if match else None
