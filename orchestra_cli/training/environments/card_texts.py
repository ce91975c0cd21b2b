"""Card texts in many wordings: what a policy reads of an expert, of whichever author.

Each says something true of the expert's rates on train rows: figures by domain, the best and the
worst of them, or words for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

_OTHER_NAMES = {
    "math": ("mathematics", "maths"),
    "computer science": ("computing", "programming"),
    "other": ("general knowledge",),
    "business": ("management",),
    "health": ("medicine",),
    "gsm8k-test": ("word problems", "school mathematics"),
    "MATH-level5": ("competition mathematics",),
    "cruxeval-output": ("reading code",),
    "mbpp": ("writing code", "code"),
    "arc_challenge": ("school science",),
    "hellaswag": ("common sense",),
    "winogrande": ("common sense",),
}
"""Those of a data set are not always those of a card."""
_GRADES = ((0.85, "excellent"), (0.7, "strong"), (0.55, "fair"), (0.4, "weak"), (0.0, "poor"))


def draw_card_text(overall: float, by_domain: Mapping[str, float], rng: Random) -> str:
    """In one of several forms; the plain one, in which cards of our own are written, most often."""
    names = {domain: _named(domain, rng) for domain in by_domain}
    rates = {names[domain]: rate for domain, rate in by_domain.items()}
    if len(rates) < 2:
        return rng.choice((f"{overall:.0%} right", _scores(rates, overall, rng)))
    if rng.random() < 0.5:
        return _best_and_worst(rates, overall, 3)
    return rng.choice(_FORMS)(rates, overall, rng)


def _best_and_worst(rates: Mapping[str, float], overall: float, number: int) -> str:
    ordered = sorted(rates, key=lambda domain: -rates[domain])
    number = max(1, min(number, len(ordered) // 2))
    best = ", ".join(f"{domain} {rates[domain]:.0%}" for domain in ordered[:number])
    worst = ", ".join(f"{domain} {rates[domain]:.0%}" for domain in ordered[-number:])
    return f"{overall:.0%} right; best: {best}; worst: {worst}"


def _other_numbers(rates: Mapping[str, float], overall: float, rng: Random) -> str:
    return _best_and_worst(rates, overall, rng.choice((1, 2, 2, 4)))


def _scores(rates: Mapping[str, float], overall: float, rng: Random) -> str:
    chosen = _some(rates, rng)
    form = rng.choice(("{0} {1:.0f}/100", "{0} {1:.0f}%", "{0}: {1:.0f}"))
    return ", ".join(form.format(domain, 100 * rates[domain]) for domain in chosen)


def _words(rates: Mapping[str, float], overall: float, rng: Random) -> str:
    good = [domain for domain, rate in rates.items() if rate > overall + 0.05]
    bad = [domain for domain, rate in rates.items() if rate < overall - 0.08]
    parts = [f"{_grade(overall)} in general"]
    parts += [f"good at {', '.join(good[:4])}"] if good else []
    parts += [f"bad at {', '.join(bad[:4])}"] if bad else []
    return "; ".join(parts)


def _graded(rates: Mapping[str, float], overall: float, rng: Random) -> str:
    return ", ".join(f"{_grade(rates[domain])} {domain}" for domain in _some(rates, rng))


def _overall_only(rates: Mapping[str, float], overall: float, rng: Random) -> str:
    forms = ("right in {0:.0f} of 100", "{0:.0f}% right", "success rate {1:.2f}")
    return rng.choice(forms).format(100 * overall, overall)


_FORMS: tuple[Callable[[Mapping[str, float], float, Random], str], ...] = (
    _other_numbers,
    _other_numbers,
    _scores,
    _words,
    _graded,
    _overall_only,
)


def _some(rates: Mapping[str, float], rng: Random) -> list[str]:
    return rng.sample(list(rates), k=rng.randint(min(3, len(rates)), min(7, len(rates))))


def _grade(rate: float) -> str:
    return next(word for least, word in _GRADES if rate >= least)


def _named(domain: str, rng: Random) -> str:
    others = _OTHER_NAMES.get(domain, ())
    return rng.choice(others) if others and rng.random() < 0.3 else domain
