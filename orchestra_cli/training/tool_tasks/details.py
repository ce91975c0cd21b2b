"""Details that papers hold: telephone numbers, codes, places, colours, people."""

# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestra_cli.training.tool_tasks import word_banks
from orchestra_cli.training.tool_tasks.slots import Draw, Said, Slot

_PLACES = (
    "in the blue tin under the sink", "behind the boiler", "in the top drawer of the desk",
    "on the hook next to the back door", "in the red folder on the shelf", "under the stairs",
    "in the shed, left of the door", "above the fuse box", "in the glove compartment",
    "beneath the third flowerpot", "in the cellar behind the wine rack", "on top of the wardrobe",
    "in the grey metal cabinet", "under the passenger seat", "in the drawer below the oven",
    "at the reception desk", "in locker 14", "on the second floor by the lift",
)  # fmt: skip
_COLOURS = "red blue green yellow white black grey orange purple brown silver beige".split()
_REASONS = (
    "a burst pipe", "a broken lift", "heavy snow", "a missing signature", "the late delivery",
    "a software fault", "the rail strike", "lack of staff", "a public holiday", "the new carpet",
    "a power cut", "the roof repair", "a double booking", "low demand", "a wasp nest",
)  # fmt: skip
_MATERIALS = "oak steel aluminium cotton wool bamboo leather glass pine nylon linen cork".split()
_ALLERGIES = "peanuts shellfish gluten penicillin pollen milk eggs sesame strawberries".split()
_MEALS = (
    "vegetable curry", "roast chicken", "mushroom risotto", "fish pie", "lentil soup", "beef stew",
    "spinach lasagne", "grilled trout", "pumpkin ravioli", "onion tart", "bean chili", "goulash",
)  # fmt: skip
_TOPICS = (
    "the new website", "the office move", "the summer party", "the budget for next year",
    "the hiring plan", "the customer survey", "the parking problem", "the data backup",
    "the spring catalogue", "the safety training", "the print contract", "the volunteer rota",
)  # fmt: skip
_PETS = "Biscuit Luna Milo Pepper Rocky Shadow Coco Ginger Tiger Daisy Pickle Waffles".split()
_MODELS = "Alto Brisk Corvo Delta Ember Falco Gizmo Helio Ionic Jasper Krill Lumen Nimbo".split()
_PLANTS = "tomatoes roses basil lavender carrots spinach blueberries tulips beans squash".split()
_CLUBS = "chess rowing climbing choir tennis pottery judo running film gardening swimming".split()
_SUBJECTS = "biology history algebra chemistry geography physics literature economics".split()
_ROOMS = "kitchen,living room,bedroom,hallway,bathroom,attic,study,garage".split(",")


def _one_of(words: Sequence[str]) -> Slot:
    def draw_word(draw: Draw) -> Said:
        word = draw.rng.choice(words)
        return Said(word, word)

    return draw_word


def _phone(draw: Draw) -> Said:
    rng = draw.rng
    first, middle, last = rng.randint(20, 99), rng.randint(100, 999), rng.randint(1000, 9999)
    text = rng.choice(
        (f"0{first} {middle} {last}", f"0{first}-{middle}-{last}", f"0{first}/{middle}{last}")
    )
    return Said(text, text)


def _code(draw: Draw) -> Said:
    rng = draw.rng
    letters = "".join(rng.choice("ABCDEFGHKLMNPRSTUVWX") for _ in range(2))
    text = rng.choice(
        (f"{letters}-{rng.randint(100, 9999)}", f"{letters}{rng.randint(1000, 99999)}")
    )
    return Said(text, text)


def _pin(draw: Draw) -> Said:
    text = str(draw.rng.randint(1001, 9998))
    return Said(text, text)


def _person(draw: Draw) -> Said:
    text = f"{draw.rng.choice(word_banks.NAMES)} {draw.rng.choice(word_banks.SURNAMES)}"
    return Said(text, text)


def _room(draw: Draw) -> Said:
    rng = draw.rng
    text = rng.choice(
        (f"room {rng.randint(1, 480)}", f"room {rng.randint(1, 9)}{rng.choice('ABCD')}")
    )
    return Said(text, text)


def _email(draw: Draw) -> Said:
    rng = draw.rng
    who, what = rng.choice(word_banks.SURNAMES).lower(), rng.choice(_MODELS).lower()
    text = f"{who}@{what}.example"
    return Said(text, text)


def _password(draw: Draw) -> Said:
    rng = draw.rng
    text = f"{rng.choice(_MODELS)}{rng.randint(10, 99)}{rng.choice(_PETS).lower()}"
    return Said(text, text)


DETAIL_SLOTS: Mapping[str, Slot] = {
    "place": _one_of(_PLACES),
    "colour": _one_of(_COLOURS),
    "reason": _one_of(_REASONS),
    "material": _one_of(_MATERIALS),
    "allergy": _one_of(_ALLERGIES),
    "meal": _one_of(_MEALS),
    "topic": _one_of(_TOPICS),
    "pet": _one_of(_PETS),
    "model": _one_of(_MODELS),
    "plant": _one_of(_PLANTS),
    "club": _one_of(_CLUBS),
    "subject": _one_of(_SUBJECTS),
    "space": _one_of(_ROOMS),
    "phone": _phone,
    "code": _code,
    "pin": _pin,
    "person": _person,
    "room": _room,
    "email": _email,
    "password": _password,
}
