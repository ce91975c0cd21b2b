"""How fast a model file runs here: prefill and decode in tokens per second.

A short prompt measures how long a longer one may be, so that a slow machine is measured in the same
time as a fast one, only with fewer tokens.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from orchestra_cli.doctor.llama_probe import ProbeError, ProbeTimeoutError, run_probe
from orchestra_cli.doctor.model_files import ConfiguredModel
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ExitCode

if TYPE_CHECKING:
    from orchestra_cli.engines.llama import LlamaEngine

GROUP = "speed"
_CONTEXT_TOKENS = 1024
_LOAD_LIMIT_S = 30.0
_PREFILL_S = 0.8
_DECODE_S = 0.8
_MAX_PREFILL_TOKENS = 512
_MAX_DECODE_TOKENS = 64
_WORDS = "a bicycle stays upright because its front wheel steers into the side it falls to "
_SKIPPED_FIX = "run `orchestra doctor` without --no-speed"


@dataclass(frozen=True, slots=True)
class Speed:
    """What one run measured."""

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    """0 where the model ended its turn at once."""
    prefill_tokens: int
    decode_tokens: int


def check_speed(
    model: ConfiguredModel, *, gpu_layers: int | Literal["auto"], wanted: bool
) -> Iterator[Row]:
    """Of the configured model, where its file is on this machine."""
    if not wanted:
        yield Row(GROUP, "local model", Status.SKIPPED, "not asked for", _SKIPPED_FIX)
        return
    path = model.path
    if path is None:
        fix = "`orchestra models pull embedded`, or name a .gguf as [orchestrator] model"
        yield Row(GROUP, "local model", Status.SKIPPED, "no model file is on this machine", fix)
        return
    try:
        figures = run_probe(["speed", str(path), str(gpu_layers)], timeout_s=_LOAD_LIMIT_S)
    except ProbeTimeoutError as error:
        fix = "a smaller model or quantisation, or a GPU; `orchestra doctor` again if it was busy"
        yield Row(GROUP, path.name, Status.WARNING, f"loading and measuring: {error}", fix)
        return
    except ProbeError as error:
        fix = f"look at {path}: take another quantisation, or fetch it again"
        yield Row(GROUP, path.name, Status.FAILED, str(error), fix, ExitCode.MODEL)
        return
    yield describe_speed(path.name, device=figures.pop("device"), figures=figures)


def describe_speed(name: str, *, device: str, figures: dict[str, float]) -> Row:
    """One line of figures."""
    found = (
        f"prefill {figures['prefill_tokens_per_s']:.0f}, "
        f"decode {figures['decode_tokens_per_s']:.0f} tokens/s on {device}"
    )
    return Row(GROUP, name, Status.OK, found, figures=figures)


def measure_file(path: Path, *, gpu_layers: str) -> dict[str, Any]:
    """Load and measure; runs in the child process. Raises ModelError."""
    from orchestra_cli.engines.llama import LlamaEngine
    from orchestra_cli.engines.weights import Weights

    started = time.monotonic()
    layers: int | Literal["auto"] = "auto" if gpu_layers == "auto" else int(gpu_layers)
    weights = Weights(path, gpu_layers=layers, context=_CONTEXT_TOKENS)
    engine = LlamaEngine(weights, name=path.stem)
    load_s = time.monotonic() - started
    try:
        speed = measure(engine)
    finally:
        engine.close()
    return {"device": engine.device, "load_s": load_s, **asdict(speed)}


def measure(
    engine: LlamaEngine,
    *,
    prefill_tokens: int | None = None,
    decode_tokens: int = _MAX_DECODE_TOKENS,
    decode_s: float = _DECODE_S,
) -> Speed:
    """Time one prompt and its reply; without a length, as long a prompt as the time allows."""
    warm_up, _ = _timed(engine, "Say yes.", decode_tokens=1, decode_s=decode_s)
    if prefill_tokens is None:
        prefill_tokens = round(max(8, min(_MAX_PREFILL_TOKENS, warm_up.rate * _PREFILL_S)))
    prompt = f"Tell a long story. {_words(engine, prefill_tokens)}"
    prefill, decode = _timed(engine, prompt, decode_tokens=decode_tokens, decode_s=decode_s)
    return Speed(prefill.rate, decode.rate, prefill.tokens, decode.tokens)


@dataclass(frozen=True, slots=True)
class _Span:
    tokens: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


def _timed(
    engine: LlamaEngine, prompt: str, *, decode_tokens: int, decode_s: float
) -> tuple[_Span, _Span]:
    """(prefill, decode): up to the first text, and from there to the end."""
    from orchestra_cli.engines.base import Request

    request = Request(({"role": "user", "content": prompt},), max_tokens=decode_tokens)
    before, started = engine.evaluated_tokens, time.perf_counter()
    stream = engine.stream(request)
    next(stream, None)
    first, at_first = engine.evaluated_tokens, time.perf_counter()
    for _ in stream:
        if time.perf_counter() - at_first > decode_s:
            stream.close()
            break
    ended = time.perf_counter()
    decoded = engine.evaluated_tokens - first
    return _Span(first - before, at_first - started), _Span(decoded, ended - at_first)


def _words(engine: LlamaEngine, num_tokens: int) -> str:
    per_repeat = max(1, engine.count_tokens(_WORDS))
    return _WORDS * max(1, num_tokens // per_repeat)
