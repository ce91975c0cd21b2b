"""The experts among which a slot lets the policy choose, by alias, and how one of them is asked.

An alias such as `answer-2` means the same expert for the whole run, whatever the budget leaves out
in a turn. Where a provider fails, the next expert of the slot stands in, and the user is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.base import CallContext, JsonObject, Offer, ToolError, Usage
from tools.budget import max_input_tokens
from tools.experts import Expert, ExpertFailedError

_TABLE_HEAD = (
    "Model | price per million input tokens | price per million output tokens | average latency"
)


@dataclass(frozen=True, slots=True)
class Consultation:
    """An expert's reply, with what all that were asked have cost."""

    text: str
    usage: tuple[Usage, ...]
    notes: tuple[str, ...]
    who: str
    """The expert that replied: the chosen one, or one that stood in."""


class Choices:
    """A slot's experts."""

    def __init__(self, what: str, experts: Mapping[str, Expert]) -> None:
        """`what` says to the policy what the chosen model does."""
        self.experts = dict(experts)
        self.parameters = self._parameters(what, list(self.experts))
        self._what = what

    def offer(self, messages: Callable[[], Sequence[JsonObject]], context: CallContext) -> Offer:
        """The experts that have not answered yet and that the budget can pay to answer this."""
        new = [alias for alias in self.experts if alias not in context.attempted]
        withheld: tuple[str, ...] = ()
        if context.budget.max_cost_usd is not None:  # else everything can be afforded, unpriced
            input_tokens = max_input_tokens(messages())
            withheld = tuple(
                alias
                for alias in new
                if not context.budget.affords(
                    self.experts[alias].card.price, input_tokens=input_tokens
                )
            )
        aliases = [alias for alias in new if alias not in withheld]
        if len(aliases) == len(self.experts):
            return Offer(self.parameters)
        return Offer(self._parameters(self._what, aliases) if aliases else None, withheld)

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether the chosen expert does; an alias that nobody has counts as the worst case."""
        expert = self.experts.get(str(arguments.get("model")))
        return expert is None or expert.card.leaves_machine

    def ask(self, alias: str, messages: list[JsonObject], context: CallContext) -> Consultation:
        """The chosen expert, or the next one that can. Raises ToolError with what it all cost."""
        usage: tuple[Usage, ...] = ()
        notes: tuple[str, ...] = ()
        chosen, *others = self._in_turn(alias)
        for expert, next_one in zip([chosen, *others], [*others, None], strict=True):
            began = time.monotonic()
            try:
                reply = expert.complete(
                    messages, max_tokens=expert.card.max_tokens, context=context
                )
            except ToolError as error:
                usage += error.usage or (_seconds(expert, began),)
                over = context.cancelled.is_set() or not context.remaining_s
                if next_one is None or over or not isinstance(error, ExpertFailedError):
                    raise ToolError("; ".join([*notes, str(error)]), usage=usage) from None
                notes += (f"{error}: {next_one.card.name} stands in",)
                context.emit(f"\n[{notes[-1]}]\n")
            else:
                return Consultation(
                    reply.text, (*usage, reply.usage), notes + reply.notes, expert.card.name
                )
        raise AssertionError("the last expert either replies or raises")

    def _in_turn(self, alias: str) -> list[Expert]:
        """The chosen expert, those after it and those before it; each once.

        For an expert on this machine only others on this machine stand in: the turn is not marked
        as one that sends anything away.
        """
        aliases = list(self.experts)
        at = aliases.index(alias)
        ordered = [self.experts[each] for each in aliases[at:] + aliases[:at]]
        may_leave = ordered[0].card.leaves_machine
        able = (each for each in ordered if may_leave or not each.card.leaves_machine)
        return list({id(expert): expert for expert in able}.values())

    def _parameters(self, what: str, aliases: Sequence[str]) -> JsonObject:
        lines = [f"{what} Choices: {list(aliases)}."]
        lines += [f"{alias}: {_strength(self.experts[alias])}" for alias in aliases]
        lines.append(_TABLE_HEAD)
        lines += [f"{alias} | {_price_row(self.experts[alias])}" for alias in aliases]
        model = {"type": "string", "enum": list(aliases), "description": "\n".join(lines)}
        return {
            "type": "object",
            "properties": {"model": model},
            "required": ["model"],
            "additionalProperties": False,
        }


def name_experts(role: str, experts: Sequence[Expert], *, most: int) -> dict[str, Expert]:
    """As many aliases as the paper's model was trained with, the first experts first."""
    return {f"{role}-{n}": expert for n, expert in enumerate(experts[:most], start=1)}


def _seconds(expert: Expert, began: float) -> Usage:
    """What a provider that charges nothing has cost all the same."""
    return Usage(expert.card.name, calls=0, latency_s=time.monotonic() - began)


def _strength(expert: Expert) -> str:
    return " ".join(expert.card.skills.split()) or "no particular strength known"


def _price_row(expert: Expert) -> str:
    card = expert.card
    cells = ["?", "?"]
    if card.price is not None:
        prices = (card.price.input_usd_per_mtok, card.price.output_usd_per_mtok)
        cells = [f"${price:g}" for price in prices]
    return " | ".join([*cells, "?" if card.latency_s is None else f"{card.latency_s:g}s"])
