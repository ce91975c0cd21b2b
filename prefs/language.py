"""The preference in words: the vector as plain sentences, and plain sentences read for the obvious.

`describe` is what the orchestrator reads beside the task, as in training: at most two sentences,
always the same for the same vector, and nothing where nothing is out of the ordinary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from prefs.rules import REMOTE, HardRules
from prefs.spoken import Parsed, parse_preference
from prefs.steering import Worth
from prefs.vector import PreferenceVector

__all__ = ["Parsed", "describe", "dollars", "parse_preference"]

_MUCH = 0.7
_SOME = 0.4
_HARDLY = 0.1
_NO_HURRY = 0.05
_LIKED, _DISLIKED = 0.7, 0.3
_MOST_NAMED = 6


def describe(vector: PreferenceVector, rules: HardRules, worth: Worth) -> str:
    """One or two sentences; empty for the balanced defaults."""
    clauses = [*_weight_clauses(vector), *_worth_clauses(worth), *_tool_clauses(vector.tools)]
    sentences = [f"Preference: {'; '.join(clauses)}."] if clauses else []
    if rules.never:
        sentences.append(_never_sentence(rules.never))
    return " ".join(sentences)


def dollars(amount_usd: float) -> str:
    """Such as $0.10, $0.0025, $1,200."""
    cents = f"{amount_usd:,.2f}"
    exact = float(cents.replace(",", "")) == amount_usd
    return f"${cents.removesuffix('.00')}" if exact else f"${amount_usd:,g}"


def _weight_clauses(vector: PreferenceVector) -> Iterable[str]:
    cost, latency = _cost_words(vector.cost), _latency_words(vector.latency)
    if vector.accuracy >= _MUCH and vector.cost <= _HARDLY and vector.latency <= _HARDLY:
        yield "a right answer matters most"
    yield from filter(None, (cost, latency))
    less_than = ["price"] if vector.accuracy < vector.cost else []
    less_than += ["speed"] if vector.accuracy < vector.latency else []
    if less_than:
        yield f"a right answer matters less than its {' and its '.join(less_than)}"
    elif vector.accuracy < _SOME:
        yield "a rough answer will do"


def _cost_words(weight: float) -> str | None:
    if weight >= _MUCH:
        return "keep the cost low"
    if weight >= _SOME:
        return "mind the cost"
    return "the cost hardly matters" if weight <= _HARDLY else None


def _latency_words(weight: float) -> str | None:
    if weight >= _MUCH:
        return "be fast"
    if weight >= _SOME:
        return "mind the time"
    return "there is no hurry" if weight <= _NO_HURRY else None


def _worth_clauses(worth: Worth) -> Iterable[str]:
    usual = Worth()
    if worth.right_answer_usd != usual.right_answer_usd:
        yield f"a right answer is worth {dollars(worth.right_answer_usd)}"
    if worth.hour_usd != usual.hour_usd:
        yield f"an hour of waiting costs {dollars(worth.hour_usd)}"


def _tool_clauses(tools: Mapping[str, float]) -> Iterable[str]:
    liked = sorted(name for name, weight in tools.items() if weight >= _LIKED)
    disliked = sorted(name for name, weight in tools.items() if weight <= _DISLIKED)
    if liked and disliked:
        yield f"use {_listed(liked, 'or')} rather than {_listed(disliked, 'or')}"
    elif liked:
        yield f"use {_listed(liked, 'or')} where that serves"
    elif disliked:
        yield f"avoid {_listed(disliked, 'and')}"


def _never_sentence(never: Sequence[str]) -> str:
    named = [rule for rule in never if rule != REMOTE]
    calls = f"ever call {_listed(named, 'or')}" if named else ""
    if REMOTE not in never:
        return f"N{calls}."
    return f"N{calls}, and let nothing leave this machine." if named else "Keep to this machine."


def _listed(names: Sequence[str], conjunction: str) -> str:
    """Such as: a, b or c. A name is the user's own: it is kept to one line."""
    shown = [" ".join(name.split()) for name in names[:_MOST_NAMED]]
    if left_out := len(names) - len(shown):
        shown.append(f"{left_out} more")
    *first, last = shown
    return f"{', '.join(first)} {conjunction} {last}" if first else last
