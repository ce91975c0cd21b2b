"""A training run as plain lines, one for each record: for logs and pipes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import IO, Self

from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.views.figures import FIGURES, clock
from orchestra_cli.training.views.training_view import DEV, TrainingView
from orchestra_cli.views.clean_text import one_line

_LEFT_OUT = ("clipped", "gradient_norm", "learning_rate")
"""A log line has room for what one looks for first; metrics.jsonl has all."""


class TrainingLines:
    """Writes a line for each record."""

    def __init__(
        self, stream: IO[str], *, of: Mapping[str, int] | None = None, encoding: str = "utf-8"
    ) -> None:
        self._stream = stream
        self._encoding = encoding
        self._view = TrainingView(of=of or {})

    def __call__(self, metrics: StepMetrics) -> None:
        """Write one record."""
        self._view = self._view.apply(metrics, time.monotonic())
        line = record_line(metrics, self._view).encode(self._encoding, errors="replace")
        self._stream.write(f"{line.decode(self._encoding)}\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


def record_line(metrics: StepMetrics, view: TrainingView) -> str:
    """`grpo 12/400 · reward 0.61 · accuracy 71.2% · … · kept 30, flat 2 · 14:05 left`."""
    of = "" if view.end is None else f"/{view.end:,}"
    texts = [each.of(metrics) for each in FIGURES if each.name not in _LEFT_OUT]
    words = [f"{one_line(metrics.stage)} {metrics.step:,}{of}", *filter(None, texts)]
    if metrics.filters:
        words.append(filter_words(metrics.filters))
    if metrics.stage != DEV and view.left_s:
        words.append(f"{clock(view.left_s)} left")
    return " · ".join(words)


def filter_words(filters: Mapping[str, int]) -> str:
    """`kept 30, flat 2`: what was dropped by none is left out."""
    shown = {name: count for name, count in filters.items() if count or name == "kept"}
    return ", ".join(f"{one_line(name)} {count:,}" for name, count in shown.items())
