"""Does llama.cpp use an NVIDIA GPU here, and how much faster is it? Everything in one run:

    python tests/benchmarks/gpu_check.py [--install] [--rounds 3] [MODEL.gguf ...]

It prints the line that builds llama-cpp-python for CUDA (--install runs it in this environment),
loads the embedded model and every file given with all layers on the GPU and with none, checks that
all layers were offloaded, measures prefill and decode, and prints a Markdown table and then JSON.
Each measurement is a process of its own; in that of the CPU the GPU is hidden, because a CUDA build
otherwise lends it long prompts even with gpu_layers = 0.

It has not been run on a machine with a GPU yet: only its other branches have.

Exit codes: 0 all layers were offloaded, 1 some were not, 3 no NVIDIA GPU, 4 a build without it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from orchestra_cli.doctor.llama_build import PACKAGE, RECIPES, install_line
from orchestra_cli.doctor.llama_probe import ProbeError, probe_build
from orchestra_cli.doctor.machine_gpus import MachineGpu, Vendor, machine_gpus

ALL_LAYERS = 9_999
DECODE_TOKENS = 64
DECODE_LIMIT_S = 5.0
CONTEXT_TOKENS = 2_048
Device = Literal["GPU", "CPU"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One model on one device, medians over the rounds."""

    model: str
    device: Device
    offloaded: str
    """llama.cpp's own words: "31/31"."""
    prefill_tokens_per_s: float
    decode_tokens_per_s: float


def main() -> int:
    """Every step, in order; the exit code."""
    arguments = _parser().parse_args()
    if arguments.measure is not None:
        model, tokens = arguments.models[0], arguments.prefill_tokens
        figures = measure(model, gpu_layers=arguments.measure, prefill_tokens=tokens)
        print(json.dumps(figures))
        return 0
    gpus = [gpu for gpu in machine_gpus() if gpu.vendor is Vendor.NVIDIA]
    if not gpus:
        print("no NVIDIA GPU on this machine: nothing was installed or measured", file=sys.stderr)
        return 3
    cmake = RECIPES[Vendor.NVIDIA].cmake
    print(f"GPU: {gpus[0].name}, driver {gpus[0].driver or 'unknown'}")
    print(f"build: {install_line(version(PACKAGE), cmake=cmake, system=platform.system())}")
    if arguments.install:
        install(cmake)
    if not can_offload():
        print("this build cannot use the GPU: take the line above, or --install", file=sys.stderr)
        return 4
    models = [embedded(), *arguments.models]
    tokens = arguments.prefill_tokens
    pairs = [compare(m, rounds=arguments.rounds, prefill_tokens=tokens) for m in models]
    print(render(pairs))
    print(json.dumps(to_json(gpus, pairs), indent=2))
    return 0 if all(is_whole(on_gpu.offloaded) for on_gpu, _ in pairs) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="llama.cpp on an NVIDIA GPU against the CPU.")
    parser.add_argument("models", nargs="*", type=Path, metavar="MODEL.gguf")
    parser.add_argument("--install", action="store_true", help="run the install line first")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prefill-tokens", type=int, default=512)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    return parser


