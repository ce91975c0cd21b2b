"""Why an option was chosen, in the sentence that a person would say."""

from __future__ import annotations

from collections.abc import Sequence

from prefs.profile import Profile
from prefs.steering import Candidate, Steered

_ALIKE = 1.1
"""Ratios below this are no difference that is worth a word."""


def explain(chosen: str, candidates: Sequence[Steered], profile: Profile) -> str:
    """`answer-2 over answer-1: 5.1× cheaper, 4 points less likely to be right; your cost weight
    decides`. Empty where there was nothing to choose from.
    """
    this = next((each for each in candidates if each.candidate.name == chosen), None)
    others = [each for each in candidates if each.candidate.name != chosen]
    if this is None or not others:
        return ""
    other = max(others, key=lambda each: (each.candidate.probability, each.probability))
    mine, theirs = this.candidate, other.candidate
    facts = ", ".join(_facts(mine, theirs)) or "no difference in what is expected"
    return f"{mine.name} over {theirs.name}: {facts}; {_decider(this, other, profile)}"


def _facts(mine: Candidate, theirs: Candidate) -> list[str]:
    points = round(100 * (mine.success - theirs.success))
    facts = [
        _ratio(mine.cost_usd, theirs.cost_usd, less="cheaper", more="dearer"),
        _ratio(mine.latency_s, theirs.latency_s, less="faster", more="slower"),
    ]
    if points:
        likely = "more" if points > 0 else "less"
        plural = "" if abs(points) == 1 else "s"
        facts.append(f"{abs(points)} point{plural} {likely} likely to be right")
    return [fact for fact in facts if fact]


def _ratio(mine: float, theirs: float, *, less: str, more: str) -> str:
    if mine == theirs or (mine <= 0 and theirs <= 0):
        return ""
    if mine <= 0:
        return "free" if less == "cheaper" else less
    if theirs <= 0:
        return more
    ratio = max(mine, theirs) / min(mine, theirs)
    if ratio < _ALIKE:
        return ""
    return f"{ratio:.3g}× {less if mine < theirs else more}"


def _decider(this: Steered, other: Steered, profile: Profile) -> str:
    """Whether the model chose so by itself, or which weight made the difference."""
    mine, theirs = this.candidate, other.candidate
    if mine.probability > theirs.probability:
        return "the model's own choice"
    if this.utility_usd <= other.utility_usd:
        return "drawn by chance"
    preference, worth = profile.preference, profile.worth
    gains = {
        "accuracy": preference.accuracy * worth.right_answer_usd * (mine.success - theirs.success),
        "cost": preference.cost * (theirs.cost_usd - mine.cost_usd),
        "latency": preference.latency * worth.hour_usd * (theirs.latency_s - mine.latency_s) / 3600,
    }
    own = this.utility_usd - other.utility_usd - sum(gains.values())
    if own > max(gains.values()):  # of the tool's or the expert's own weight
        weighed = max((mine, theirs), key=_deviation)
        return f"your weight for {weighed.name} decides"
    return f"your {max(gains, key=lambda name: gains[name])} weight decides"


def _deviation(candidate: Candidate) -> float:
    """How far its own weight is from that of a tool that the profile does not name."""
    return 0.0 if candidate.tool_weight is None else abs(candidate.tool_weight - 0.5)
