"""The live view: what repaints while a run goes on, and what it leaves of the terminal."""

import io
import subprocess
import sys
import threading
import time

import pyte
import pytest
from example_run import ANSWER, PYTHON, STARTED, after, finished, shown
from rich.console import Console

from orchestra_cli.events import (
    CallChosen,
    RunFinished,
    ThoughtDelta,
    ToolOutput,
    TurnFinished,
    TurnStarted,
)
from orchestra_cli.trajectory import StopReason
from orchestra_cli.views.live import LiveView, render
from orchestra_cli.views.run_view import RunView, thinking
from orchestra_cli.views.scrollback import render_closing, render_turn


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
