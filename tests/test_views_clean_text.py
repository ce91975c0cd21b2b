"""No text that a model or a tool wrote can break or steer the terminal."""

import pytest
from example_run import STARTED, after, finished, shown
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import RenderableType

from orchestra_cli.events import (
    CallChosen,
    FormatErrorSeen,
    ThoughtDelta,
    ToolOutput,
    TurnStarted,
)
from orchestra_cli.trajectory import StopReason, Turn
from orchestra_cli.views.clean_text import clean_text
from orchestra_cli.views.live import render
from orchestra_cli.views.scrollback import render_closing, render_notes, render_turn, scrollback_of
from tools.base import Observation

HOSTILE = [
    "[red]x[/] [/] [link=file:///etc]y[/link] :smile: [bold",
    "\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x1b[2J\x9b31m\x1bPq\x1b\\ \x1b",
    "👩‍👩‍👧‍👦 🇫🇮 ❤️ 👍🏽 é e\u0301 " * 30,
    "日本語テキスト" * 40,
    "x" * 50_000,
    "a\tb\rc\r\nd\x0be\x85f\u2028g\x00\x08\x7f",
    "\ud800 \udfff \u202eevil\u202c \u2066x\u2069 \ufeff",
    "",
]


def everything(text: str) -> list[RenderableType]:
    """All that is ever shown, made of one text."""
    observation = Observation(text, error=text)
    turn = Turn(0, text, text, {text: text, "code": text}, observation, slot=text, expert=text)
    chosen = CallChosen(text, {"query": text, "n": [text]}, None, text, True)
    thinks = after(STARTED, TurnStarted(0, ()), ThoughtDelta(text))
    runs = thinks.apply(chosen, 1.0).apply(ToolOutput(text), 1.0)
    stays = scrollback_of(FormatErrorSeen(text, 1))
    assert stays is not None
    return [
        render_notes((text,)),
        stays,
        render_turn(turn),
        render_turn(Turn(0, "", "a", {}, Observation(text))),
        render_closing(finished(StopReason.FAILED, error=text)),
        render(thinks, 1.0),
        render(runs, 1.0),
    ]


def assert_tame(text: str, width: int) -> None:
    output = shown(*everything(text), width=width)
    assert max(cell_len(line) for line in output.split("\n")) <= width
    assert not [
        char for char in output if (char < " " and char != "\n") or "\x7f" <= char <= "\x9f"
    ]
    output.encode()


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_tame_at_every_width(text: str, width: int) -> None:
    assert_tame(text, width)


@given(
    text=st.text(st.characters(codec=None, exclude_categories=()), max_size=300),
    width=st.sampled_from([1, 2, 5, 20, 40, 80, 200]),
)
@example(text="日", width=1)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_is_tame(text: str, width: int) -> None:
    assert_tame(text, width)


def test_markup_is_shown_as_it_was_written() -> None:
    turn = Turn(0, "", "a", {"q": "[red]x[/]"}, Observation("[/] [bold]y[/bold] :smile:"))
    assert '  q="[red]x[/]"\n  → [/] [bold]y[/bold] :smile:\n' in shown(render_turn(turn))


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"),
        ("\x1b]unfinished\nnext", "\nnext"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("\x9b31mred\x90dcs\x9c", "red"),
        ("pass\u202eword", "password"),
        ("a\ud800b", "a\ufffdb"),
        ("👩‍👧 日本", "👩‍👧 日本"),
    ],
)
def test_clean_text(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean
