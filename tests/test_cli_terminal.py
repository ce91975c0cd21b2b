"""`orchestra ask` on a pseudo-terminal: what a person sees, and what is left of it in the end."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest
from openai_server import OpenAIServer, streamed, tool_call
from orchestra_command import COMMAND, environment, write_config

# Python 3.12 and later warn of any fork beside a thread; pexpect's child only calls exec.
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

ROWS = 50
TIMEOUT_S = 20
ANSWER = "It is **42**, as\n\n- every\n- mouse\n\nknows."
_COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


class Terminal:
    """A run of the command on a terminal of its own; `more` is environment."""

    def __init__(
        self, *arguments: str, columns: int = 80, command: str = COMMAND, **more: str
    ) -> None:
        self.raw = ""
        self.screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.Stream(self.screen)
        self.child: pexpect.spawn[str] = pexpect.spawn(
            command,
            list(arguments),
            env=environment(**{"TERM": "xterm-256color"} | more),
            dimensions=(ROWS, columns),
            encoding="utf-8",
            timeout=TIMEOUT_S,
        )
        self.child.logfile_read = self

    def write(self, text: str) -> None:
        """What the terminal gets, as pexpect reads it."""
        self.raw += text
        self._stream.feed(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def wait_for(self, pattern: str) -> None:
        """Read until this is written."""
        self.child.expect(pattern)

    def end(self) -> int:
        """Read to the end; the exit code."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus is not None, f"killed by signal {self.child.signalstatus}"
        return int(self.child.exitstatus)

    @property
    def text(self) -> str:
        """The rows on the screen."""
        return "\n".join(row.rstrip() for row in self.screen.display).rstrip()

    def is_sane(self) -> bool:
        """The cursor shows, and the scrollback was never left."""
        return not self.screen.cursor.hidden and "[?1049h" not in self.raw


def compute_then_answer(server: OpenAIServer, *, pause_s: float = 0.0) -> str:
    """A run of two turns; its model."""
    code = '{"code": "value = 6 * 7\\nprint(value)"}'
    call = streamed(thought="Compute it first.", calls=[tool_call("python", code)])
    server.script(call, streamed(*ANSWER.splitlines(keepends=True), pause_s=pause_s))
    return f"{server.base_url}#m"


def styles_of(screen: pyte.Screen, word: str) -> Any:
    """How the first character of a word is shown."""
    row = next(i for i, text in enumerate(screen.display) if word in text)
    return screen.buffer[row][screen.display[row].index(word)]


@pytest.mark.parametrize("columns", [80, 30])
def test_a_run_and_its_answer(server: OpenAIServer, columns: int) -> None:
    model = compute_then_answer(server)
    terminal = Terminal("ask", "-m", model, "What is six times seven?", columns=columns)
    assert terminal.end() == 0
    assert terminal.is_sane()
    rows = [row.strip() for row in terminal.text.split("\n")]
    assert rows[0].startswith("· m at 127.0.0.1")
    assert any(row.startswith("turn 1") and "python" in row for row in rows)
    assert "value = 6 * 7" in rows
    assert "→ 42" in rows
    assert any(row.startswith("turn 2") and "answers itself" in row for row in rows)
    assert any(row.startswith("answered") for row in rows)
    assert terminal.text.count("turn 1") == terminal.text.count("→ 42") == 1


def test_the_answer_is_markdown(server: OpenAIServer) -> None:
    terminal = Terminal("ask", "-m", compute_then_answer(server), "What is six times seven?")
    terminal.end()
    assert "It is 42, as" in terminal.text
    assert " • every" in terminal.text
    assert styles_of(terminal.screen, "42, as").bold
    assert terminal.text.rstrip().endswith("knows.")


def test_the_running_turn_shows(server: OpenAIServer) -> None:
    server.script(streamed(*(f"word{n} " for n in range(40)), pause_s=0.05))
    terminal = Terminal("ask", "-m", f"{server.base_url}#m", "Tell me more")
    terminal.wait_for("word9 ")
    assert "turn 1" in terminal.text
    assert "thinking" in terminal.text
    assert terminal.screen.cursor.hidden
    assert terminal.end() == 0
    assert terminal.is_sane()
    assert "thinking" not in terminal.text


def test_no_color(server: OpenAIServer) -> None:
    coloured = Terminal("ask", "-m", compute_then_answer(server), "What is six times seven?")
    coloured.end()
    assert _COLOUR.search(coloured.raw)
    plain = Terminal("ask", "-m", compute_then_answer(server), "Six times seven?", NO_COLOR="1")
    assert plain.end() == 0
    assert _COLOUR.search(plain.raw) is None
    assert "It is 42, as" in plain.text


@pytest.mark.parametrize("arguments", [(), ("--plain",)], ids=["dumb", "plain"])
def test_plain_lines(server: OpenAIServer, arguments: tuple[str, ...]) -> None:
    term = "xterm" if arguments else "dumb"
    model = compute_then_answer(server)
    terminal = Terminal("ask", *arguments, "-m", model, "Six times seven?", TERM=term)
    assert terminal.end() == 0
    seen = terminal.raw.partition("answered (2 turns")[0]
    assert "turn 1: python" in seen
    assert "\x1b" not in seen
    if term == "dumb":
        assert "\x1b" not in terminal.raw


