"""What an expert that nobody asked may have said: made of the question and of what was gathered.

It looks like an answer and is worth nothing: no run is judged by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from tools.base import Buffers

# ruff: noqa: SIM905

_SMALL_WORDS = frozenset(
    "about also because been before between both could does explain find from give have help here "
    "into just know like make many more much need please should some such tell than thank thanks "
    "that their them then there these they this what when where which while will with would write "
    "your best difference draft compose describe".split()
)
_OPENINGS = (
    "In short, {topic} comes down to {part}.",
    "{Topic} is mostly a matter of {part}, and less of luck than people think.",
    "There are two sides to {topic}: {part}, and what you want from it.",
    "The main point about {topic} is {part}.",
    "When it comes to {topic}, start with {part}.",
    "{Topic} depends on {part} above all.",
    "Good question. {Topic} is best understood through {part}.",
    "**{Topic}**\n\n1. Look at {part}.\n2. Then compare what is left.",
    "Yes, mostly: with {topic}, {part} decides.",
)
_PARTS = (
    "the situation at hand", "how the parts work together", "the cause and its effect", "timing",
    "what has been tried before", "the costs over the years", "a few simple habits", "the details",
    "the people involved", "where it came from", "the balance of the two", "the setting",
)  # fmt: skip
_ENDINGS = (
    "", "", " Everything else follows from that.", " Take it step by step and it becomes clear.",
    " A common mistake is to rush it.", " If you tell me more, I can go into detail.",
    " In practice most people find that this is enough.", " I hope that helps.",
    " For anything serious, ask somebody who knows your case.",
)  # fmt: skip
_DRAFTS = (
    "Here is a draft:\n\nWhat I want to say of {topic} is simple. It stays with me, and {part}.",
    "Subject: {Topic}\n\nHello,\n\nI write to you about {topic}. Let us talk of {part}.\n\nRegards",
    "{Topic}, so quiet and so near,\nyou tell of {part} to every ear.",
    "```python\ndef solve(items):\n    return [item for item in items if item]\n```\nIt does what "
    "you ask of {topic}.",
)  # fmt: skip
_FIGURES = ("It is {n}.", "The answer is {n}.", "That comes to {n}.", "**{n}**", "About {n}.")
_FROM_PROGRAM = (
    "The answer is {said}.", "According to the program, it is {said}.", "It comes to {said}.",
)  # fmt: skip
_FROM_DOCUMENTS = (
    "{said}", "According to the documents: {said}", "The answer is in what was found: {said}",
    "From the sources: {said} That answers the question.", "{said} (as the source says)",
)  # fmt: skip
_WRITING = re.compile(r"\b(write|draft|compose|make up|translate|code|script|poem)\b")
_COUNTING = re.compile(r"\d.*\b(how|what|calculate|percent)\b|\b(how|what|calculate)\b.*\d")


def made_up_reply(
    question: str, buffers: Buffers, rng: Random, *, sought: Sequence[str] = ()
) -> str:
    """A sentence or two; of documents the sentence that holds what is `sought`."""
    if buffers.code_runs:
        return rng.choice(_FROM_PROGRAM).format(said=_last_line(buffers.code_runs[-1].output))
    if buffers.documents:
        return rng.choice(_FROM_DOCUMENTS).format(said=_best_sentence(question, buffers, sought))
    asked = question.lower()
    if _COUNTING.search(asked):
        return rng.choice(_FIGURES).format(n=rng.randint(2, 900))
    text = rng.choice(_DRAFTS if _WRITING.search(asked) else _OPENINGS)
    topic = " ".join(_telling(question)[-rng.randint(1, 3) :]) or "this"
    gaps = {"topic": topic, "Topic": topic[:1].upper() + topic[1:], "part": rng.choice(_PARTS)}
    return text.format(**gaps) + rng.choice(_ENDINGS)


def _telling(text: str) -> list[str]:
    words = re.findall(r"[^\W_][\w'-]*", text)
    return [word for word in words if len(word) > 3 and word.lower() not in _SMALL_WORDS]


def _best_sentence(question: str, buffers: Buffers, sought: Sequence[str]) -> str:
    """The one that holds it and has most of the question's words."""
    wanted = {word.lower() for word in _telling(question)}
    sentences = [
        sentence.strip("#- ")
        for document in buffers.documents
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", document)
        if sentence.endswith(".") and len(sentence) > 8
    ]

    def shared(sentence: str) -> tuple[bool, int]:
        holds = any(phrase.casefold() in sentence.casefold() for phrase in sought)
        return holds, len(wanted & {word.lower() for word in _telling(sentence)})

    return max(sentences, key=shared, default="nothing was found")


def _last_line(output: str) -> str:
    return (output.strip().splitlines() or ["nothing"])[-1][:200]
