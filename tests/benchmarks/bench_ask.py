"""What `ask` costs beside what it cannot do without, in one run on one machine.

    python tests/benchmarks/bench_ask.py [--rounds 5]

Prints Markdown. Machines are noisy: alternating rounds, medians, and ratios taken within the run
are what to compare; the absolute figures are this machine's at this hour.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from orchestra_cli.agent import Agent
from orchestra_cli.engines.base import Request, Sampling
from orchestra_cli.engines.expert import EngineExpert
from orchestra_cli.engines.hardware import thread_count
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.weights import Weights
from orchestra_cli.models.catalog import load_catalog
from orchestra_cli.policy import Task
from orchestra_cli.rules.policy import RulePolicy
from orchestra_cli.trajectory import Orchestrator
from tools.experts import ExpertCard
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

ORCHESTRA = str(Path(sys.executable).with_name("orchestra"))
QUESTION = "Explain how a bicycle stays upright. " * 24
NUM_TOKENS = 96
CONTEXT = 4096


def main() -> None:
    """Run every benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", choices=("ask", "bare"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    rounds, path = arguments.rounds, load_catalog()["embedded"].path
    if arguments.side:
        print(json.dumps(measure(arguments.side, path, rounds)))
        return
    print("| what | figure |\n|---|---|")
    start_up(rounds)
    memory()  # before this process grows: a child's peak counts what it was forked from
    saved_prefix(rounds)
    throughput(rounds)
    reuse(path)


def row(what: str, figure: str) -> None:
    """One line of the table."""
    print(f"| {what} | {figure} |", flush=True)


def median_of(rounds: int, measure: Callable[[], float]) -> float:
    """After one round that warms the disk cache."""
    measure()
    return statistics.median(measure() for _ in range(rounds))


def start_up(rounds: int) -> None:
    """Whole processes."""
    bare = median_of(rounds, lambda: run_time([sys.executable, "-c", "pass"]))
    help_s = median_of(rounds, lambda: run_time([ORCHESTRA, "--help"]))
    row("`python -c pass`", f"{bare * 1000:.0f} ms")
    row("`orchestra --help`", f"{help_s * 1000:.0f} ms")
    arithmetic = ["--policy", "rule", "What is 17% of 2,350?"]
    first = median_of(rounds, lambda: event_time("run_started", arithmetic))
    row("first event of `ask`, from process start", f"{first * 1000:.0f} ms")
    whole = median_of(rounds, lambda: event_time("run_finished", arithmetic))
    row('`ask --policy rule "What is 17% of 2,350?"` to its answer', f"{whole * 1000:.0f} ms")


def run_time(command: list[str]) -> float:
    """Seconds of a process."""
    started = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.perf_counter() - started


def event_time(event: str, arguments: list[str]) -> float:
    """Seconds from a process's start until it prints that event."""
    command = [ORCHESTRA, "ask", "--offline", "--jsonl", "--quiet", *arguments]
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == event:
                elapsed = time.perf_counter() - started
                process.stdout.read()
                return elapsed
    raise RuntimeError(f"no {event}: run `orchestra models pull embedded`")


def throughput(rounds: int) -> None:
    """The whole loop over our engine beside bare llama-cpp-python, in turn, on one prompt.

    Each in a process of its own, as users run them: two sets of OpenMP threads in one process are
    more than the cores, and libgomp then slows both.
    """
    pairs = [(speeds_of("ask", index), speeds_of("bare", index)) for index in range(rounds)]
    for what, position in (("prefill", 0), ("decode", 1)):
        mine = statistics.median(ours[position] for ours, _ in pairs)
        other = statistics.median(bare[position] for _, bare in pairs)
        ratio = statistics.median(ours[position] / bare[position] for ours, bare in pairs)
        figure = f"{mine:.0f} and {other:.0f} tokens/s, ratio {ratio:.3f}"
        row(f"{what}: `ask`'s loop and bare llama-cpp-python", figure)


def speeds_of(side: str, index: int) -> tuple[float, float]:
    """(prefill, decode) of a process, after a round that warms it."""
    command = [sys.executable, __file__, "--side", side, "--rounds", str(index)]
    result = subprocess.run(command, capture_output=True, check=True, text=True)
    prefill, decode = json.loads(result.stdout)
    return prefill, decode


def measure(side: str, path: Path, index: int) -> tuple[float, float]:
    """In the process of that side; each question differs at its start, so nothing is reused."""
    questions = [f"{index}{letter}. {QUESTION}" for letter in "ab"]
    if side == "ask":
        engine = LlamaEngine(Weights(path, context=CONTEXT), name="embedded")
        return [ask_speeds(engine, question) for question in questions][-1]
    weights = Weights(path, context=CONTEXT)  # for its token counts; and the same waiting threads
    from llama_cpp import Llama

    bare = Llama(
        str(path),
        n_ctx=CONTEXT,
        n_batch=256,
        n_ubatch=256,
        n_threads=thread_count(),
        n_threads_batch=thread_count(),
        flash_attn=True,
        verbose=False,
    )
    return [bare_speeds(bare, weights, question) for question in questions][-1]