def install(cmake: str) -> None:
    """The install line, in this environment."""
    command = [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--force-reinstall"]
    wanted = f"{PACKAGE}=={version(PACKAGE)}"
    subprocess.run([*command, wanted], env=os.environ | {"CMAKE_ARGS": cmake}, check=True)


def can_offload() -> bool:
    """Whether the installed build sees a GPU; asked in a process of its own."""
    try:
        build = probe_build()
    except ProbeError as error:
        print(f"llama.cpp does not run: {error}", file=sys.stderr)
        return False
    return build.supports_offload and bool(build.gpus)


def embedded() -> Path:
    """The embedded model's file, fetched where it is not in the cache."""
    from orchestra_cli.models.catalog import load_catalog
    from orchestra_cli.models.fetch import fetch

    return fetch(load_catalog()["embedded"], progress=lambda _: None, offline=False)


def compare(model: Path, *, rounds: int, prefill_tokens: int) -> tuple[Measured, Measured]:
    """(GPU, CPU), their rounds in turn."""
    runs: dict[Device, list[dict[str, Any]]] = {"GPU": [], "CPU": []}
    for _ in range(rounds):
        for device, done in runs.items():
            done.append(run(model, device=device, prefill_tokens=prefill_tokens))
    return _median(model, "GPU", runs["GPU"]), _median(model, "CPU", runs["CPU"])


def _median(model: Path, device: Device, runs: list[dict[str, Any]]) -> Measured:
    prefill = statistics.median(each["prefill_tokens_per_s"] for each in runs)
    decode = statistics.median(each["decode_tokens_per_s"] for each in runs)
    return Measured(model.stem, device, runs[0]["offloaded"], prefill, decode)


def run(model: Path, *, device: Device, prefill_tokens: int) -> dict[str, Any]:
    """One measurement in a process of its own."""
    hidden = {} if device == "GPU" else {"CUDA_VISIBLE_DEVICES": ""}
    layers = ALL_LAYERS if device == "GPU" else 0
    command = [sys.executable, __file__, f"--measure={layers}"]
    command.append(f"--prefill-tokens={prefill_tokens}")
    result = subprocess.run(
        [*command, str(model)],
        env=os.environ | hidden,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    document: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return document


def measure(model: Path, *, gpu_layers: int, prefill_tokens: int) -> dict[str, Any]:
    """Load and measure in this process."""
    from orchestra_cli.doctor.speed import measure as measure_engine
    from orchestra_cli.engines.llama import LlamaEngine
    from orchestra_cli.engines.weights import Weights

    log = keep_log()
    weights = Weights(model, gpu_layers=gpu_layers, context=CONTEXT_TOKENS)
    engine = LlamaEngine(weights, name=model.stem)
    speed = measure_engine(
        engine, prefill_tokens=prefill_tokens, decode_tokens=DECODE_TOKENS, decode_s=DECODE_LIMIT_S
    )
    engine.close()
    return {"offloaded": offloaded(log), "device": engine.device, **asdict(speed)}


def keep_log() -> list[str]:
    """What llama.cpp logs from now on: what was asked for is not yet what was done."""
    import ctypes

    from orchestra_cli.engines.library import load_library

    log: list[str] = []
    c: Any = load_library()

    def remember(_level: int, text: bytes, _data: object) -> None:
        log.append(text.decode("utf-8", "replace"))

    c.gpu_check_log = c.llama_log_callback(remember)  # C keeps only the pointer
    c.llama_log_set(c.gpu_check_log, ctypes.c_void_p(0))
    return log


def offloaded(log: list[str]) -> str:
    """The "31/31" of llama.cpp's line on it; a build without a GPU has no such line."""
    for line in reversed(log):
        words = line.split()
        if "offloaded" in words and "layers" in words:
            return words[words.index("offloaded") + 1]
    return "none"


def is_whole(words: str) -> bool:
    """Whether that is all of them."""
    done, _, of_all = words.partition("/")
    return bool(of_all) and done == of_all


def render(figures: list[tuple[Measured, Measured]]) -> str:
    """A Markdown table."""
    lines = [
        "| model | layers on GPU | tokens/s | GPU | CPU | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for gpu, cpu in figures:
        for name in ("prefill", "decode"):
            fast, slow = (getattr(each, f"{name}_tokens_per_s") for each in (gpu, cpu))
            ratio = f"{fast / slow:.1f}" if slow else "?"
            cells = (gpu.model, gpu.offloaded, name, f"{fast:.0f}", f"{slow:.0f}", ratio)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def to_json(gpus: list[MachineGpu], figures: list[tuple[Measured, Measured]]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "gpus": [asdict(gpu) for gpu in gpus],
        "llama_cpp_python": version(PACKAGE),
        "measured": [asdict(each) for pair in figures for each in pair],
    }


if __name__ == "__main__":
    sys.exit(main())
