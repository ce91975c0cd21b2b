"""Whether llama.cpp's threads should spin while they wait: quiet machine and busy one.

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
    print("| waiting threads | machine | prefill tokens/s | decode tokens/s |\n|---|---|---|---|")
    for busy in (False, True):
        runs: dict[str, list[tuple[float, float]]] = {"active": [], "passive": []}
        with loops(thread_count() if busy else 0):
            for _ in range(arguments.rounds):
                for policy, speeds in runs.items():
                    speeds.append(run(policy))
        for policy, speeds in runs.items():
            prefill, decode = (statistics.median(column) for column in zip(*speeds, strict=True))
            machine = "busy" if busy else "quiet"
            print(f"| {policy} | {machine} | {prefill:.0f} | {decode:.0f} |", flush=True)


def run(policy: str) -> tuple[float, float]:
    """(prefill, decode) of a process that waits in that way."""
    result = subprocess.run(
        [sys.executable, __file__, "--measure"],
        env=os.environ | {"OMP_WAIT_POLICY": policy},
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
