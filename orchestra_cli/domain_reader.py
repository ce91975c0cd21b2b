"""Of which domain a question is: what a model makes of it, for cards that differ by domain.

A card says how often an expert is right in each domain. What the question is about is the model's
to say; with that the plan over the cards (`orchestra_cli.cascade`) is one for this question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Protocol

from orchestra_cli.engines.base import Engine, Request, Scorer
from orchestra_cli.policy import State
from orchestra_cli.prompts.domain import DomainStyle
from tools.base import Usage
from tools.experts import ExpertCard


class ScoringEngine(Engine, Scorer, Protocol):
    """Both."""


class DomainReader:
    """Reads each question once."""

    def __init__(self, engine: ScoringEngine, domains: Iterable[str]) -> None:
        self._engine = engine
        self._style = DomainStyle(tuple(domains))
        self._read: tuple[str, Mapping[str, float]] | None = None
        """The last question and what it was found to be."""

    def read(self, state: State) -> tuple[Mapping[str, float], tuple[Usage, ...]]:
        """(the likelihood of each domain, what reading took). Raises `EngineError`."""
        problem = state.task.problem
        if self._read is not None and self._read[0] == problem:
            return self._read[1], ()
        request = Request(
            messages=self._style.messages(state, self._engine),
            functions=state.functions,
            functions_listed=True,
            deadline=state.deadline,
            cancelled=state.cancelled,
            budget=state.budget,
        )
        scores = self._engine.score(request, self._style.domains)
        top = max(scores.log_likelihoods)
        weights = [math.exp(each - top) for each in scores.log_likelihoods]
        shares = [weight / sum(weights) for weight in weights]
        found = dict(zip(self._style.domains, shares, strict=True))
        self._read = (problem, found)
        return found, (scores.usage,)


def domains_of(cards: Iterable[ExpertCard]) -> list[str]:
    """Those by which the cards differ, in order; none where there is nothing to tell apart."""
    names = {name for card in cards for name in card.success_by_domain}
    return sorted(names) if len(names) > 1 else []
