"""The ask_user tool: a person's line, word for word, at a real terminal; none without one."""

from __future__ import annotations

import io
import os
import pty
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from toolbox_calls import problem

from orchestra_cli.terminal import asker, choose_view
from tools.ask_user import AskUserTool
from tools.base import CallContext, Observation, ToolCall, ToolError
from tools.toolbox import Toolbox

CONTEXT = CallContext(question="Book it")


def call(toolbox: Toolbox, question: object) -> Observation:
    calling = toolbox.call(ToolCall("ask_user", {"question": question}), CONTEXT)
    while True:
        try:
            next(calling)
        except StopIteration as done:
            observation: Observation = done.value
            return observation


def test_the_reply_is_what_the_policy_sees_and_a_document() -> None:
    asked: list[str] = []

    def reply(question: str) -> str:
        asked.append(question)
        return "  On Friday, \u00e0 8h\n"

    observation = AskUserTool(reply).run({"question": "Which day?"}, CONTEXT)
    assert asked == ["Which day?"]
    assert observation == Observation(
        "On Friday, \u00e0 8h", documents=("The user said: On Friday, \u00e0 8h",)
    )


@pytest.mark.parametrize("reply", ["", "\n", "  \t\n"])
def test_no_answer_is_an_error_that_says_go_on(reply: str) -> None:
    with pytest.raises(ToolError, match="gave no answer: go on without it"):
        AskUserTool(lambda question: reply).run({"question": "Which day?"}, CONTEXT)


def test_it_stays_on_this_machine() -> None:
    assert not AskUserTool(str).leaves_machine({"question": "Which day?"})


@pytest.mark.parametrize(
    "arguments", [{}, {"question": ""}, {"question": 3}, {"question": "x" * 501}, {"text": "x"}]
)
def test_a_call_that_asks_nothing_is_not_legal(arguments: dict[str, object]) -> None:
    toolbox = Toolbox([AskUserTool(str)])
    assert problem(toolbox, ToolCall("ask_user", arguments), "ask_user") is not None
    legal = ToolCall("ask_user", {"question": "Which day?"})
    assert problem(toolbox, legal, "ask_user") is None


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Standard input and error at a pseudo-terminal; gives the person's end."""
    person, program = pty.openpty()
    with (
        os.fdopen(program, "r+b", buffering=0) as raw,
        io.TextIOWrapper(raw, write_through=True) as file,
    ):
        monkeypatch.setattr(sys, "stdin", file)
        monkeypatch.setattr(sys, "stderr", file)
        yield person
    os.close(person)


def test_a_person_at_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as person:
        ask = asker(choose_view(quiet=True, plain=False))
        assert ask is not None
        typing = threading.Timer(0.1, os.write, (person, "Freitag \u00fc\n".encode()))
        typing.start()
        observation = call(Toolbox([AskUserTool(ask)]), "Which day?\x1b[2J")
        typing.join()
        assert observation.text == "Freitag \u00fc"
        shown = os.read(person, 1000).decode()
    assert "? Which day?" in shown
    assert "> " in shown
    assert "\x1b" not in shown


def test_an_empty_line_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as person:
        ask = asker(choose_view(quiet=True, plain=False))
        assert ask is not None
        os.write(person, b"\n")
        observation = call(Toolbox([AskUserTool(ask)]), "Which day?")
    assert observation.error == "the user gave no answer: go on without it"


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    view = choose_view(quiet=True, plain=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert asker(view) is None
    monkeypatch.setattr(sys, "stdin", None)
    assert asker(view) is None
