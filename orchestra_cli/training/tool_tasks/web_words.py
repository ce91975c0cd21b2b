"""Invented names, and the values that pages give: nothing of them can be known without looking."""

# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from orchestra_cli.training.tool_tasks import word_banks

_HEADS = (
    "Al Bra Cal Dor El Fen Gra Hel Ix Jor Kal Lum Mor Nor Or Pel Quil Ros Sal Tor Ul Var Wes Yar "
    "Zan Bel Cor Dra Fal Gly Hul Kor Mir Nex Osk Pra Ster Tel Vel Zir"
).split()
_TAILS = (
    "dex via lo tra nix mar vo sen ta rin bel quo zo ra lis gan tis pho dax mi nor wick".split()
)
_TOWN_ENDS = "moor ford by stad holm bury dale haven berg brook field wick mouth ness".split()
_SIDES = "Rovers United Hawks Wolves City Athletic Falcons Bears Wanderers Storm".split()
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_SKIES = (
    "light rain", "heavy snow", "clear skies", "thick fog", "thunderstorms", "broken clouds",
    "sunny spells", "strong winds", "drizzle", "freezing rain", "hail showers", "hazy sunshine",
)  # fmt: skip
_CAUSES = (
    "a signal failure", "flooding", "a fallen tree", "engineering works", "a strike", "high winds",
    "a broken rail", "a staff shortage", "an accident", "ice on the line",
)  # fmt: skip
_CHANGES = (
    "dark mode", "offline maps", "faster search", "voice notes", "shared folders", "a new editor",
    "two-factor login", "better battery life", "group calls", "a spelling checker",
)  # fmt: skip
_PLANS = (
    "a tram line", "a new library", "a swimming pool", "a car-free centre", "a wind farm",
    "a covered market", "a concert hall", "a cycle bridge", "a second school", "a night bus",
)  # fmt: skip
_TITLES = (
    "The Salt Road", "Nine Lanterns", "A House of Wind", "The Last Ferry", "Glass Orchard",
    "Winter Cartography", "The Quiet Engine", "Paper Tigers at Noon", "Blue Hour", "Under Copper",
)  # fmt: skip
_COINS = "bitcoin,gold,silver,copper,wheat,coffee,crude oil,natural gas,cocoa,ether".split(",")
_MONEY = "dollar pound yen franc krona zloty rupee peso rand lira".split()


def _invented(rng: Random) -> str:
    return rng.choice(_HEADS) + rng.choice(_TAILS)


def _town(rng: Random) -> str:
    if rng.random() < 0.3:
        return rng.choice(word_banks.CITIES)
    return rng.choice(_HEADS) + rng.choice(_TOWN_ENDS)


def _person(rng: Random) -> str:
    return f"{rng.choice(word_banks.NAMES)} {rng.choice(word_banks.SURNAMES)}"


def _version(rng: Random) -> str:
    numbers = [rng.randint(1, 24), rng.randint(0, 19), rng.randint(0, 9)]
    return ".".join(map(str, numbers[: rng.choice((2, 3, 3))]))


def _day(rng: Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(_MONTHS)}"


def _clock(rng: Random) -> str:
    return f"{rng.randint(6, 22)}:{rng.choice(('00', '15', '30', '45'))}"


def _price(rng: Random) -> str:
    sign = rng.choice("$€£")
    whole = rng.choice((rng.randint(3, 99), rng.randint(100, 999), rng.randint(1000, 4999)))
    cents = "" if whole > 99 and rng.random() < 0.6 else f".{rng.choice((49, 50, 90, 95, 99))}"
    return f"{sign}{whole:,}{cents}"


def _score(rng: Random) -> str:
    first, second = rng.randint(0, 5), rng.randint(0, 5)
    return f"{first}-{second}" if rng.random() < 0.7 else f"{first + 70}-{second + 60}"


def _one_of(*words: str) -> Callable[[Random], str]:
    return lambda rng: rng.choice(words)


WEB_SLOTS: Mapping[str, Callable[[Random], str]] = {
    "maker": _invented,
    "product": lambda rng: (
        f"{_invented(rng)} {rng.choice(('', rng.randint(2, 12), 'Pro'))}".strip()
    ),
    "program": _invented,
    "town": _town,
    "person": _person,
    "team": lambda rng: f"{_town(rng)} {rng.choice(_SIDES)}",
    "version": _version,
    "day": _day,
    "weekday": _one_of(*_WEEKDAYS),
    "clock": _clock,
    "price": _price,
    "score": _score,
    "sky": _one_of(*_SKIES),
    "cause": _one_of(*_CAUSES),
    "change": _one_of(*_CHANGES),
    "plan": _one_of(*_PLANS),
    "title": _one_of(*_TITLES),
    "coin": _one_of(*_COINS),
    "currency": _one_of(*_MONEY),
    "degrees": lambda rng: f"{rng.randint(-8, 38)}°C",
    "share": lambda rng: f"{rng.randint(1, 60)}.{rng.randint(1, 9)}%",
    "rate": lambda rng: f"{rng.randint(1, 190)}.{rng.randint(1000, 9999)}",
    "minutes": lambda rng: f"{rng.randint(5, 95)} minutes",
    "people": lambda rng: f"{rng.randint(11, 980)},{rng.randint(100, 999)}",
    "year": lambda rng: str(rng.randint(2024, 2027)),
    "offices": lambda rng: f"{rng.randint(2, 60)} offices",
    "days": lambda rng: f"{rng.randint(5, 60)} days",
    "mark": lambda rng: f"{rng.randint(31, 99)} out of 100",
    "fee": lambda rng: f"{rng.choice('$€£')}{rng.randint(2, 29)}.{rng.choice((20, 50, 80, 90))}",
    "line": lambda rng: rng.choice("ABCDEFGS") + str(rng.randint(1, 9)),
    "device": _one_of(*"phone laptop watch camera tablet e-bike drone vacuum headset".split()),
    "sport": _one_of(*"football handball hockey basketball rugby volleyball".split()),
    "shop": _one_of(*"library,museum,swimming pool,city hall,zoo,castle,post office".split(",")),
}


def draw_values(specs: str, rng: Random) -> dict[str, str]:
    """Every gap of `t=town v=degrees`; nothing twice."""
    values: dict[str, str] = {}
    for spec in specs.split():
        name, what = spec.split("=")
        drawn = WEB_SLOTS[what](rng)
        while drawn in values.values():
            drawn = WEB_SLOTS[what](rng)
        values[name] = drawn
    return values
