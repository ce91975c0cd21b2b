"""The live view: what stays, what repaints, and that no text can break or steer the terminal."""

import io
import subprocess
import sys
import threading
import time

import pyte
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

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
from orchestra_cli.views.clean_text import clean_text
from orchestra_cli.views.live import LiveView, render
from orchestra_cli.views.run_view import RunView, thinking
from orchestra_cli.views.scrollback import render_closing, render_notes, render_turn, scrollback_of
from tools.base import Observation, Usage

ORCHESTRATOR = Orchestrator("embedded", "model", "toolorchestra")
LOCAL = Usage("orchestrator", input_tokens=412, output_tokens=21, latency_s=0.4)
REMOTE = Usage("gpt-5-mini", input_tokens=1000, output_tokens=180, cost_usd=0.0012, latency_s=2.0)
PYTHON = Turn(0, "", "python", {"code": "2350*0.17"}, Observation("399.5\n"), usage=(LOCAL,))
ANSWER = Turn(
    index=1,
    thought="",
    tool="answer",
    arguments={"model": "answer-2"},
    observation=Observation("Europe grew by 4 percent."),
    slot="answer-2",
    expert="gpt-5-mini",
    leaves_machine=True,
    usage=(LOCAL, REMOTE),
)
STARTED = RunStarted("r1", "q", ORCHESTRATOR, ("python",), {}, ("the embedded model is small",))


def shown(*renderables: RenderableType, width: int = 80, height: int = 50) -> str:
    """What the renderables look like on a terminal without colour."""
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, width=width, height=height, color_system=None
    )
    console.print(*renderables)
    return stream.getvalue()


def after(*events: Event) -> RunView:
    """The view after these events, one second apart."""
    view = RunView()
    for now, event in enumerate(events):
        view = view.apply(event, float(now))
    return view


def finished(stop_reason: StopReason, *turns: Turn, error: str | None = None) -> Trajectory:
    usage = tuple(used for turn in turns for used in turn.usage)
    return Trajectory(
        "r1", "q", ORCHESTRATOR, "42", stop_reason, turns=turns, usage=usage, error=error
    )


# What stays in the scrollback


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


# The live region


def test_a_streaming_thought_shows_its_last_rows_and_the_time() -> None:
    words = " ".join(f"word{i}" for i in range(200))
    view = after(STARTED, TurnStarted(0, ()), ThoughtDelta("<think>" + words))
    rows = shown(render(view, now=4.25)).splitlines()
    assert rows[0] == "turn 1"
    assert len(rows) == 5
    assert rows[3].endswith("word199")
    assert rows[4].endswith("thinking  3.2 s")


def test_the_rows_of_a_growing_thought_do_not_jump() -> None:
    text = "".join(f"word{i} " for i in range(60))
    view = after(STARTED, TurnStarted(0, ()), ThoughtDelta(text))
    before = shown(render(view, 2.0)).splitlines()
    more = shown(render(view.apply(ThoughtDelta("more"), 2.0), 2.0)).splitlines()
    assert more[1:3] == before[1:3]


def test_a_running_call_shows_code_output_and_totals() -> None:
    chosen = CallChosen("answer", {"model": "answer-2"}, "answer-2", "gpt-5-mini", True)
    view = after(STARTED, TurnFinished(PYTHON), TurnStarted(1, ()), chosen, ToolOutput("Europe g"))
    rows = shown(render(view, now=4.0)).splitlines()
    assert rows[:2] == ["turn 2  answer-2 → gpt-5-mini  ↗ leaves this machine", "  Europe g"]
    assert rows[2][2:] == "running  2.0 s   so far 1 turn · 0.4 s · 412 in · 21 out · $0"
    coded = after(
        STARTED, TurnStarted(0, ()), CallChosen("python", {"code": "1\n2"}, "", "", False)
    )
    assert shown(render(coded, 2.0)).splitlines()[:3] == ["turn 1  python", "  1", "  2"]


def test_raw_calls_are_not_shown() -> None:
    call = '<tool_call>\n{"name": "python", "arguments": {"code": "1"}}'
    view = after(STARTED, TurnStarted(0, ()), ThoughtDelta(f"<think>\nadd\n</think>\n{call}"))
    text = shown(render(view, 2.0))
    assert "add" in text and "choosing…" in text
    assert "{" not in text and "<" not in text


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("<think>a < b", ("a < b", False)),
        ("<think>a</thi", ("a", False)),
        ("a <", ("a", False)),
        ("a</think> b", ("a b", False)),
        ("a<tool_ca", ("a", False)),
        ("a<tool_call>{}", ("a", True)),
        ('{"name"', ("", True)),
        ('<think>a</think>\n{"name"', ("a", True)),
    ],
)
def test_thinking(reply: str, expected: tuple[str, bool]) -> None:
    assert thinking(reply) == expected


def test_the_region_fits_a_short_screen_and_keeps_its_last_row() -> None:
    code = "\n".join(f"line{i}" for i in range(20))
    view = after(
        STARTED, TurnStarted(0, ()), CallChosen("python", {"code": code}, None, None, False)
    )
    rows = shown(render(view, 2.0), height=5).splitlines()
    assert len(rows) == 4
    assert "running" in rows[-1]


