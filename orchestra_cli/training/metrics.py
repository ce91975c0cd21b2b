"""What a training step did, as one JSON line of `metrics.jsonl`, which the live view and the report
read. A figure that a stage does not have is absent, never 0."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

METRICS_FILE = "metrics.jsonl"


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One optimizer step, or one evaluation on dev tasks (`stage` "dev")."""

    step: int
    stage: str
    """sft, grpo or dev."""
    loss: float | None = None
    reward: float | None = None
    """Mean over all scored rollouts of the step."""
    accuracy: float | None = None
    cost_usd: float | None = None
    """Mean of a run."""
    latency_s: float | None = None
    """Mean of a run."""
    kl: float | None = None
    """To the frozen base, in nats a reply token."""
    entropy: float | None = None
    """Of the policy over the reply's tokens or options, in nats."""
    clipped: float | None = None
    """The share of tokens whose ratio was clipped."""
    gradient_norm: float | None = None
    learning_rate: float | None = None
    tokens: int = 0
    """Evaluated in this step."""
    seconds: float = 0.0
    calls: Mapping[str, int] = field(default_factory=dict)
    """By expert or tool, over the rollouts of the step."""
    filters: Mapping[str, int] = field(default_factory=dict)
    """How many were kept, and how many each filter dropped."""
    by_environment: Mapping[str, float] = field(default_factory=dict)
    """Mean reward (grpo, dev) or loss (sft) of each environment."""

    def to_json(self) -> dict[str, Any]:
        """Without what is absent."""
        return {k: v for k, v in asdict(self).items() if v is not None and v != {}}


def append_metrics(folder: Path, metrics: StepMetrics) -> None:
    """One line more."""
    with (folder / METRICS_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(metrics.to_json()) + "\n")


def read_metrics(folder: Path) -> Iterator[StepMetrics]:
    """In order; a last line that a crash has cut is left out."""
    path = folder / METRICS_FILE
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    for line in lines:
        yield StepMetrics(**json.loads(line))


def keep_metrics_until(folder: Path, step: int) -> None:
    """Drop what a run wrote after the checkpoint from which it now goes on."""
    kept = [each.to_json() for each in read_metrics(folder) if each.step <= step]
    text = "".join(json.dumps(each) + "\n" for each in kept)
    half_written = folder / f"{METRICS_FILE}.part"
    half_written.write_text(text, encoding="utf-8")
    half_written.replace(folder / METRICS_FILE)
