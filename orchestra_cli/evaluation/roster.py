"""The recorded experts of a suite as the policies meet them: cards, prices, and what a call costs.

A card is written from `train` rows alone, as `orchestra experts cards` writes one from its tasks:
the share that was right, by domain too, the mean length of a reply and the mean seconds. What a
call costs is what was recorded; where that is not, tokens at the listed price, the tokens taken
from the length of the text where they were not recorded either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from orchestra_cli.errors import RefusedError
from orchestra_cli.evaluation.records import Outcome, Record
from orchestra_cli.evaluation.suite import PriceTable, SuiteFile
from orchestra_cli.evaluation.tasks import EvalTask
from prefs.profile import Profile
from tools.experts import ExpertCard
from tools.prices import FlatPrice

CHARS_PER_TOKEN = 4
_MAX_REPLY_TOKENS = 4_096
_NAMED_DOMAINS = 3
"""As many best and worst domains as a card names."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The experts of one variant."""

    cards: Mapping[str, ExpertCard]
    domain_success: Mapping[str, Mapping[str, float]]
    """By expert and domain, on train rows."""
    prices_are_recorded: bool
    """Whether recorded dollars count; else every call is priced anew."""
    unseen: frozenset[str] = frozenset()

    def cost_usd(self, task: EvalTask, expert: str, outcome: Outcome) -> float:
        """What this call cost."""
        if self.prices_are_recorded and outcome.cost_usd is not None:
            return outcome.cost_usd
        price = self.cards[expert].price
        assert price is not None  # a suite has a price for each of its experts
        used = tokens_used(task, outcome)
        return price.cost_usd(input_tokens=used[0], output_tokens=used[1])


def tokens_used(task: EvalTask, outcome: Outcome) -> tuple[int, int]:
    """(input, output), from the text's length where they were not recorded."""
    read, written = outcome.input_tokens, outcome.output_tokens
    if read is None:
        read = len(task.problem) // CHARS_PER_TOKEN
    if written is None:
        written = (outcome.output_chars or 0) // CHARS_PER_TOKEN
    return read, written


def allowed_experts(roster: Roster, profile: Profile) -> list[str]:
    """Those that the profile's hard rules leave, in the suite's order. Raises RefusedError."""
    names = [
        name
        for name, card in roster.cards.items()
        if not profile.rules.forbid(name, leaves_machine=card.leaves_machine)
    ]
    if not names:
        raise RefusedError(f"the profile {profile.name!r} rules out every expert of the suite")
    return names


def rosters(file: SuiteFile, train: Sequence[Record]) -> dict[str, Roster]:
    """By variant: what was seen, and where the suite has them unseen experts or prices."""
    found = {"seen": _roster(file.experts, file.experts, train)}
    if file.unseen_experts:
        names = frozenset(file.unseen_experts)
        found["unseen-experts"] = _roster(
            file.unseen_experts, file.unseen_experts, train, unseen=names
        )
    if file.unseen_prices:
        prices = {**file.experts, **file.unseen_prices}
        found["unseen-prices"] = _roster(file.experts, prices, train, prices_are_recorded=False)
    return found


def _roster(
    names: Iterable[str],
    prices: Mapping[str, PriceTable],
    train: Sequence[Record],
    *,
    unseen: frozenset[str] = frozenset(),
    prices_are_recorded: bool = True,
) -> Roster:
    success = {name: _success_by_domain(name, train) for name in names}
    cards = {name: _card(name, prices[name], success[name], train) for name in names}
    return Roster(cards, success, prices_are_recorded, unseen)


def _card(
    name: str, price: PriceTable, success: Mapping[str, float], train: Sequence[Record]
) -> ExpertCard:
    pairs = [(record.task, record.outcomes[name]) for record in train]
    seconds = [outcome.latency_s for _, outcome in pairs if outcome.latency_s is not None]
    rate = fmean(outcome.right for _, outcome in pairs) if pairs else None
    return ExpertCard(
        name=name,
        model=name,
        roles=frozenset({"answer"}),
        skills=_skills(success, rate),
        price=FlatPrice(
            price.input_usd_per_mtok,
            price.output_usd_per_mtok,
            source=f"{price.price_list}: {price.listed_as or name}",
        ),
        latency_s=round(fmean(seconds), 2) if seconds else None,
        success_rate=rate,
        success_by_domain=success,
        reply_tokens=fmean(tokens_used(*pair)[1] for pair in pairs) if pairs else None,
        max_tokens=_MAX_REPLY_TOKENS,
    )


def _skills(success: Mapping[str, float], rate: float | None) -> str:
    """As the policy reads it."""
    if rate is None:
        return ""
    text = f"{rate:.0%} right"
    if len(success) < 2:
        return text
    ordered = sorted(success, key=lambda domain: -success[domain])
    shown = min(_NAMED_DOMAINS, len(ordered) // 2)
    best = ", ".join(f"{domain} {success[domain]:.0%}" for domain in ordered[:shown])
    worst = ", ".join(f"{domain} {success[domain]:.0%}" for domain in ordered[-shown:])
    return f"{text}; best: {best}; worst: {worst}"


def _success_by_domain(name: str, train: Sequence[Record]) -> dict[str, float]:
    by_domain: dict[str, list[float]] = {}
    for record in train:
        by_domain.setdefault(record.task.domain, []).append(record.outcomes[name].right)
    return {domain: fmean(rights) for domain, rights in sorted(by_domain.items())}
