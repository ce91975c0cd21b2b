"""The judge of programs: runs the answer's program with the task's tests in a sandbox.

The reference is `{"tests": asserts as a text or a list, "entry_point": …, "prelude": …}`: the form
of HumanEval (the prompt is the prelude, the tests define `check`, there is an entry point) and of
MBPP (a list of asserts). monty runs it first, in milliseconds. It is a subset of Python with an
order of sets of its own, so what fails there is run again on CPython in bubblewrap, where that is
there. Where it is not, a failure that may be the subset's is no verdict.

The invariant: an answer is right only where the sandbox shows a random mark that the tests print
last. The answer's program runs to its end before the tests and the mark are even sent, so it cannot
print it by itself. What this does not cover: functions that the tests call could find the mark in
CPython's frames, if they are written to.
"""

from __future__ import annotations

import re
import secrets
import shutil
import sys
import textwrap
from typing import Literal

from orchestra_cli.evaluation.judges.base import Grade
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.experts.answer_text import MAX_CHARS, program_of
from tools.base import CallContext, ToolError

Backend = Literal["monty", "bubblewrap"]
_MAX_MEMORY_BYTES = {"monty": 256 << 20, "bubblewrap": 1 << 30}
_AS_IMPORTED = """\
import sys
__name__ = "answer"
sys.modules[__name__] = sys.modules["__main__"]"""
"""Keeps CPython from running what stands under `if __name__ == "__main__":`."""
_MAYBE_MONTYS = re.compile(r"ModuleNotFound|Import|NotImplemented|Attribute")
"""Errors of what monty lacks."""
_NO_BUBBLEWRAP = "bwrap does not exist here"
_NOT_RUN = re.compile(
    r"the python tool's backend|the bubblewrap sandbox|bwrap does|the program is l"
)
"""What the sandbox says where it has not run anything: no error of a program's begins like this."""


class CodeJudge:
    """A rule: the tests."""

    name = "code"

    def __init__(self, *, timeout_s: float = 10.0) -> None:
        """For the program, and again for the tests; monty, which is first, gets a third of it."""
        self._timeout_s = timeout_s

    def grade(self, task: EvalTask, answer: str) -> Grade:
        """Right where every test passes; None where no sandbox here can tell."""
        reference = task.answer
        tests = _tests(reference)
        if not isinstance(reference, dict) or not tests:
            return Grade(None, "the task has no tests to run")
        entry_point = str(reference.get("entry_point") or "")
        program = _program(answer, entry_point, str(reference.get("prelude") or ""))
        if not program.strip():
            return Grade(False, "there is no program in the answer")
        return self._run(program, _called(tests, entry_point))

    def _run(self, program: str, tests: str) -> Grade:
        limit_s = self._timeout_s
        failure = _failure("monty", program, tests, timeout_s=limit_s / 3)
        if failure is None:
            return Grade(True)
        again: str | None = _NO_BUBBLEWRAP
        if _has_bubblewrap():
            again = _failure("bubblewrap", program, tests, timeout_s=limit_s)
        if again is None:
            return Grade(True)
        if not _NOT_RUN.match(again):
            return Grade(False, again)
        return Grade(None if _MAYBE_MONTYS.match(failure) else False, f"{failure} ({again})")

    def same(self, task: EvalTask, one: str, other: str) -> bool:
        """Whether both are one program, but for blank lines and comments between the lines."""
        first = _lines(program_of(one[:MAX_CHARS], ""))
        return bool(first) and first == _lines(program_of(other[:MAX_CHARS], ""))


def _failure(backend: Backend, program: str, tests: str, *, timeout_s: float) -> str | None:
    """What went wrong, in one line; None where every test passed."""
    from tools.python import PythonTool

    mark = secrets.token_hex(16)
    tool = PythonTool(
        backend=backend, timeout_s=timeout_s, max_memory_bytes=_MAX_MEMORY_BYTES[backend]
    )
    try:
        if backend == "bubblewrap":
            tool.run({"code": _AS_IMPORTED}, CallContext(""))
        tool.run({"code": program}, CallContext(""))
        shown = tool.run({"code": f"{tests}\nprint({mark!r})"}, CallContext("")).text
    except (ToolError, ValueError) as error:  # ValueError: text that the sandbox cannot even take
        return _one_line(str(error))
    finally:
        tool.close()
    return None if shown.endswith(mark) else "the tests did not run to their end"


def _tests(reference: object) -> str:
    tests = reference.get("tests") if isinstance(reference, dict) else None
    if isinstance(tests, list):
        return "\n".join(str(test) for test in tests)
    return tests if isinstance(tests, str) else ""


def _called(tests: str, entry_point: str) -> str:
    """With the call of a `check` that is only defined."""
    if entry_point and "def check(" in tests and not re.search(r"^check\(", tests, re.MULTILINE):
        return f"{tests}\ncheck({entry_point})"
    return tests


def _program(answer: str, entry_point: str, prelude: str) -> str:
    """The answer's program behind the prelude; one that goes on in the prelude's last function."""
    code = program_of(answer[:MAX_CHARS], entry_point)
    goes_on = bool(entry_point and prelude) and f"def {entry_point}" not in code
    if not goes_on:
        return f"{prelude}\n{code}" if prelude else code
    return f"{prelude.rstrip()}\n{_indented(code)}"


def _indented(body: str) -> str:
    """A function's body, of which the first line's indent may have been stripped away."""
    first, _, rest = body.strip("\n").partition("\n")
    if first[:1] in (" ", "\t"):
        return body
    indents = [line for line in rest.splitlines() if line.strip()]
    if indents and all(line[:1] in (" ", "\t") for line in indents):
        return f"    {first}\n{rest}"
    return textwrap.indent(body, "    ")


def _has_bubblewrap() -> bool:
    return sys.platform == "linux" and shutil.which("bwrap") is not None


def _one_line(error: str) -> str:
    return (error.strip().splitlines() or ["the program failed"])[0][:200]


def _lines(program: str) -> list[str]:
    lines = (line.rstrip() for line in program.splitlines())
    return [line for line in lines if line and not line.lstrip().startswith("#")]
