"""What no tool here serves: knowledge, advice, opinion, writing. The expert answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from orchestra_cli.training.tool_tasks import topics
from orchestra_cli.training.tool_tasks.template import filled, spun

_BANKS: Mapping[str, Sequence[str]] = {
    "concept": topics.CONCEPTS,
    "pair": topics.PAIRS,
    "why": topics.WHYS,
    "doing": topics.DOINGS,
    "thing": topics.THINGS,
    "form": topics.FORMS,
    "letter": topics.LETTERS,
    "choice": topics.CHOICES,
    "country": topics.COUNTRIES,
    "work": topics.WORKS,
    "event": topics.EVENTS,
    "person": topics.PEOPLE,
    "language": topics.LANGUAGES,
    "phrase": topics.PHRASES,
    "program": topics.CODES,
    "ailment": topics.AILMENTS,
    "advice": topics.KINDS_OF_ADVICE,
    "fact": topics.FACTS,
}
_ASKS: Sequence[str] = (
    (
        "[explain|explain to me|describe|can you explain|help me understand] {concept}[ in "
        "simple words| to a child| briefly| like i'm five|]"
    ),
    (
        "[what is|what's|what exactly is] {concept}?\n"
        "[how does {concept} work|what do i need to know about {concept}|why is {concept} "
        "important]?"
    ),
    (
        "what is the difference between {pair}?\n"
        "[how do i tell apart|what distinguishes] {pair}?\n"
        "{pair} - [what's the difference|aren't they the same]?"
    ),
    "[why is|what makes|what is the reason for] {why}?",
    (
        "[how do i|how can i|what's the best way to|how would you|what is the easiest way to|any "
        "tips to|can you tell me how to] {doing}?"
    ),
    "[write|compose|make up|give me|i'd like|please write] {form} about {thing}",
    "[write|draft|help me write|compose] [an email|a letter|a short message|a note] {letter}",
    (
        "[should i|do you think i should|would you|is it wise to] {choice}?\n"
        "[what are the pros and cons if i|help me decide:] {choice}?"
    ),
    (
        "[what is|what's|tell me] the capital of {country}?\n"
        "which languages do people speak in {country}?\n"
        "[which countries border|what are the old traditions of|is it "
        "safe to travel to|what should i eat in|what is the history of] {country}?"
    ),
    (
        "[who wrote|who made|who created|who is behind] {work}?\n"
        "[what is {work} about|when was {work} made|is {work} worth my time|summarise "
        "{work}|what is the theme of {work}]?"
    ),
    (
        "[when was|what caused|what were the consequences of|tell me about|what do historians "
        "say about|why does it matter today:] {event}?"
    ),
    (
        "[who was|tell me about|what is the best known work of|what did the world learn "
        "from|give me a short biography of|when did they live:] {person}?"
    ),
    (
        '[translate|how do you say|what is] "{phrase}" [into|in] {language}?\n'
        "[please put into|say it in] {language}: {phrase}"
    ),
    (
        "[write|give me|i need] [a Python function|a script|a JavaScript function|a small "
        "program|code] that {program}"
    ),
    (
        "[what helps against|what can i do about|when should i see a doctor with|home remedies "
        "for|what causes] {ailment}?"
    ),
    "[recommend|suggest|i need|can you think of|any ideas for|find me] {advice}[, please|]",
    "{fact}?\n[do you know|can you tell me|i wonder] {fact}?\n{fact} - i forgot",
)


def draw_question(rng: Random) -> str:
    """One that is as it stands; a voice may be put around it."""
    asked = spun(rng.choice(_ASKS), rng)
    return filled(asked, {name: rng.choice(bank) for name, bank in _BANKS.items()})
