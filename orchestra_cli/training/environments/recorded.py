"""Recorded experts as an environment: ask one, read its answer, then accept, check or escalate.

Drawn from the seed alone, so that episodes of one seed share a menu and are evaluated together: how
many experts and which, their order, names, prices, seconds and card texts, and the preference. The
index chooses the question. Answers and whether they are right are the recorded ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from random import Random
from typing import Any

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.cascade.asking_order import asking_order, prospect
from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.cascade.plan import Plan, Prospect
from orchestra_cli.evaluation.judges.judging import Judging
from orchestra_cli.evaluation.recorded_experts import RecordedExpert, Replay, attempt_text
from orchestra_cli.evaluation.records import Record
from orchestra_cli.evaluation.roster import Roster
from orchestra_cli.policy import Policy
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.environments.card_texts import draw_card_text
from orchestra_cli.training.environments.drawn_preferences import draw_preference, preference_words
from orchestra_cli.training.environments.expert_names import draw_names
from orchestra_cli.training.environments.hindsight import Hindsight
from orchestra_cli.training.environments.recorded_pool import RecordedModel, RecordedPool
from orchestra_cli.training.environments.teacher import Teacher
from orchestra_cli.trajectory import Orchestrator, Trajectory
from prefs.metrics import RunMetrics
from prefs.profile import Profile
from prefs.steering import Worth
from prefs.vector import PreferenceVector
from tools.accept import AcceptTool
from tools.base import Tool
from tools.experts import ExpertCard
from tools.prices import FlatPrice
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

_LIMITS = Limits(max_turns=8)
_USUAL_ROSTER = 0.4
"""How often the experts are those that an evaluation reports on, or some of them."""
_FEWEST, _MOST = 2, 8
_NO_ORDER = 0.15
"""How often the experts stand in any order, so that cards are read and not only counted."""
_ALL_DOMAINS = 0.6
"""How often a question's domain is told apart from all others."""
_WORTHS = (0.02, 0.05, *(0.10,) * 8, 0.30)
"""Dollars for a right answer; the default most often."""


@dataclass(frozen=True, slots=True)
class _Seat:
    """A recorded model under the name and the card of this episode."""

    model: RecordedModel
    card: ExpertCard


@dataclass(frozen=True, slots=True)
class _Table:
    """All that a seed draws."""

    seats: tuple[_Seat, ...]
    preference: PreferenceVector
    worth: Worth
    style: BriefStyle


