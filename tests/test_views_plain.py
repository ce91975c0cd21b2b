"""The plain view: lines that stand, for logs and for eyes that want no motion."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory, Turn
from orchestra_cli.views.plain import PlainView
from tools.base import Observation, Usage

ORCHESTRATOR = Orchestrator("embedded", "model", "toolorchestra")
LOCAL = Usage("orchestrator", input_tokens=412, output_tokens=21, latency_s=0.4)


def written(*events: Event) -> str:
    stream = io.StringIO()
    with PlainView(stream) as view:
        for event in events:
            view(event)
    return stream.getvalue()


def test_a_run_in_lines() -> None:
    code = {"code": "2350*0.17"}
    python = Turn(0, "", "python", code, Observation("399.5\n"), usage=(LOCAL,))
    search = Turn(1, "", "search", {}, Observation("a\n\nb"), "search-1", "gpt-5-mini", True)
    own = Turn(2, "", None, {}, None, usage=(LOCAL,))
    trajectory = Trajectory(
        "r1", "q", ORCHESTRATOR, "42", StopReason.ANSWERED, (python, search, own), usage=(LOCAL,)
    )
    assert written(
        RunStarted("r1", "q", ORCHESTRATOR, ("python",), {}, ("the model is small",)),
        TurnStarted(0, ("python",)),
        ThoughtDelta("<think>never shown"),
        FormatErrorSeen("no tool is called pythn", 2),
        CallChosen("python", code, None, None, False),
        TurnFinished(python),
        TurnStarted(1, ("search",)),
        CallChosen("search", {"model": "search-1"}, "search-1", "gpt-5-mini", True),
        ToolOutput("never shown"),
        TurnFinished(search),
        TurnStarted(2, ()),
        TurnFinished(own),
        RunFinished(trajectory),
    ).splitlines() == [
        "note: the model is small",
        "turn 1: error: no legal call, 2 retries left: no tool is called pythn",
        'turn 1: python code="2350*0.17"',
        "  → 399.5",
        "  0.4 s · 412 in · 21 out · $0",
        "turn 2: search-1 → gpt-5-mini (leaves this machine)",
        "  → a",
        "    b",
        "  0.00 s · $0",
        "turn 3: answers itself",
        "  0.4 s · 412 in · 21 out · $0",
        "answered (3 turns · 0.4 s · 412 in · 21 out · $0)",
    ]


def test_a_long_observation_is_cut_short() -> None:
    text = "\n".join(str(n) for n in range(46))
    lines = written(TurnFinished(Turn(0, "", "python", {}, Observation(text)))).splitlines()
    assert lines[0] == "  → 0"
    assert lines[6] == "    … 40 more lines"


def test_an_error_is_named_once() -> None:
    seen = Observation("connection refused", error="connection refused")
    lines = written(TurnFinished(Turn(0, "", "web_search", {}, seen))).splitlines()
    assert lines[0] == "  error: connection refused"
    assert len(lines) == 2


def test_a_failed_run_says_why() -> None:
    trajectory = Trajectory("r1", "q", ORCHESTRATOR, None, StopReason.FAILED, error="no route")
    assert written(RunFinished(trajectory)) == "failed: no route (0 turns · 0.00 s · $0)\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_of_the_stream_will_do(encoding: str) -> None:
    raw = io.BytesIO()
    view = PlainView(io.TextIOWrapper(raw, encoding=encoding, errors="strict"))
    view(TurnFinished(Turn(0, "", "python", {}, Observation("日本 €"))))
    assert raw.getvalue().decode(encoding).splitlines()[0][:2] == "  "


def test_a_question_needs_nothing_taken_away() -> None:
    stream = io.StringIO()
    with PlainView(stream).suspended():
        stream.write("Which year?")
    assert stream.getvalue() == "Which year?"


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_is_tame(text: str) -> None:
    turn = Turn(0, text, text, {text: text}, Observation(text, error=text), expert=text)
    output = written(
        RunStarted("r", text, ORCHESTRATOR, (), {}, (text,)),
        FormatErrorSeen(text, 0),
        CallChosen(text, {text: text, "code": text, "n": [text]}, text, text, True),
        TurnFinished(turn),
        RunFinished(Trajectory("r", text, ORCHESTRATOR, text, StopReason.FAILED, error=text)),
    )
    assert not [
        char for char in output if (char < " " and char != "\n") or "\x7f" <= char <= "\x9f"
    ]
    assert max(len(line) for line in output.split("\n")) < 8_000
    output.encode()
