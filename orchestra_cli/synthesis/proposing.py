"""New tasks that an expert thinks of, in a world whose tools and some of whose rows it reads.

What it says its golden calls do is not believed: they are executed, as all others are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from orchestra_cli.evaluation.judges.state import calls_from
from orchestra_cli.synthesis.asking import Question
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason
from orchestra_cli.synthesis.reply_json import json_list
from orchestra_cli.synthesis.wording import tidy
from orchestra_cli.synthesis.worlds import World
from tools.base import ToolCall

_TASKS_A_QUESTION = 5
_ROWS_A_TABLE = 4
_EXAMPLES = 2
_MOST_CHARS = 2_000
_SYSTEM = (
    "You think of tasks for an assistant that works on a database through functions. A task is "
    "what a user writes, the calls that fulfil it, and what the assistant must say in the end. "
    "Every value in a call must stand in what the user writes or in the result of an earlier "
    "call, and what must be said must stand in a result. The user says all that is needed at "
    "once; nobody answers questions. Use several calls, and now and then a condition that must be "
    "looked up first. Reply with a JSON list and nothing else: "
    '[{"instruction": "…", "calls": [{"name": "…", "arguments": {…}}], "say": ["…"]}]'
)


def proposing_question(world: World, examples: list[Candidate], random: Random) -> Question:
    """Asks for tasks in this world, about a few of its rows."""
    functions = "\n".join(json.dumps(tool.function) for tool in world.domain.tools)
    rows = "\n".join(_rows(world, random))
    shown = random.sample(examples, min(_EXAMPLES, len(examples)))
    return Question(
        _SYSTEM,
        f"What the assistant is told:\n{world.domain.policy.strip()}\n\nFunctions:\n{functions}\n\n"
        f"Some rows of the database:\n{rows}\n\nTasks that are there already:\n"
        f"{json.dumps([_written(each) for each in shown], ensure_ascii=False)}\n\n"
        f"Think of {_TASKS_A_QUESTION} others about these rows.",
    )


def proposals(world: World, reply: str) -> Iterator[Candidate | Dropped]:
    """Each task of the reply as a candidate, or why it is none."""
    values = json_list(reply)
    if values is None:
        yield Dropped(DropReason.UNREADABLE, reply[:80])
        return
    for value in values[:_TASKS_A_QUESTION]:
        yield _proposed(world, value)


def _proposed(world: World, value: Any) -> Candidate | Dropped:
    try:
        instruction, say = str(value["instruction"]), value.get("say") or []
        actions: tuple[ToolCall, ...] = calls_from(value["calls"])
        if not instruction.strip() or len(instruction) > _MOST_CHARS or not isinstance(say, list):
            raise ValueError("no text")
    except (ValueError, LookupError, TypeError, AttributeError):
        return Dropped(DropReason.UNREADABLE, str(value)[:80])
    return Candidate(world, tidy(instruction), actions, tuple(map(str, say)), source="proposed")


def _rows(world: World, random: Random) -> Iterator[str]:
    for table, rows in world.domain.database.items():
        for key in random.sample(list(rows), min(_ROWS_A_TABLE, len(rows))):
            yield f"{table}/{key}: {json.dumps(rows[key], ensure_ascii=False)}"


def _written(candidate: Candidate) -> dict[str, Any]:
    calls = [{"name": call.name, "arguments": call.arguments} for call in candidate.actions]
    return {"instruction": candidate.instruction, "calls": calls, "say": list(candidate.say)}
