"""What steering adds to a turn of the embedded model: reading the options' probabilities.

    python tests/benchmarks/bench_steering.py [--rounds 9]

A turn evaluates a prompt of some 400 tokens and draws 25. Weighing scores 8 slots over that prompt,
which is in the cache. A steered turn evaluates the prompt and weighs. If it chose a slot, its call
is whole already and nothing is drawn; if another function, only the arguments are. Prints Markdown;
the ratios, taken within a round, are what to compare.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from orchestra_cli.engines.base import Request
from orchestra_cli.engines.grammar import call_head
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.weights import Weights
from orchestra_cli.models.catalog import load_catalog
from orchestra_cli.options import beginnings, options_of
from tools.base import JsonObject

BAR = 0.15
DRAWN_TOKENS = 25
CONTEXT = 2048
SLOTS = {"search": 2, "enhance_reasoning": 2, "answer": 4}
PYTHON: JsonObject = {
    "name": "python",
    "description": "Compute.",
    "parameters": {
        "type": "object",
        "properties": {"code": {"type": "string"}},
        "required": ["code"],
    },
}


def main() -> None:
    """Each turn has a prompt of its own: only weighing beside a turn finds it in the cache."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    engine = LlamaEngine(Weights(load_catalog()["embedded"].path, context=CONTEXT), name="embedded")
    texts = beginnings(options_of(functions(), own_answer=False))
    times = [run_round(engine, texts, str(index)) for index in range(rounds + 1)][1:]
    tokens = engine.score(request("last"), texts).usage.input_tokens
    before = engine.evaluated_tokens
    engine.score(request("last"), texts)
    print("| what | ms | beside a turn |\n|---|---|---|")
    names = (
        f"a turn: {tokens} tokens in, {DRAWN_TOKENS} drawn",
        f"weighing {len(texts)} slots: {engine.evaluated_tokens - before} tokens",
        f"a steered turn that chose a slot (at most {1 + BAR:.0%})",
        f"a steered turn that chose `python` (at most {1 + BAR:.0%})",
    )
    engine.close()
    for name, seconds in zip(names, zip(*times, strict=True), strict=True):
        ratio = statistics.median(s / each[0] for s, each in zip(seconds, times, strict=True))
        print(f"| {name} | {statistics.median(seconds) * 1000:.0f} | {ratio:.1%} |")


def run_round(engine: LlamaEngine, texts: list[str], mark: str) -> tuple[float, ...]:
    """Seconds of each of the table's rows."""
    head = engine.count_tokens(f"<tool_call>\n{call_head(PYTHON)}")
    left = replace(
        request(f"c{mark}"), force_call=True, forced="python", max_tokens=DRAWN_TOKENS - head
    )

    def python_turn() -> None:
        engine.score(left, texts)
        draw(engine, left)

    return (
        seconds_of(lambda: draw(engine, request(mark))),
        seconds_of(lambda: engine.score(request(mark), texts)),
        seconds_of(lambda: engine.score(request(f"b{mark}"), texts)),
        seconds_of(python_turn),
    )


def draw(engine: LlamaEngine, asked: Request) -> None:
    """All that may be drawn."""
    stream, drawn = engine.stream(asked), asked.max_tokens
    while True:
        try:
            next(stream)
        except StopIteration as end:
            if end.value.usage.output_tokens != drawn:
                raise RuntimeError(f"drew fewer than {drawn} tokens: {end.value.text}") from None
            return


def seconds_of(action: Callable[[], object]) -> float:
    """Wall-clock."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def request(mark: str) -> Request:
    """It differs from the others from its first words on."""
    system = {"role": "system", "content": f"Run {mark}. You are good at using tools."}
    problem = (
        "Problem: which of two bridges, 800 and 1,200 years old, was built for the older king?"
    )
    user = {"role": "user", "content": f"{problem}\n\nChoose an appropriate tool."}
    return Request((system, user), functions=functions(), max_tokens=DRAWN_TOKENS)


def functions() -> tuple[JsonObject, ...]:
    """Slots as the toolorchestra protocol has them, and one that is none."""
    return (*(slot(name, count) for name, count in SLOTS.items()), PYTHON)


def slot(name: str, count: int) -> JsonObject:
    """A function whose one argument is the expert."""
    aliases = [f"{name.rpartition('_')[2].removesuffix('ing')}-{n}" for n in range(1, count + 1)]
    model = {"type": "string", "description": f"One of {', '.join(aliases)}", "enum": aliases}
    return {
        "name": name,
        "description": f"Have an expert do it: {name}.",
        "parameters": {"type": "object", "properties": {"model": model}, "required": ["model"]},
    }


if __name__ == "__main__":
    main()
