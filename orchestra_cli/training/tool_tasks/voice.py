"""How people type: politely or tersely, in a hurry, with a slip. What is asked stays the same."""

from __future__ import annotations

import re
from random import Random

_BEFORE = (
    "I'm 34 and never learned this: ", "We are 5 at home. ", "It's my 3rd try. ",
    "Question 7 of 20: ", "I have 10 minutes left. ", "Order 5521, one question: ",
    "Hi, ", "Hey, ", "Hello! ", "Quick question: ", "Please help: ", "Could you help me? ",
    "I need this for work: ", "Hi there. ", "ok so ", "Question: ", "Sorry to bother you, but ",
    "One more: ", "Help me with this: ", "Just checking: ", "So, ", "Tell me: ", "Morning! ",
    "I can't work this out. ", "My kid asked me this: ", "For my homework: ", "Next one. ",
)  # fmt: skip
_AFTER = (
    (
        " Thanks!"
    ), " Thank you.", " Please.", " thx", " Thanks in advance.", " Just the answer please.",
    " Be quick.", " I need to know today.", " Cheers", " Short answer, please.", " Can you check?",
    (
        " I'm in a hurry."
    ), " No explanation needed.", " Many thanks.", " :)", " I keep getting it wrong.",
)  # fmt: skip
_SLIPS = {
    "what": ("waht", "wat"), "the": ("teh", "th"), "much": ("mcuh",), "many": ("mnay",),
    "percent": ("precent", "pct"), "how": ("hwo",), "calculate": ("calcualte",),
    "does": ("dose",), "would": ("woud",), "total": ("totla",), "with": ("wiht",),
    "average": ("avarage",), "between": ("betwen",), "discount": ("discout",), "which": ("wich",),
    "weeks": ("weks",), "minutes": ("mintues",), "price": ("prize", "pirce"), "and": ("adn",),
    "left": ("lef",), "please": ("pls", "plz"), "you": ("u",), "are": ("r",), "costs": ("cots",),
}  # fmt: skip


_START = re.compile(r"(?:^|(?<=[?!.] ))[a-zé]")
_I = re.compile(r"\bi(?=[ '])")


def voiced(question: str, rng: Random, *, is_verbatim: bool = False) -> str:
    """The question as somebody may type it; quoted text is left as it is."""
    if is_verbatim or rng.random() < 0.75:
        question = _tidy(question)
    if rng.random() < 0.14:
        question = _joined(rng.choice(_BEFORE), question, rng)
    if rng.random() < 0.12:
        question += rng.choice(_AFTER)
    if is_verbatim:
        return question
    if rng.random() < 0.1:
        question = _slipped(question, rng)
    if rng.random() < 0.2:
        question = question.lower() if "%" in question or rng.random() < 0.8 else question
    if rng.random() < 0.16:
        question = question.rstrip("?.!")
    return question


def _tidy(question: str) -> str:
    """With capitals where a sentence starts."""
    question = _START.sub(lambda found: found[0].upper(), question)
    return _I.sub("I", question)


def _joined(before: str, question: str, rng: Random) -> str:
    goes_on = before.rstrip()[-1:] not in ".!?" and question[1:2].islower()
    if goes_on and not question.startswith("I "):
        question = _with_small_start(question, rng)
    return before + question


def _with_small_start(question: str, rng: Random) -> str:
    first = question.split()[0]
    starts = ("What", "How", "If", "Find", "Which", "Calculate", "The", "A", "Is", "When", "Can")
    return question[0].lower() + question[1:] if first.rstrip("',s") in starts else question


def _slipped(question: str, rng: Random) -> str:
    known = [word for word in _SLIPS if re.search(rf"\b{word}\b", question)]
    if not known:
        return question
    word = rng.choice(known)
    return re.sub(rf"\b{word}\b", rng.choice(_SLIPS[word]), question, count=1)
