"""How policies are named on the command line: FAMILY, FAMILY@NN%, expert:NAME, and sets of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.policies.base import Setting

EXPERT = "expert"
PLAN = "plan"
PLAIN = ("cheapest", "strongest", PLAN, "oracle")
BY_COST = ("domain-average", "tfidf", "knn", "agree", "agree-domain", "vote")
"""Families whose @NN% is a share of what the strongest expert costs."""
BY_CALLS = ("threshold", "random")
"""Families whose @NN% is the share of calls that go to the strong one of two experts."""
COST_SHARES = ("10%", "20%", "40%", "70%")
PAIR_SHARES = tuple(f"{share}%" for share in range(0, 101, 10))

_ROUTERS = ("domain-average", "tfidf", "knn")
_CONSULTING = ("agree", "agree-domain", "vote")
_CONSULTING_SHARES = ("40%", "70%")
_SHARE = re.compile(r"(?P<family>[^@]+)@(?P<percent>\d+(?:\.\d+)?)%")


@dataclass(frozen=True, slots=True)
class PolicyName:
    """A name, taken apart."""

    family: str
    share: float | None = None
    """1.0 is all."""
    expert: str = ""


def parse_name(name: str, setting: Setting) -> PolicyName:
    """Raises UsageError with the nearest name."""
    if name.startswith(f"{EXPERT}:"):
        expert = name.partition(":")[2]
        if expert not in setting.cards:
            raise UsageError(_unknown(name, [f"{EXPERT}:{known}" for known in setting.cards]))
        return PolicyName(EXPERT, expert=expert)
    found = _SHARE.fullmatch(name)
    family = found["family"] if found else name
    share = float(found["percent"]) / 100 if found else None
    if family not in (*PLAIN, *BY_COST, *BY_CALLS):
        raise UsageError(_unknown(name, _known(setting)))
    if share is not None and family in PLAIN:
        raise UsageError(f"--policy {name}: {family} takes no share: write {family}")
    if share is not None and share > 1 and family in BY_CALLS:
        raise UsageError(f"--policy {name}: a share of calls lies between 0% and 100%")
    return PolicyName(family, share)


def expand(names: Sequence[str], setting: Setting) -> list[str]:
    """Sets of policies by their members, each once; other names stay as they are."""
    sets = {
        "experts": _experts(setting),
        "threshold-curve": _curve("threshold"),
        "random-curve": _curve("random"),
        "all": _all(setting),
    }
    return list(dict.fromkeys(each for name in names for each in sets.get(name, [name])))


def _all(setting: Setting) -> list[str]:
    """Every baseline that makes sense for these experts; of unseen ones those that read cards."""
    names = [*_experts(setting), "cheapest", "strongest", "random", PLAN]
    if setting.unseen:
        return [*names, "domain-average", "oracle"]
    for family in _ROUTERS:
        names += _with_shares(family, COST_SHARES)
    if len(setting.cards) > 2:
        for family in _CONSULTING:
            names += _with_shares(family, _CONSULTING_SHARES)
    names.append("threshold")
    if len(setting.cards) == 2:
        names += _curve("threshold") + _curve("random")
    return [*names, "oracle"]


def _experts(setting: Setting) -> list[str]:
    return [f"{EXPERT}:{expert}" for expert in setting.cards]


def _curve(family: str) -> list[str]:
    return [f"{family}@{share}" for share in PAIR_SHARES]


def _with_shares(family: str, shares: Sequence[str]) -> list[str]:
    return [family, *(f"{family}@{share}" for share in shares)]


def _known(setting: Setting) -> list[str]:
    curves = ["experts", "all", "threshold-curve", "random-curve"]
    return [*PLAIN, *BY_COST, *BY_CALLS, *curves, *_experts(setting)]


def _unknown(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"--policy {name}: no such policy: {hint}"
