"""How long llama.cpp's threads should spin before they sleep: quiet machine and busy one.

    python tests/benchmarks/bench_threads.py [--rounds 3]

Each figure is a process of its own, since the choice is made when the library loads. The busy
machine has as many endless loops beside it as it has cores. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from orchestra_cli.engines.hardware import thread_count
from orchestra_cli.models.catalog import load_catalog

SPINS = (0, 1_000, 5_000, 100_000, 30_000_000_000)
"""The first is what OMP_WAIT_POLICY=passive means, the last what active means."""
PROMPT = "Explain how a bicycle stays upright. " * 24


def main() -> None:
    """Every combination, in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure()))
        return
    print("| spins | machine | prefill tokens/s | decode tokens/s |\n|---|---|---|---|")
    for busy in (False, True):
        runs: dict[int, list[tuple[float, float]]] = {spins: [] for spins in SPINS}
        with loops(thread_count() if busy else 0):
            for _ in range(arguments.rounds):
                for spins, speeds in runs.items():
                    speeds.append(run(spins))
        for spins, speeds in runs.items():
            prefill, decode = (statistics.median(column) for column in zip(*speeds, strict=True))
            machine = "busy" if busy else "quiet"
            print(f"| {spins:,} | {machine} | {prefill:.0f} | {decode:.0f} |", flush=True)


def run(spins: int) -> tuple[float, float]:
    """(prefill, decode) of a process whose threads wait in that way."""
    result = subprocess.run(
        [sys.executable, __file__, "--measure"],
        env=os.environ | {"GOMP_SPINCOUNT": str(spins)},
        capture_output=True,
        check=True,
        text=True,
    )
    prefill, decode = json.loads(result.stdout)
    return prefill, decode


def measure() -> tuple[float, float]:
    """Tokens/s of the engine on one prompt."""
    from orchestra_cli.engines.base import Request
    from orchestra_cli.engines.llama import LlamaEngine
    from orchestra_cli.engines.weights import Weights

    engine = LlamaEngine(Weights(load_catalog()["embedded"].path, context=2048), name="embedded")
    started = time.perf_counter()
    times = []
    for _ in engine.stream(Request(({"role": "user", "content": PROMPT},), max_tokens=48)):
        times.append(time.perf_counter())
    prefill = engine.count_tokens(PROMPT) / (times[0] - started)
    return prefill, (len(times) - 1) / (times[-1] - times[0])


@contextmanager
def loops(count: int) -> Iterator[None]:
    """Processes that do nothing but take a core each."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
