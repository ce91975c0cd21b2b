"""What stays on the screen of a run: its turns, its errors and its totals."""

import pytest
from example_run import ANSWER, LOCAL, PYTHON, finished, shown

from orchestra_cli.events import FormatErrorSeen
from orchestra_cli.trajectory import StopReason, Trajectory, Turn
from orchestra_cli.views.scrollback import render_closing, render_turn, scrollback_of
from tools.base import Observation, Usage


def test_a_finished_turn_is_a_header_its_code_and_its_output() -> None:
    assert shown(render_turn(PYTHON)) == (
        "turn 1  python  0.4 s · 412 in · 21 out · $0\n  2350*0.17\n  → 399.5\n"
    )


def test_a_call_that_left_the_machine_names_slot_expert_and_price() -> None:
    assert shown(render_turn(ANSWER), width=100) == (
        "turn 2  answer-2 → gpt-5-mini  ↗ left this machine  2.4 s · 1,412 in · 201 out · $0.0012\n"
        "  → Europe grew by 4 percent.\n"
    )


def test_figures_move_to_a_row_of_their_own_where_there_is_no_room() -> None:
    assert shown(render_turn(ANSWER), width=30) == (
        "turn 2  answer-2 → gpt-5-mini\n"
        "  ↗ left this machine\n"
        "  2.4 s · 1,412 in · 201 out\n"
        "  $0.0012\n"
        "  → Europe grew by 4 percent.\n"
    )


def test_arguments_are_compact_and_a_long_observation_is_cut_short() -> None:
    observation = Observation("\n".join(f"Doc {i}: {'word ' * 40}" for i in range(46)))
    arguments = {"query": 'a "b"\nc', "count": 5, "deep": {"x": [1, None]}}
    lines = shown(render_turn(Turn(0, "", "search", arguments, observation))).splitlines()
    assert lines[1] == '  query="a \\"b\\"\\nc" count=5 deep={"x": [1, null]}'
    assert lines[2].startswith("  → Doc 0: word") and lines[2].endswith("…")
    assert len(lines) == 9
    assert lines[-1] == "    … 40 more lines"


def test_a_single_line_of_prose_wraps_to_a_few_rows() -> None:
    turn = Turn(0, "", "answer", {}, Observation("many words " * 200))
    rows = shown(render_turn(turn), width=60).splitlines()[1:]
    assert len(rows) == 6
    assert rows[-1].endswith("…")


def test_an_error_says_so_in_words_and_once() -> None:
    turn = Turn(0, "", "web", {}, Observation("connection refused", error="connection refused"))
    assert shown(render_turn(turn)).splitlines()[1:] == ["  error: connection refused"]


def test_an_error_keeps_the_output_that_came_before_it() -> None:
    turn = Turn(0, "", "python", {}, Observation("12\nTraceback", error="ValueError: x"))
    assert shown(render_turn(turn)).splitlines()[1:] == [
        "  → 12",
        "    Traceback",
        "  error: ValueError: x",
    ]


@pytest.mark.parametrize(
    ("turn", "line"),
    [
        (Turn(2, "", None, {}, None, usage=(LOCAL,)), "turn 3  answers itself  0.4 s"),
        (Turn(0, "", "python", {}, Observation("")), "  → (no output)"),
        (Turn(0, "", "ask", {}, Observation("x"), usage=(Usage("a", cost_usd=None),)), "· $?"),
        (Turn(0, "", "ask", {}, Observation("x"), usage=(Usage("a", latency_s=125),)), "2 min 5 s"),
        (Turn(0, "", "a", {}, Observation("x"), usage=(Usage("a", cost_usd=2e-5),)), "$0.000020"),
    ],
    ids=["own answer", "no output", "unknown price", "minutes", "tiny price"],
)
def test_particular_turns(turn: Turn, line: str) -> None:
    assert line in shown(render_turn(turn))


@pytest.mark.parametrize(
    ("trajectory", "text"),
    [
        (
            finished(StopReason.ANSWERED, PYTHON, ANSWER),
            "answered  2 turns · 2.8 s · 1,824 in · 222 out · $0.0012\n",
        ),
        (finished(StopReason.COST_LIMIT, PYTHON), "cost limit reached  1 turn · 0.4 s · "),
        (finished(StopReason.FAILED, error="no route"), "failed: no route  0 turns · 0.00 s · $0"),
    ],
    ids=["answered", "limit", "failed"],
)
def test_the_closing_line_has_reason_and_totals_but_no_answer(
    trajectory: Trajectory, text: str
) -> None:
    assert shown(render_closing(trajectory)).startswith(text)
    assert "42" not in shown(render_closing(finished(StopReason.ANSWERED, PYTHON))).split("·")[0]


def test_a_format_error_is_shown_with_the_retries_left() -> None:
    stays = scrollback_of(FormatErrorSeen("no tool is called [red]pythn[/]", 1))
    assert stays is not None
    assert shown(stays) == "error: no legal call, 1 retry left: no tool is called [red]pythn[/]\n"