def test_quiet_shows_the_answer_alone(server: OpenAIServer) -> None:
    terminal = Terminal("ask", "-q", "-m", compute_then_answer(server), "Six times seven?")
    assert terminal.end() == 0
    assert terminal.text.lstrip().startswith("It is 42, as")


def test_json_lines_stay_whole(server: OpenAIServer) -> None:
    model = compute_then_answer(server)
    terminal = Terminal("ask", "--jsonl", "-m", model, "Six times seven?", columns=2000)
    assert terminal.end() == 0
    assert "\x1b" not in terminal.raw
    assert terminal.raw.count('\n{"event": ') >= 4


def test_an_answer_cannot_steer_the_terminal(server: OpenAIServer) -> None:
    server.script(streamed("\x1b]0;title\x07Paris\x1b[2J\x1b[?25l \x9b31mred"))
    model = f"{server.base_url}#m"
    for arguments in ((), ("--json",)):
        terminal = Terminal("ask", *arguments, "-m", model, "Which city?")
        assert terminal.end() == 0
        assert "Paris" in terminal.raw
        assert terminal.is_sane()
        assert [code for code in ("\x1b]0;", "\x1b[2J", "\x9b") if code in terminal.raw] == []


# Ctrl-C


def test_interrupt_leaves_the_terminal_sane(server: OpenAIServer) -> None:
    server.script(streamed(*["word "] * 600, pause_s=0.05))
    terminal = Terminal("ask", "-m", f"{server.base_url}#m", "Tell me more")
    terminal.wait_for("word word")
    assert terminal.screen.cursor.hidden
    terminal.child.sendintr()
    began = time.monotonic()
    assert terminal.end() == 130
    assert time.monotonic() - began < 3
    assert terminal.is_sane()
    assert "interrupted" in terminal.text
    assert "Traceback" not in terminal.text


def test_interrupt_while_the_embedded_model_writes(rules: Path) -> None:
    terminal = Terminal("ask", "--offline", "Tell the history of France")
    terminal.wait_for("running")
    time.sleep(0.5)
    terminal.child.sendintr()
    assert terminal.end() == 130
    assert terminal.is_sane()
    assert "interrupted" in terminal.text
    assert "Traceback" not in terminal.text


# A question to the user


def ask_which_city(server: OpenAIServer) -> str:
    call = tool_call("ask_user", '{"question": "Which city do you mean?"}')
    server.script(streamed(calls=[call]), streamed("Sunny."))
    return f"{server.base_url}#m"


def test_the_model_asks_the_user(server: OpenAIServer) -> None:
    terminal = Terminal("ask", "-m", ask_which_city(server), "How is the weather?")
    terminal.wait_for(r"\? Which city do you mean\?\r\n")
    terminal.wait_for("> ")
    assert not terminal.screen.cursor.hidden
    time.sleep(0.3)  # a live region would paint over the prompt by then
    terminal.child.sendline("Whitby, England")
    assert terminal.end() == 0
    assert terminal.is_sane()
    result = server.requests[1].body["messages"][-1]
    assert (result["role"], result["content"]) == ("tool", "Whitby, England")
    assert "> Whitby, England" in terminal.text
    assert terminal.text.endswith("Sunny.")


def test_a_user_who_says_nothing(server: OpenAIServer) -> None:
    terminal = Terminal("ask", "-m", ask_which_city(server), "How is the weather?")
    terminal.wait_for("> ")
    terminal.child.sendeof()
    assert terminal.end() == 0
    assert "the user gave no answer" in server.requests[1].body["messages"][-1]["content"]


def test_interrupt_at_the_question(server: OpenAIServer) -> None:
    terminal = Terminal("ask", "-m", ask_which_city(server), "How is the weather?")
    terminal.wait_for("> ")
    terminal.child.sendintr()
    assert terminal.end() == 130
    assert terminal.is_sane()
    assert "Traceback" not in terminal.text


def offered(server: OpenAIServer) -> set[str]:
    return {tool["function"]["name"] for tool in server.requests[-1].body["tools"]}


def test_ask_user_is_offered_only_to_a_person(server: OpenAIServer) -> None:
    server.script(streamed("Sunny."))
    model = f"{server.base_url}#m"
    assert Terminal("ask", "-m", model, "How is the weather?").end() == 0
    assert "ask_user" in offered(server)
    script = f'"{COMMAND}" ask -m "{model}" "How is the weather?" </dev/null'
    assert Terminal("-c", script, command="/bin/bash").end() == 0
    assert "python" in offered(server)
    assert "ask_user" not in offered(server)


def test_ask_user_can_be_switched_off(server: OpenAIServer) -> None:
    write_config("[tools.ask_user]\nenabled = false\n")
    server.script(streamed("Sunny."))
    assert Terminal("ask", "-m", f"{server.base_url}#m", "How is the weather?").end() == 0
    assert "ask_user" not in offered(server)
