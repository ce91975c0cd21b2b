"""The domain of a question is read once, and counts for the cards that differ by it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from training_episodes import TemplateEngine

from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.domain_reader import DomainReader, domains_of
from orchestra_cli.engines.base import Request, Scores
from orchestra_cli.options import Option
from orchestra_cli.policy import State, Task
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.prompts.domain import DomainStyle
from prefs.profile import Profile
from tools.base import Buffers, Usage
from tools.experts import ExpertCard
from tools.prices import FlatPrice

LAWYER = ExpertCard(
    "lawyer",
    "m",
    price=FlatPrice(1.0, 1.0),
    success_rate=0.5,
    success_by_domain={"law": 0.9, "math": 0.1},
)
COUNTER = replace(LAWYER, name="counter", success_by_domain={"law": 0.1, "math": 0.9})
CARDS = {"answer-1": LAWYER, "answer-2": COUNTER}
ASKING = [Option(alias, "answer", {"model": alias}) for alias in CARDS]


class Reading(TemplateEngine):
    """An engine that scores as the test says."""

    def __init__(self, chances: dict[str, float]) -> None:
        super().__init__()
        self.chances = chances
        self.scored: list[Request] = []

    def score(self, request: Request, continuations: Sequence[str]) -> Scores:
        self.scored.append(request)
        logs = tuple(math.log(self.chances[each]) for each in continuations)
        return Scores(logs, Usage("orchestrator", input_tokens=30))


def state_of(question: str) -> State:
    return State(task=Task(question), turns=(), buffers=Buffers(), functions=())


def test_likelihoods_are_made_one_in_sum_and_paid_for_once() -> None:
    engine = Reading({"law": 0.02, "math": 0.06})
    reader = DomainReader(engine, ["law", "math"])
    shares, used = reader.read(state_of("What is a tort?"))
    assert shares == {"law": pytest.approx(0.25), "math": pytest.approx(0.75)}
    assert [line.input_tokens for line in used] == [30]
    assert reader.read(state_of("What is a tort?")) == (shares, ())
    assert reader.read(state_of("What is a ring?"))[1] and len(engine.scored) == 2


def test_the_prompt_begins_as_that_of_a_choice() -> None:
    engine = Reading({})
    state = state_of("What is a tort?")
    (system, user) = DomainStyle(["law", "math"]).messages(state, engine)
    brief = BriefStyle().messages(state, engine)
    assert system == brief[0]
    assert user["content"] == "What is a tort?\n\nDomain: law, math?"
    assert user["content"].startswith(brief[1]["content"])


def test_the_expert_of_the_domain_is_worth_most() -> None:
    outlooks = Outlooks(CARDS, Profile("plain"))
    plain = state_of("What is a tort?")
    for domain, best in (("law", "answer-1"), ("math", "answer-2")):
        told = replace(plain, domains={"law": 0.0, "math": 0.0} | {domain: 1.0})
        assert outlooks.worth(ASKING, told)[0][0] == best
        (other,) = {*CARDS} - {best}  # to begin there ends here all the same, and costs more
        found = outlooks.of(ASKING, told)
        assert found[best].cost_usd < found[other].cost_usd


def test_a_domain_in_doubt_is_a_mixture_and_an_unknown_one_the_usual_rate() -> None:
    outlooks = Outlooks(CARDS, Profile("plain"))
    plain = state_of("What is a tort?")
    usual = dict(outlooks.worth(ASKING, plain))
    even = replace(plain, domains={"law": 0.5, "math": 0.5})
    assert dict(outlooks.worth(ASKING, even)) == pytest.approx(usual)
    other = replace(plain, domains={"cooking": 1.0})
    assert dict(outlooks.worth(ASKING, other)) == pytest.approx(usual)


def test_domains_are_those_by_which_cards_differ() -> None:
    assert domains_of(CARDS.values()) == ["law", "math"]
    assert domains_of([replace(LAWYER, success_by_domain={"law": 0.9})]) == []
    assert domains_of([ExpertCard("plain", "m")]) == []