class RecordedEnvironment:
    """An `Environment` over one pool."""

    def __init__(
        self,
        pool: RecordedPool,
        *,
        usual: Mapping[str, FlatPrice] | None = None,
    ) -> None:
        """`usual`: the models that are offered most often, with their listed prices."""
        self.name = pool.name
        self._pool = pool
        self._usual = {k: v for k, v in (usual or {}).items() if k in pool.models}
        self._domains = sorted({record.task.domain for record in pool.records})
        self._judging = Judging()
        self._table = lru_cache(maxsize=64)(self._draw_table)
        self._plan = lru_cache(maxsize=256)(self._make_plan)

    def __reduce__(self) -> tuple[Any, ...]:
        """For workers elsewhere: what is kept from episode to episode does not travel."""
        return partial(type(self), usual=self._usual), (self._pool,)

    def __len__(self) -> int:
        return len(self._pool.records)

    def num_chars(self, index: int) -> int:
        """How long the question at `index` is."""
        return len(self._pool.records[index].task.problem)

    def episode(self, index: int, *, seed: int) -> Episode:
        """The question at `index` before the experts of `seed`."""
        record, table = self._pool.records[index], self._table(seed)
        played = _played(record, table)
        words = preference_words(table.preference, table.worth)
        return Episode(
            environment=self.name,
            task=record.task,
            asked=record.task.as_task(preference=words),
            preference=table.preference,
            worth=table.worth,
            style=table.style,
            agent=partial(self._agent, table, played),
            score=partial(_score, played),
            experts={f"answer-{n}": seat.model.name for n, seat in enumerate(table.seats, start=1)},
        )

    def teacher(self, index: int, *, seed: int) -> Teacher:
        """Who shows how to conduct this episode; it draws its way from its own soft plan."""
        task, table = self._pool.records[index].task, self._table(seed)
        rng = Random(f"teacher/{self.name}/{index}/{seed}")
        return Teacher(
            self._plan(seed, task.domain),
            experts={f"answer-{n}": n - 1 for n in range(1, len(table.seats) + 1)},
            same=partial(self._judging.same, task),
            draw=lambda weights: rng.choices(range(len(weights)), [w + 0.015 for w in weights])[0],
        )

    def some_domains(self, index: int, *, seed: int) -> list[str]:
        """That of the question at `index` and others: mostly all there are, in order."""
        rng = Random(f"domains/{self.name}/{index}/{seed}")
        if rng.random() < _ALL_DOMAINS:
            return list(self._domains)
        own = self._pool.records[index].task.domain
        others = [domain for domain in self._domains if domain != own]
        drawn = [own, *rng.sample(others, k=rng.randint(min(1, len(others)), len(others)))]
        rng.shuffle(drawn)
        return drawn

    def hindsight(self, index: int, *, seed: int) -> Hindsight:
        """What each option of this episode's choices would have come to."""
        record, table = self._pool.records[index], self._table(seed)
        played, roster = _played(record, table), _roster(table)
        return Hindsight(
            self._plan(seed, record.task.domain),
            played.outcomes,
            cost_usd={
                name: roster.cost_usd(record.task, name, outcome)
                for name, outcome in played.outcomes.items()
            },
            same=partial(self._judging.same, record.task),
        )

    def _agent(self, table: _Table, played: Record, policy: Policy) -> Agent:
        roster, replay = _roster(table), Replay(played)
        experts = [RecordedExpert(card, roster, replay) for card in roster.cards.values()]
        tools: list[Tool] = [AnswerSlot(experts, most=_MOST), AcceptTool()]
        return Agent(
            policy,
            Toolbox(tools, at_once=True),
            orchestrator=Orchestrator(policy.name, policy.name, table.style.name),
            limits=_LIMITS,
            ends_at_answer=False,
        )

    def _draw_table(self, seed: int) -> _Table:
        rng = Random(f"{self.name}/{seed}")
        models = self._draw_models(rng)
        names = draw_names([model.name for model in models], rng)
        has_seconds = rng.random() < 0.5
        spread = rng.choice((0.0, 0.0, 0.3, 0.8))
        seats = tuple(
            _Seat(model, self._card(model, name, rng, has_seconds=has_seconds, spread=spread))
            for model, name in zip(models, names, strict=True)
        )
        preference = draw_preference(rng)
        tools: dict[str, float] = {}
        if rng.random() < 0.2:
            tools[rng.choice(seats).card.name] = rng.choice((0.0, 0.1, 0.9, 1.0))
        table = _Table(
            seats,
            replace(preference, tools=tools),
            Worth(right_answer_usd=rng.choice(_WORTHS)),
            BriefStyle(),
        )
        if rng.random() >= _NO_ORDER:
            table = _ordered(table, self._pool.num_answers)
        cards = {f"answer-{n}": seat.card for n, seat in enumerate(table.seats, start=1)}
        profile = Profile("drawn", preference=table.preference, worth=table.worth)
        return replace(table, style=BriefStyle(Outlooks(cards, profile)))

    def _draw_models(self, rng: Random) -> list[RecordedModel]:
        usual = self._usual if rng.random() < _USUAL_ROSTER else {}
        among = list(usual or self._pool.models)
        most = min(_MOST, len(among))
        number = most if usual and rng.random() < 0.6 else rng.randint(min(_FEWEST, most), most)
        return [self._pool.models[name] for name in rng.sample(among, k=number)]

    def _card(
        self, model: RecordedModel, name: str, rng: Random, *, has_seconds: bool, spread: float
    ) -> ExpertCard:
        listed = self._usual.get(model.name)
        if listed is None or rng.random() < 0.2:
            listed = _draw_price(model.overall, rng)
        factor = math.exp(rng.gauss(0.0, spread)) if spread else 1.0
        price = FlatPrice(
            float(f"{listed.input_usd_per_mtok * factor:.3g}"),
            float(f"{listed.output_usd_per_mtok * factor:.3g}"),
        )
        seconds = math.exp(rng.gauss(1.5, 0.9)) if has_seconds else None
        return ExpertCard(
            name=name,
            model=name,
            roles=frozenset({"answer"}),
            skills=draw_card_text(model.overall, model.by_domain, rng),
            price=price,
            latency_s=None if seconds is None else float(f"{seconds:.2g}"),
            success_rate=model.overall,
            reply_tokens=model.reply_tokens,
        )

    def _make_plan(self, seed: int, domain: str) -> Plan:
        table = self._table(seed)
        prospects = [
            _prospect(seat, table, seat.model.by_domain.get(domain, seat.model.overall))
            for seat in table.seats
        ]
        return Plan(prospects, num_answers=self._pool.num_answers)


def _ordered(table: _Table, num_answers: int) -> _Table:
    """As an agent has them: in the order in which it pays to ask them."""
    prospects = [_prospect(seat, table, seat.model.overall) for seat in table.seats]
    order = asking_order(prospects, num_answers=num_answers)
    return replace(table, seats=tuple(table.seats[at] for at in order))


def _played(record: Record, table: _Table) -> Record:
    """The record under the names of the table, with its seconds; every call is priced anew."""
    outcomes = {
        seat.card.name: replace(
            record.outcomes[seat.model.name], latency_s=seat.card.latency_s, cost_usd=None
        )
        for seat in table.seats
    }
    return Record(record.task, outcomes)


def _roster(table: _Table) -> Roster:
    cards = {seat.card.name: seat.card for seat in table.seats}
    return Roster(cards, {}, prices_are_recorded=False)


def _draw_price(overall: float, rng: Random) -> FlatPrice:
    """Better models are dearer on the whole, and there are bargains."""
    output = math.exp(rng.gauss(4.0 * (overall - 0.5), 1.1))
    return FlatPrice(output / rng.uniform(1.0, 5.0), output)


def _prospect(seat: _Seat, table: _Table, success: float) -> Prospect:
    assert seat.card.price is not None
    read, written = seat.model.mean_tokens
    cost_usd = seat.card.price.cost_usd(input_tokens=round(read), output_tokens=round(written))
    preference, worth = table.preference, table.worth
    return prospect(seat.card, preference, worth, success=success, cost_usd=cost_usd)


def _score(played: Record, trajectory: Trajectory) -> RunMetrics:
    """A run without an answer is wrong: the experts' replies cannot fail here."""
    asked = [turn for turn in trajectory.turns if turn.expert]
    right = 0.0
    for turn in reversed(asked):
        outcome = played.outcomes[turn.expert or ""]
        if attempt_text(turn.expert or "", outcome.answer) == trajectory.answer:
            right = outcome.right
            break
    bill = trajectory.usage
    return RunMetrics(
        is_right=right >= 0.5,
        cost_usd=sum(line.cost_usd or 0.0 for line in bill),
        latency_s=sum(played.outcomes[turn.expert or ""].latency_s or 0.0 for turn in asked),
        calls=dict(Counter(turn.expert or "" for turn in asked)),
    )