def ask_speeds(engine: LlamaEngine, question: str) -> tuple[float, float]:
    """(prefill, decode) tokens/s of a run through agent, slot and engine."""
    card = ExpertCard("embedded", "embedded", leaves_machine=False)
    expert = EngineExpert(card, CappedEngine(engine), Sampling())
    orchestrator = Orchestrator("embedded", "rule", "chat")
    agent = Agent(RulePolicy(), Toolbox([AnswerSlot([expert])]), orchestrator=orchestrator)
    times = [
        time.perf_counter()
        for event in agent.stream(Task(question))
        if type(event).__name__ in ("CallChosen", "ToolOutput")
    ]
    prompt = engine.count_tokens(question)
    return prompt / (times[1] - times[0]), (len(times) - 2) / (times[-1] - times[1])


class CappedEngine:
    """The engine with a fixed reply length, so that both sides draw as many tokens."""

    def __init__(self, engine: LlamaEngine) -> None:
        self.name, self.context_tokens = engine.name, engine.context_tokens
        self._engine = engine
        self.count_tokens, self.close = engine.count_tokens, engine.close

    def stream(self, request: Request):  # type: ignore[no-untyped-def]
        """As the engine does, for NUM_TOKENS tokens."""
        from dataclasses import replace

        return self._engine.stream(replace(request, max_tokens=NUM_TOKENS))


def bare_speeds(bare, weights: Weights, question: str) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """The same of `Llama.generate` on a prompt of the same words."""
    tokens = bare.tokenize(
        b"<|im_start|>system\nYou are a helpful assistant. Answer the question directly and "
        b"briefly.<|im_end|>\n<|im_start|>user\n"
        + question.encode()
        + b"<|im_end|>\n<|im_start|>assistant\n",
        add_bos=False,
        special=True,
    )
    times = [time.perf_counter()]
    for token in bare.generate(tokens, temp=0.0):
        bare.detokenize([token])
        times.append(time.perf_counter())
        if len(times) > NUM_TOKENS or token == bare.token_eos():
            break
    prompt = len(weights.tokenize(question))
    return prompt / (times[1] - times[0]), (len(times) - 2) / (times[-1] - times[1])


def reuse(path: Path) -> None:
    """What a second turn evaluates, with the KV cache kept and without."""
    first = ({"role": "system", "content": "Use tools. " * 60}, {"role": "user", "content": "Hi"})
    second = (*first, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Go"})
    kept = LlamaEngine(Weights(path, context=CONTEXT), name="kept")
    drain(kept, first)
    before = kept.evaluated_tokens
    drain(kept, second)
    new = kept.evaluated_tokens - before
    kept.close()
    fresh = LlamaEngine(Weights(path, context=CONTEXT), name="fresh")
    drain(fresh, second)
    whole = fresh.evaluated_tokens
    fresh.close()
    row("tokens evaluated in turn 2, cache kept and not", f"{new} and {whole}, {new / whole:.2f}")


def drain(engine: LlamaEngine, messages: tuple[dict[str, str], ...]) -> None:
    """One short reply."""
    for _ in engine.stream(Request(messages, max_tokens=8)):
        pass


def saved_prefix(rounds: int) -> None:
    """Time to a process's first token, its prompt's constant prefix saved by another or not."""
    question = ["--policy", "model", "--max-turns", "2", "--max-time", "20", "Hello"]
    folder = load_catalog()["embedded"].path.parent.parent / "prefixes"

    def first_token(*, saved: bool) -> float:
        if not saved:
            shutil.rmtree(folder, ignore_errors=True)
        return event_time("thought_delta", question)

    without = [first_token(saved=False) for _ in range(rounds)]
    first_token(saved=False)
    with_it = [first_token(saved=True) for _ in range(rounds)]
    a, b = statistics.median(with_it), statistics.median(without)
    row(
        "first token of a process, prefix saved and not",
        f"{a * 1000:.0f} and {b * 1000:.0f} ms, {a / b:.2f}",
    )


def memory() -> None:
    """Peak of a process that answers with the embedded model."""
    process = subprocess.Popen(
        [ORCHESTRA, "ask", "--offline", "--quiet", "What is the capital of France?"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    _, _, usage = os.wait4(process.pid, 0)
    row("peak memory of `ask`, answered by the embedded model", f"{usage.ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
