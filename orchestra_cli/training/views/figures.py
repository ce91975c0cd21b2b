"""The figures of a training step: in which order they are shown, and how each is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from orchestra_cli.evaluation.report.number_text import money
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.views.training_view import figure_of
from orchestra_cli.views.short_forms import short_seconds


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a step may have."""

    name: str
    """The field of `StepMetrics`, or `tokens_per_s`."""
    heading: str
    form: Callable[[float], str]
    meaning: str
    on_dev: bool = True
    """Whether it says something of an evaluation."""

    def text(self, value: float) -> str:
        """As it is written; a loss that is no number must be seen, not break the view."""
        return self.form(value) if isfinite(value) else f"{value}"

    def of(self, metrics: StepMetrics) -> str | None:
        """Its text in a line of a log."""
        value = figure_of(metrics, self.name)
        return None if value is None else f"{self.heading} {self.text(value)}"


def four_digits(value: float) -> str:
    """`0.1234`, `1.234`, `12.34`, `1.2e-05`."""
    size = abs(value)
    if size >= 9999.5 or 0 < size < 0.001:
        return f"{value:.1e}"
    return f"{value:.{4 if size < 1 else 3 if size < 10 else 2 if size < 100 else 1}f}"


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _thousands(value: float) -> str:
    return f"{value:,.0f}"


# fmt: off
FIGURES: tuple[Figure, ...] = (
    Figure("reward", "reward", four_digits, "mean over all scored rollouts of a step"),
    Figure("accuracy", "accuracy", _percent, "right answers among the scored rollouts"),
    Figure("loss", "loss", four_digits, "what the step descends on"),
    Figure("cost_usd", "cost a run", money, "mean bill of a run, experts and tools"),
    Figure("latency_s", "time a run", short_seconds, "mean time of a run"),
    Figure("kl", "KL", four_digits, "to the frozen base, in nats a reply token"),
    Figure("entropy", "entropy", four_digits, "of the policy over its reply, in nats"),
    Figure("clipped", "clipped", _percent, "share of tokens whose ratio was clipped"),
    Figure("gradient_norm", "gradient", four_digits, "norm of the gradient before it is clipped"),
    Figure("learning_rate", "rate", four_digits, "learning rate", on_dev=False),
    Figure("tokens_per_s", "tokens/s", _thousands, "tokens evaluated a second, rollouts included",
           on_dev=False),
)
# fmt: on


def clock(seconds: float) -> str:
    """`0:07`, `12:30`, `3:02:01`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
