"""What the slots ask their experts, in short and plain words: an expert may be a small model.

The context is what a run has gathered. It has a budget of characters, in the paper's proportions:
attempts get up to a third, code and attempts up to a half, documents the rest, the newest first. A
smaller budget shortens the documents before it drops any. The problem itself is never cut.
"""

from __future__ import annotations

from collections.abc import Sequence

from tools.base import Buffers, JsonObject

CONTEXT_CHARS = 24_000
_DOCUMENT_CHARS = 4_000
_MIN_CHARS = 40
"""A shorter piece of an entry says nothing."""
_GAP = "\n\n"
_ANSWERER = "You are a helpful assistant. Answer the question directly and briefly."


def search_messages(
    question: str, buffers: Buffers, *, context_chars: int = CONTEXT_CHARS
) -> list[JsonObject]:
    """Asks for one to three queries inside `<query></query>`."""
    return _messages(
        question,
        buffers,
        context_chars,
        "Write search queries that will find what is still needed to solve the problem. "
        "Write one to three short queries, each one inside <query></query>, and nothing else. "
        "Example: <query>height of Mount Everest in metres</query>",
    )


def reason_messages(
    question: str, buffers: Buffers, *, context_chars: int = CONTEXT_CHARS
) -> list[JsonObject]:
    """Asks for analysis and, where computing helps, one Python program."""
    return _messages(
        question,
        buffers,
        context_chars,
        "Think this problem through and say what follows from what is known. If computing helps, "
        "end with one complete Python program between ```python and ```. It will be run for you, "
        "without files or network, and must print every result it finds. If computing does not "
        "help, write no program.",
    )


def answer_messages(
    question: str, buffers: Buffers, *, context_chars: int = CONTEXT_CHARS
) -> list[JsonObject]:
    """Asks for the final answer; where nothing was gathered, with the bare question."""
    context = render_context(buffers, max_chars=context_chars)
    content = question
    if context:
        hint = "Answer the question from what is above, which may hold mistakes."
        content = f"{context}{_GAP}{hint}{_GAP}Question: {question}"
    return [{"role": "system", "content": _ANSWERER}, {"role": "user", "content": content}]


def _messages(question: str, buffers: Buffers, context_chars: int, task: str) -> list[JsonObject]:
    context = render_context(buffers, max_chars=context_chars)
    parts = (f"Problem: {question}", context, task)
    return [{"role": "user", "content": _GAP.join(part for part in parts if part)}]


def render_context(buffers: Buffers, *, max_chars: int) -> str:
    """Documents, programs and attempts, at most `max_chars` long; empty where there is nothing."""
    attempts = _section("Earlier attempts, maybe wrong:", buffers.attempts, max_chars // 3)
    runs = _section(
        "Programs and what they printed:",
        [f"Program:\n{run.code}\nPrinted:\n{run.output}" for run in buffers.code_runs],
        max_chars // 2 - len(attempts),
    )
    documents = _section(
        "Documents:",
        render_documents(buffers.documents, max_chars=min(_DOCUMENT_CHARS, max_chars // 6)),
        max_chars - len(attempts) - len(runs),
    )
    return _GAP.join(section for section in (documents, runs, attempts) if section)


def render_documents(documents: Sequence[str], *, max_chars: int = _DOCUMENT_CHARS) -> list[str]:
    """Numbered, each cut at its end to `max_chars`."""
    numbered = (f"[{number}] {text}" for number, text in enumerate(documents, start=1))
    return [text if len(text) <= max_chars else text[: max_chars - 1] + "…" for text in numbered]


def _section(heading: str, entries: Sequence[str], max_chars: int) -> str:
    """The newest entries that fit; of the very newest, what fits of its end."""
    room = max_chars - len(heading) - len(_GAP)
    kept: list[str] = []
    for entry in reversed(entries):
        room -= len(_GAP)
        if len(entry) > room:
            kept += [] if kept or room < _MIN_CHARS else ["…" + entry[1 - room :]]
            break
        kept.append(entry)
        room -= len(entry)
    return _GAP.join([heading, *reversed(kept)]) if kept else ""
