"""The same task in other people's words: an expert writes, and rules see that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestra_cli.evaluation.domains.must_say import says
from orchestra_cli.synthesis.asking import Question
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason
from orchestra_cli.synthesis.reply_json import json_list
from orchestra_cli.synthesis.wording import scalars_in, tidy

_REWORDINGS = 3
_MOST_CHARS = 2_000
_SYSTEM = (
    "You write what users of a service say to its assistant. You are given one such message and "
    "write the same request in other words, as other people would: one terse, one chatty, one "
    "that comes to the point only at the end. Each must ask for exactly the same, conditions "
    "included, promise nothing else, and hold every one of the listed values letter by letter. "
    "Reply with a JSON list of texts and nothing else."
)


def kept_values(candidate: Candidate) -> tuple[str, ...]:
    """What every rewording must say: what templates filled in, and what the calls need of it."""
    needed = [v for call in candidate.actions for v in scalars_in(call.arguments)]
    said = [value for value in needed if says(candidate.instruction, value)]
    return tuple(dict.fromkeys((*candidate.keeps, *said)))


def rewording_question(candidate: Candidate) -> Question:
    """Asks for the task in other words."""
    values = "\n".join(f"- {value}" for value in kept_values(candidate))
    return Question(
        _SYSTEM,
        f"The service: {candidate.world.domain.name}\n\nThe message:\n{candidate.instruction}\n\n"
        f"Values to keep:\n{values}\n\nWrite {_REWORDINGS} others.",
    )


def rewordings(candidate: Candidate, reply: str) -> Iterator[Candidate | Dropped]:
    """Each text of the reply as a candidate of the same family, or why it is none."""
    texts = json_list(reply)
    if texts is None:
        yield Dropped(DropReason.UNREADABLE, reply[:80])
        return
    for text in texts[:_REWORDINGS]:
        yield _reworded(candidate, text)


def _reworded(candidate: Candidate, text: object) -> Candidate | Dropped:
    if not isinstance(text, str) or not 0 < len(text.strip()) <= _MOST_CHARS:
        return Dropped(DropReason.UNREADABLE, str(text)[:80])
    for value in kept_values(candidate):
        if not says(text, value):
            return Dropped(DropReason.LOST_VALUE, f"{value!r} is not in {text[:80]!r}")
    family = candidate.family or candidate.digest
    return replace(candidate, instruction=tidy(text), source="reworded", family=family)
