"""The style of the embedded model, whose adapter was trained on it: as few tokens as will do.

    system  the functions, one a line with the names of their arguments; of a slot each expert with
            its card: name, skills, dollars for a thousand usual calls, seconds
    user    the problem, the preference in words, then what each turn has brought; where several
            experts can be asked, what the cards alone say of the best options, in right answers of
            a hundred less what they cost this user: what the question adds is the model's to say

The reply is one call, or the answer itself. The system text is the same in every turn of a run,
whatever a turn withholds, so that it is evaluated once; so is the user's up to what is new.
Only what turns have brought is ever cut, their calls included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestra_cli.cascade.asking_order import usual_cost_usd
from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.engines.base import Engine, Message
from orchestra_cli.options import options_of
from orchestra_cli.policy import State
from orchestra_cli.prompts.retries import retry_messages
from orchestra_cli.run import ACCEPT
from orchestra_cli.trajectory import Turn
from tools.base import Tool
from tools.experts import ExpertCard
from tools.slots import SLOTS

SYSTEM = "Call one function, or answer."
_REPLY_TOKENS = 512
_DOLLARS = "; with dollars for 1,000 calls"
_GAP = " … "
_HITS_SHARE = 0.8
"""Of what is kept of a search: the best hits come first."""
_MOST_NAMED = 4
"""Options whose worth is told."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """How many characters of each text are shown."""

    attempt: int = 400
    other: int = 1_000

    def tighter(self) -> _Cut:
        return _Cut(self.attempt // 2, self.other // 2)


@dataclass(frozen=True)
class BriefStyle:
    """A `PromptStyle`."""

    outlooks: Outlooks | None = None
    """Of the experts that can be asked, under the user's profile."""
    name = "brief"
    answers_itself = True
    lists_functions = True

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        """System and user; what went wrong with earlier replies of this turn comes last."""
        retries = retry_messages(state, engine)
        cut = _Cut()
        while True:
            messages = (
                {"role": "system", "content": render_menu(state.tools)},
                {"role": "user", "content": self._situation(state, cut)},
                *retries,
            )
            taken = engine.count_tokens("".join(message["content"] for message in messages))
            if not cut.attempt or taken + 2 * _REPLY_TOKENS <= engine.context_tokens:
                return messages
            cut = cut.tighter()

    def reply_tokens(self, engine: Engine) -> int:
        """Programs are short."""
        return _REPLY_TOKENS

    def _situation(self, state: State, cut: _Cut) -> str:
        gathered = [_gathered(turn, cut) for turn in state.turns if turn.tool]
        parts = (state.task.problem_with_preference, "\n".join([*gathered, *self._worth(state)]))
        return "\n\n".join(part for part in parts if part)

    def _worth(self, state: State) -> Iterator[str]:
        """Such as `Worth: answer-2 74, attempt-1 70`."""
        if self.outlooks is not None:
            options = options_of(state.functions, own_answer=False)
            best = self.outlooks.worth(options, state)[:_MOST_NAMED]
            if best:
                yield "Worth: " + ", ".join(f"{name} {100 * value:.0f}" for name, value in best)


def render_menu(tools: Sequence[Tool]) -> str:
    """The functions, and in a slot the experts."""
    return "\n".join([SYSTEM, *(line for tool in tools for line in _lines(tool))])


def _lines(tool: Tool) -> Iterator[str]:
    arguments = ", ".join(tool.parameters.get("properties", {}))
    what = tool.description.partition(". ")[0].rstrip(".")
    if not isinstance(tool, SLOTS):
        yield f"{tool.name}({arguments}): {what}"
    else:
        yield f"{tool.name}({arguments}): {what}{_DOLLARS}"
        for alias, expert in tool.choices.experts.items():
            yield f"{alias} {render_card(expert.card)}"


def render_card(card: ExpertCard) -> str:
    """Such as `gpt-5: strong at mathematics; $4.2; 31 s`."""
    skills = " ".join(card.skills.split())
    return f"{card.name}: {'; '.join(part for part in (skills, *_expense(card)) if part)}"


def _expense(card: ExpertCard) -> Iterator[str]:
    """Dollars for a thousand usual calls, and seconds."""
    usual_usd = usual_cost_usd(card)
    if usual_usd is None:
        yield "price unknown"
    else:
        usd = 1000 * usual_usd
        yield f"${usd:.2g}" if 0 < usd < 10 else f"${usd:.0f}" if usd else "free"
    if card.latency_s is not None:
        yield f"{card.latency_s:.2g} s"


def _gathered(turn: Turn, cut: _Cut) -> str:
    """A turn's call and what came of it."""
    seen = turn.observation
    text = seen.text.strip() if seen else ""
    if seen and seen.attempt is not None:
        return f"{turn.slot}: {_shortened(text, cut.attempt)}"
    text = _shortened(text, cut.other, head_share=_HITS_SHARE)
    if turn.slot or turn.tool == ACCEPT:
        return f"{turn.slot or turn.tool}: {text}"
    if set(turn.arguments) == {"code"}:
        program = _shortened(turn.arguments["code"].strip(), cut.other)
        return f"{turn.tool}:\n{program}\nOutput: {text}"
    arguments = ", ".join(json.dumps(v, ensure_ascii=False) for v in turn.arguments.values())
    return f"{turn.tool}({_shortened(arguments, cut.other)}): {text}"


def _shortened(text: str, max_chars: int, *, head_share: float = 0.5) -> str:
    """Its beginning and its end: a reply says what it comes to in one of the two."""
    if len(text) <= max_chars:
        return text
    head = int(head_share * max_chars)
    return text[:head] + _GAP + text[len(text) - (max_chars - head) :]
