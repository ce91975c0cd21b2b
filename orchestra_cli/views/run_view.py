"""What is known of a run while it goes on: the state behind the live view.

Every event makes a new `RunView`; none is ever changed. So the display's own thread may render the
one it holds while the loop is inside llama.cpp, without a lock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from orchestra_cli.events import (
    CallChosen,
    Event,
    FormatErrorSeen,
    RunFinished,
    RunStarted,
    ThoughtDelta,
    ToolOutput,
    TurnFinished,
    TurnStarted,
)
from tools.base import Usage

_KEPT_OUTPUT = 16_384
_TAGS = ("<think>", "</think>", "<tool_call>")
_THINK_TAG = re.compile(r"</?think>")


@dataclass(frozen=True, slots=True)
class RunView:
    """The running turn, and the totals of the finished ones."""

    phase: Literal["starting", "running", "finished"] = "starting"
    since: float = 0.0
    """When the present wait began (the turn, or the run before its first), in clock seconds."""
    turn: int | None = None
    """Index of the running turn; None between turns."""
    reply: str = ""
    call: CallChosen | None = None
    output: str = ""
    """The end of what the tool has shown so far."""
    num_turns: int = 0
    usage: tuple[Usage, ...] = ()
    """Of the finished turns."""

    def apply(self, event: Event, now: float) -> RunView:
        """The view after one more event, at `now` in the seconds of any one clock."""
        match event:
            case RunStarted():
                return RunView(phase="running", since=now)
            case TurnStarted(index=index):
                return replace(self, turn=index, since=now, reply="", call=None, output="")
            case ThoughtDelta(text=text):
                return replace(self, reply=self.reply + text)
            case FormatErrorSeen():
                return replace(self, reply="")
            case CallChosen():
                return replace(self, call=event, output="")
            case ToolOutput(text=text):
                return replace(self, output=_end_of(self.output + text))
            case TurnFinished(turn=turn):
                return replace(
                    self,
                    turn=None,
                    since=now,
                    num_turns=self.num_turns + 1,
                    usage=self.usage + turn.usage,
                )
            case RunFinished():
                return replace(self, phase="finished", turn=None)


def _end_of(output: str) -> str:
    """Bounded, but cut seldom: each cut makes the wrapped lines on screen jump."""
    return output if len(output) < 2 * _KEPT_OUTPUT else output[-_KEPT_OUTPUT:]


def thinking(reply: str) -> tuple[str, bool]:
    """The thought in a reply that may still be streaming, and whether the call has begun.

    Tags are left out, half of one at the end included, and so is the call's JSON.
    """
    before, tag, _ = reply.partition("<tool_call>")
    thought, _, after = before.rpartition("</think>")
    if after.lstrip().startswith("{"):
        before, tag = thought, "{"
    return _THINK_TAG.sub("", _without_half_tag(before)).strip(), bool(tag)


def _without_half_tag(text: str) -> str:
    start = text.rfind("<")
    half = text[start:] if start >= 0 else ""
    return text[:start] if half and any(tag.startswith(half) for tag in _TAGS) else text
