"""Simulated experts: they cost, take and know what their cards say, and call nobody.

Of the tasks of a domain an expert answers its share rightly; which ones, a draw decides that is
fixed for (task, expert), so that every preset meets the same world. Where `orchestra experts cards`
has measured the expert on a task, what it recorded counts instead.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import groupby

from orchestra_cli.config import Config, ExpertTable
from orchestra_cli.expectations import own_success
from orchestra_cli.experts.card_tasks import CardTask, load_task_set
from orchestra_cli.experts.cards import Outcome, ResultStore, TaskResult
from orchestra_cli.experts.configured import expert_card, expert_endpoint
from orchestra_cli.experts.experience import load_experience
from tools.base import CallContext, JsonObject, Usage
from tools.budget import BudgetError, max_input_tokens
from tools.experts import Expert, ExpertCard, ExpertFailedError, ExpertReply

_CHARS_PER_TOKEN = 4
_REPLY_TOKENS = 400
_LATENCY_S = 5.0
WRONG = "Answer: unknown"
"""What no task's rule takes."""


def task_question(task: CardTask) -> str:
    """The task as the run is asked it."""
    return str(task.messages[0]["content"])


def right_answer(task: CardTask) -> str | None:
    """One that the task's rule takes; None where the rule holds none (code, writing)."""
    check = task.check
    match check.kind:
        case "number":
            return f"Answer: {check.value}"
        case "text":
            return f"Answer: {check.accepts[0]}"
        case "list":
            return f"Answer: {', '.join(check.items)}"
        case "choice":
            return f"Answer: {check.letter}"
        case _:
            return None


@cache
def load_tasks(per_domain: int | None = None) -> tuple[CardTask, ...]:
    """The tasks of the cards whose right answer is known, at most so many of each domain."""
    return tuple(task for task in load_task_set().first(per_domain) if right_answer(task))


@dataclass(frozen=True, slots=True)
class World:
    """Who can be asked, and what each knows."""

    tables: Mapping[str, ExpertTable]
    """As [experts.NAME] of config.toml."""
    right: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By expert and domain; what is not here has its card's success in every domain."""
    recorded: Mapping[tuple[str, str], TaskResult] = field(default_factory=dict)
    """By expert and task."""
    left_out: tuple[str, ...] = ()
    """Experts of config.toml of which too little is known."""
    is_built_in: bool = False

    def simulate(self, card: ExpertCard) -> SimulatedExpert:
        """The expert of this card."""
        tasks = load_tasks()
        known = self._known(card, tasks)
        recorded = {task: self.recorded.get((card.name, task.name)) for task in tasks}
        answers = {
            task_question(task): _Answer(
                text=(right_answer(task) or "") if _is_right(task, known, result) else WRONG,
                recorded=result.usage if result else None,
            )
            for task, result in recorded.items()
        }
        return SimulatedExpert(card, answers)

    def _known(self, card: ExpertCard, tasks: Sequence[CardTask]) -> frozenset[str]:
        """The names of the tasks that it answers rightly."""
        shares = self.right.get(card.name, {})
        known: list[str] = []
        for domain, group in groupby(tasks, key=lambda task: task.domain):
            names = sorted((task.name for task in group), key=lambda name: _draw(name, card.name))
            share = shares.get(domain, own_success(card))
            known += names[: round(share * len(names))]
        return frozenset(known)


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    recorded: Usage | None


@dataclass
class SimulatedExpert:
    """An `Expert` that looks its answer up."""

    card: ExpertCard
    answers: Mapping[str, _Answer]
    """By the question."""

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        """At once; the seconds on the bill are the card's."""
        card, answer = self.card, self.answers[context.question]
        used = self._usage(messages)
        if answer.recorded is not None:
            cost_usd = answer.recorded.cost_usd
            used = replace(
                answer.recorded, cost_usd=used.cost_usd if cost_usd is None else cost_usd
            )
        worst = max_input_tokens(messages)
        try:
            held = context.budget.reserve(card.price, input_tokens=worst, max_tokens=max_tokens)
        except BudgetError as error:
            raise ExpertFailedError(f"{card.name}: {error}") from None
        held.settle(used.cost_usd or 0.0)
        context.emit(answer.text)
        return ExpertReply(answer.text, used)

    def _usage(self, messages: list[JsonObject]) -> Usage:
        card, price = self.card, self.card.price
        read = sum(len(str(each["content"])) for each in messages) // _CHARS_PER_TOKEN
        written = round(card.reply_tokens or _REPLY_TOKENS)
        return Usage(
            card.name,
            input_tokens=read,
            output_tokens=written,
            cost_usd=price.cost_usd(input_tokens=read, output_tokens=written) if price else None,
            latency_s=_LATENCY_S if card.latency_s is None else card.latency_s,
        )


def load_world(config: Config) -> World:
    """The user's own experts where price, seconds and success of two are known, else the built-in.

    Their keys are not needed: nobody is called.
    """
    experience = load_experience()
    cards = {
        name: experience.described(
            expert_card(name, table, leaves_machine=not expert_endpoint(name, table).is_loopback)
        )
        for name, table in config.experts.items()
    }
    able = [name for name, card in cards.items() if _is_known(card)]
    left_out = tuple(name for name in cards if name not in able)
    if len(able) < 2:
        return replace(built_in_world(), left_out=tuple(cards))
    return World(
        {name: _without_key(config.experts[name]) for name in able},
        recorded=_recorded(cards[name] for name in able),
        left_out=left_out,
    )


def built_in_world() -> World:
    """Four made-up experts: strong, fast, cheap, local."""
    text = resources.files(__package__).joinpath("built_in.toml").read_text(encoding="utf-8")
    tables: dict[str, ExpertTable] = {}
    right: dict[str, Mapping[str, float]] = {}
    for name, table in tomllib.loads(text).items():
        shares: dict[str, float] = table.pop("right")
        right[name] = shares
        rate = round(sum(shares.values()) / len(shares), 4)
        tables[name] = ExpertTable.model_validate(table | {"success_rate": rate})
    return World(tables, right, is_built_in=True)


def simulate_slots(experts: Mapping[str, Expert], world: World) -> dict[str, Expert]:
    """The experts of a slot by alias, each with its simulation in its place."""
    return {alias: world.simulate(expert.card) for alias, expert in experts.items()}


def _is_known(card: ExpertCard) -> bool:
    figures = (card.price, card.latency_s, card.success_rate)
    return "answer" in card.roles and all(figure is not None for figure in figures)


def _without_key(table: ExpertTable) -> ExpertTable:
    return table.model_copy(update={"api_key_env": None})


def _recorded(cards: Iterable[ExpertCard]) -> dict[tuple[str, str], TaskResult]:
    digest = load_task_set().digest
    return {
        (card.name, result.task): result
        for card in cards
        for result in ResultStore(card.name, card.model, digest).load()
        if result.outcome is not Outcome.UNREACHED
    }


def _is_right(task: CardTask, known: frozenset[str], recorded: TaskResult | None) -> bool:
    return task.name in known if recorded is None else recorded.outcome is Outcome.RIGHT


def _draw(task: str, expert: str) -> float:
    return random.Random(f"{task}:{expert}").random()
