"""Reinforcement over recorded experts without sampling error: every option of a choice is followed.

The policy itself conducts, drawing at temperature 1, so that the choices are those it comes to. In
each the run that every option leads to is known (`environments.hindsight`): the options are the
group, their rewards are `prefs.reward`'s, and the loss is −Σ p(option) · R(option).
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from orchestra_cli.engines.base import Scorer
from orchestra_cli.options import Option, beginnings, options_of
from orchestra_cli.policy import Decision, ModelPolicy, State
from orchestra_cli.training.advantages import LEAST_ACCURACY
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.environments.hindsight import Hindsight
from orchestra_cli.training.recorder import RecordingPolicy, RenderingEngine
from orchestra_cli.training.rollout import Rollout, Sample
from prefs.metrics import RunMetrics
from prefs.reward import RewardForm, Term, rewards
from prefs.steering import softmax


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that the policy came to."""

    sample: Sample
    """Its options as texts; the one that was drawn is the reply."""
    runs: tuple[RunMetrics, ...]
    """What each option leads to."""


class DrawingPolicy:
    """A `Policy` that draws among whole calls by the model's own probabilities."""

    name = "model"
    answers_itself = False

    def __init__(self, model: ModelPolicy, scorer: Scorer, hindsight: Hindsight, seed: str) -> None:
        self._model = model
        self._scorer = scorer
        self._hindsight = hindsight
        self._random = random.Random(seed)
        self.runs: list[tuple[RunMetrics, ...] | None] = []

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """One option, and what each would have led to is noted."""
        yield from ()
        options = options_of(state.functions, own_answer=False)
        self.runs.append(self._hindsight.runs(state, options))
        option = options[0] if len(options) == 1 else self._drawn(state, options)
        return Decision(call=option.call, reply=option.text)

    def _drawn(self, state: State, options: Sequence[Option]) -> Option:
        scores = self._scorer.score(self._model.request(state), beginnings(options))
        (option,) = self._random.choices(options, softmax(scores.log_likelihoods))
        return option


def exact_choices(
    episode: Episode,
    hindsight: Hindsight,
    model: ModelPolicy,
    scorer: Scorer,
    engine: RenderingEngine,
    *,
    seed: str,
) -> tuple[Rollout, list[Choice]]:
    """A run of the policy, and the choices in it."""
    drawing = DrawingPolicy(model, scorer, hindsight, seed)
    recording = RecordingPolicy(drawing, episode.style, engine)
    agent = episode.agent(recording)
    trajectory = agent.run(episode.asked)
    agent.close()
    samples = tuple(recording.samples)
    rollout = Rollout(episode.task.id, trajectory, samples, episode.score(trajectory))
    pairs = zip(samples, drawing.runs, strict=True)
    choices = [Choice(sample, runs) for sample, runs in pairs if runs and len(runs) > 1]
    return rollout, choices


def option_rewards(
    choice: Choice, episode: Episode, *, form: RewardForm, terms: frozenset[Term]
) -> tuple[float, ...]:
    """R of each option among all."""
    accuracy = max(LEAST_ACCURACY, episode.preference.accuracy)
    preference = replace(episode.preference, accuracy=accuracy)
    found = rewards(choice.runs, preference, episode.worth, form=form, terms=terms)
    return tuple(0.0 if each is None else each for each in found)