def test_nothing_is_live_after_the_run() -> None:
    view = after(STARTED, RunFinished(finished(StopReason.ANSWERED)))
    assert shown(render(view, 9.0)) == ""


def test_output_without_end_is_kept_bounded() -> None:
    view = after(STARTED, TurnStarted(0, ()))
    for _ in range(200):
        view = view.apply(ToolOutput("x" * 1000), 0.0)
    assert len(view.output) < 40_000


# Untrusted text

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


# The terminal


class Terminal:
    """A real screen behind a console: what is on it once the bytes have had their effect."""

    def __init__(self, *, width: int = 60, height: int = 24) -> None:
        self.stream = io.StringIO()
        self.console = Console(file=self.stream, force_terminal=True, width=width, height=height)
        self._size = (width, height)

    def wait_for(self, text: str) -> None:
        """Until the display's own thread has painted this."""
        deadline = time.monotonic() + 10
        while text not in self.stream.getvalue():
            assert time.monotonic() < deadline, f"{text!r} was never painted"
            time.sleep(0.01)

    def lines(self) -> list[str]:
        screen = pyte.Screen(*self._size)
        screen.set_mode(pyte.modes.LNM)
        pyte.Stream(screen).feed(self.stream.getvalue())
        return [line.rstrip() for line in screen.display if line.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return Terminal()


def run(view: LiveView, terminal: Terminal, *, repaints: bool = True) -> None:
    with view:
        view(STARTED)
        view(TurnStarted(0, ("python",)))
        view(ThoughtDelta("<think>let Python do it"))
        if repaints:
            terminal.wait_for("let Python do it")
        view(CallChosen("python", {"code": "2350*0.17"}, None, None, False))
        if repaints:
            terminal.wait_for("running")
        view(TurnFinished(PYTHON))
        view(RunFinished(finished(StopReason.ANSWERED, PYTHON)))


def test_after_a_run_only_what_stays_is_on_the_screen(terminal: Terminal) -> None:
    run(LiveView(terminal.console), terminal)
    assert terminal.lines() == [
        "· the embedded model is small",
        "turn 1  python  0.4 s · 412 in · 21 out · $0",
        "  2350*0.17",
        "  → 399.5",
        "answered  1 turn · 0.4 s · 412 in · 21 out · $0",
    ]
    assert "\x1b[?1049h" not in terminal.stream.getvalue()


def test_it_repaints_while_the_loop_is_busy(terminal: Terminal) -> None:
    with LiveView(terminal.console) as view:
        view(STARTED)
        view(TurnStarted(0, ()))
        terminal.wait_for("⠙ thinking")
        terminal.wait_for("⠼ thinking")


def test_a_question_gets_the_terminal_to_itself(terminal: Terminal) -> None:
    with LiveView(terminal.console) as view:
        view(STARTED)
        view(TurnStarted(0, ()))
        view(CallChosen("ask_user", {"question": "Which year?"}, None, None, False))
        terminal.wait_for("running")
        with view.suspended():
            terminal.console.print("Which year? 2023")
            quiet = terminal.stream.getvalue()
            time.sleep(0.25)
            assert terminal.stream.getvalue() == quiet
        assert terminal.lines()[:2] == ["· the embedded model is small", "Which year? 2023"]
        assert "running" in terminal.lines()[-1]
    assert terminal.lines() == ["· the embedded model is small", "Which year? 2023"]


def test_an_interrupt_gives_the_cursor_back(terminal: Terminal) -> None:
    with pytest.raises(KeyboardInterrupt), LiveView(terminal.console) as view:
        view(STARTED)
        raise KeyboardInterrupt
    written = terminal.stream.getvalue()
    assert written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l") >= 0


def test_stdout_is_left_alone(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    with LiveView(terminal.console) as view:
        view(STARTED)
        print("the answer")
    assert capsys.readouterr().out == "the answer\n"


def test_no_color_leaves_no_colour(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    plain.console.print(render_turn(ANSWER), render_closing(finished(StopReason.FAILED, PYTHON)))
    terminal.console.print(render_turn(ANSWER))
    assert "\x1b[33m" in terminal.stream.getvalue()
    assert not any(f"\x1b[{n}" in plain.stream.getvalue() for n in ("3", "9", "1;3"))


def test_a_dumb_terminal_gets_lines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    run(LiveView(terminal.console), terminal, repaints=False)
    assert "\x1b" not in terminal.stream.getvalue()
    assert "→ 399.5" in terminal.stream.getvalue()


def test_events_and_repaints_may_meet(terminal: Terminal) -> None:
    """The display reads while the loop writes; neither may fail."""
    failures: list[BaseException] = []
    view = RunView().apply(STARTED, 0.0)
    holder = [view]
    done = threading.Event()

    def paint() -> None:
        try:
            while not done.is_set():
                shown(render(holder[0], 1.0))
        except BaseException as error:
            failures.append(error)

    painter = threading.Thread(target=paint)
    painter.start()
    for index in range(300):
        for event in (TurnStarted(index, ()), ThoughtDelta("a b"), TurnFinished(PYTHON)):
            holder[0] = holder[0].apply(event, 1.0)
    done.set()
    painter.join()
    assert not failures
    assert holder[0].num_turns == 300


def test_importing_the_view_loads_no_highlighter() -> None:
    code = "import sys, orchestra_cli.views.live; print('pygments' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert printed.stdout.strip() == b"False"
