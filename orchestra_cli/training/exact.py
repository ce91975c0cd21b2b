"""Reinforcement over recorded experts without sampling error: every option of a choice is followed.

The policy itself conducts, drawing at temperature 1, so that the choices are those it comes to. In
each the run that every option leads to is known (`environments.hindsight`): the options are the
group, their rewards are `prefs.reward`'s, and the loss is −Σ p(option) · R(option), with the same p
that draws: that of the option's beginning, made 1 in sum over the options.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from orchestra_cli.engines.base import Request, Sampling
from orchestra_cli.options import beginnings, options_of
from orchestra_cli.policy import Decision, ModelPolicy, State
from orchestra_cli.training.advantages import LEAST_ACCURACY
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.environments.hindsight import Hindsight
from orchestra_cli.training.rollout import Rollout
from orchestra_cli.training.rollouts.running import conduct
from orchestra_cli.training.torch_engine import TorchEngine
from prefs.metrics import RunMetrics
from prefs.reward import RewardForm, Term, rewards
from prefs.steering import softmax


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that the policy came to."""

    prompt: str
    options: tuple[str, ...]
    """How the reply begins for each."""
    drawn: int
    """The index of the one that was taken."""
    runs: tuple[RunMetrics, ...]
    """What each leads to."""


class DrawingPolicy:
    """A `Policy` that draws among whole calls by the model's own probabilities."""

    name = "model"
    answers_itself = False

    def __init__(self, model: ModelPolicy, engine: TorchEngine, hindsight: Hindsight) -> None:
        """`model` says how it reads a state, and the seed of its draws."""
        self._model = model
        self._engine = engine
        self._hindsight = hindsight
        self._random = random.Random(model.sampling.seed)
        self.choices: list[Choice] = []

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """One option; what each would have led to is noted."""
        yield from ()
        options = options_of(state.functions, own_answer=False)
        at = 0
        if len(options) > 1:
            request, begun = self._model.request(state), beginnings(options)
            at = self._drawn(request, begun)
            runs = self._hindsight.runs(state, options)
            self.choices.append(Choice(self._engine.render(request), tuple(begun), at, runs))
        return Decision(call=options[at].call, reply=options[at].text)

    def _drawn(self, request: Request, begun: Sequence[str]) -> int:
        shares = softmax(self._engine.score(request, begun).log_likelihoods)
        (at,) = self._random.choices(range(len(begun)), shares)
        return at


def exact_choices(
    episode: Episode, hindsight: Hindsight, engine: TorchEngine, *, seed: int
) -> tuple[Rollout, list[Choice]]:
    """A run of the policy, and the choices in it."""
    model = ModelPolicy(engine, episode.style, sampling=Sampling(temperature=1.0, seed=seed))
    drawing = DrawingPolicy(model, engine, hindsight)
    trajectory = conduct(episode, drawing)
    rollout = Rollout(episode.task.id, trajectory, (), episode.score(trajectory))
    return rollout, drawing.choices


def option_rewards(
    choice: Choice, episode: Episode, *, form: RewardForm, terms: frozenset[Term]
) -> list[float]:
    """R of each option among all."""
    accuracy = max(LEAST_ACCURACY, episode.preference.accuracy)
    preference = replace(episode.preference, accuracy=accuracy)
    found = rewards(choice.runs, preference, episode.worth, form=form, terms=terms)
    return [each for each in found if each is not None]
