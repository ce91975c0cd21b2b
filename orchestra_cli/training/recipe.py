"""What a training run is: model, data and stages, as one TOML file. Unknown keys are errors.

The same recipe, seed and data give the same adapter on the same machine. Another seed draws other
tasks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestra_cli.errors import ConfigError
from orchestra_cli.evaluation.tasks import JudgeName
from prefs.reward import RewardForm, Term
from prefs.strict_toml import TomlError, load_toml


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Lora(_Table):
    """The adapter, on all linear layers."""

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    first_layer: int = Field(default=0, ge=0)
    """Layers below stay as they are: their gradients need not be computed."""
    start: str | None = None
    """A run's folder, or an adapter in peft's form, to go on from: its settings hold then."""


class Recorded(_Table):
    """A file of recorded outcomes, of which train rows are used."""

    records: str
    """Inside the data folder."""
    judge: JudgeName
    answers: int = Field(ge=2)
    """Among how many answers a guess would choose."""
    share: float = Field(gt=0)
    """How often, against the other files."""
    suite: str | None = None
    """A built-in suite over the same file: its experts are drawn most often, its unseen never."""
    leave_out: list[str] = []
    """Models never offered."""
    max_question_chars: int = 1_600


class Schedule(_Table):
    """Warm-up, then a cosine down to a tenth."""

    steps: int = Field(ge=0)
    learning_rate: float = Field(gt=0)
    warmup_steps: int = Field(10, ge=0)
    max_gradient_norm: float = Field(1.0, gt=0)


class Sft(Schedule):
    """The warm start."""

    recorded_questions: int = Field(6, ge=0)
    """Of one menu, in a step."""
    domain_readings: int = Field(0, ge=0)
    """Recorded questions of which the domain is to be named."""
    tool_tasks: int = Field(5, ge=0)
    domain_tasks: int = Field(0, ge=0)


class Grpo(Schedule):
    """Reinforcement."""

    recorded_questions: int = Field(6, ge=0)
    tool_tasks: int = Field(2, ge=0)
    domain_tasks: int = Field(0, ge=0)
    group_size: int = Field(8, ge=2)
    form: RewardForm = Field(RewardForm.DOLLARS, strict=False)
    without_terms: list[Term] = Field([], strict=False)
    filters: bool = True
    exact: bool = True
    """Recorded experts: the expectation over all choices in place of samples."""
    kl_weight: float = Field(1e-4, ge=0)
    updates: int = Field(1, ge=1)
    """Of the optimizer, on the rollouts of a step; the ratio is clipped from the second on."""
    rollouts: Literal["torch", "llama", "endpoint", "ray"] = "torch"
    """Who draws them (`rollouts.choosing`)."""
    endpoint: str | None = None
    """http://host:8000/v1#model, for rollouts = "endpoint"."""
    workers: int = Field(4, ge=1)
    """Runs at once, for "endpoint"; actors, for "ray"."""
    ray: str = "local"
    """The cluster's address, host:port, or one that is started here."""

    @model_validator(mode="after")
    def _endpoint_is_there(self) -> Self:
        if (self.rollouts == "endpoint") != (self.endpoint is not None):
            raise ValueError(
                'rollouts = "endpoint" and endpoint = "http://host:8000/v1#model" need each other'
            )
        return self


class Recipe(_Table):
    """All of it."""

    base: str = "embedded"
    """embedded, a .gguf, or a Hugging Face folder or name."""
    seed: int = 0
    threads: int | None = None
    lora: Lora = Lora()
    recorded: list[Recorded] = []
    tool_tasks: int = Field(0, ge=0)
    """How many tasks with real tools there are."""
    tool_kinds: dict[str, float] = {}
    """Shares of their kinds; where there are none, those of `tool_tasks.KINDS`."""
    domains: str | None = None
    """A folder that `orchestra synth` wrote."""
    sft: Sft | None = None
    grpo: Grpo | None = None
    checkpoint_every: int = Field(25, ge=1)


def load_recipe(path: Path) -> Recipe:
    """Raises ConfigError, which names the file, the key and the fix."""
    try:
        return load_toml(path, Recipe)
    except TomlError as error:
        raise ConfigError(str(error)) from None
