"""The `python` tool: runs the policy's program in a sandbox and shows what it printed.

One `PythonTool` is one run: variables and functions stay from call to call, as in a notebook. The
default backend is `tools.monty`, an interpreter of a subset of Python. The opt-in backend
`tools.bubblewrap` is the whole of CPython behind Linux namespaces (it says what that does not
cover).

The invariant: whatever a program does, a call ends soon after its time limit, what is held of its
output is bounded, and the next call works. Where that cost the variables, the error says so.
"""

from __future__ import annotations

import threading
import weakref

from tools.base import CallContext, CodeRun, JsonObject, Observation, ToolError
from tools.interpreter import GRACE_S, MONTY_MODULES, CappedOutput, Interpreter

_SHOWS = (
    "Shows what it prints, and the value of its last expression. Variables and functions are kept "
    "from call to call."
)
_CALLS = (
    'Ready to call: convert(12, "miles", "km"), days_between(date, date), weekday(date), '
    "shift(date, days=0, weeks=0, months=0, years=0), age(born, on), is_leap(year), "
    'minutes_between(time, time), shift_time(time, hours=0, minutes=0), number("1.5 million"), '
    "with dates and times as text."
)
_DESCRIPTIONS = {
    "monty": "Run a Python program: calculation, counting, dates, text. "
    f"{_CALLS} {_SHOWS} No files and no "
    f"network; a subset of Python without generators, with these modules only: {MONTY_MODULES}.",
    "bubblewrap": "Run a Python program with the standard library. "
    f"{_CALLS} {_SHOWS} No network; files can be written in the current folder only.",
}

NOTHING_PRINTED = "(the program ran and printed nothing: use print() to see a value)"


class PythonTool:
    """Runs programs in one interpreter, which starts at the first call."""

    name = "python"

    def __init__(
        self,
        *,
        backend: str = "monty",
        timeout_s: float = 10.0,
        max_memory_bytes: int = 256 << 20,
    ) -> None:
        self.description = _DESCRIPTIONS[backend]
        self.parameters: JsonObject = {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "The Python program."}},
            "required": ["code"],
            "additionalProperties": False,
        }
        self.timeout_s = timeout_s + 4 * GRACE_S  # so that the program's own error comes first
        self._interpreter = _interpreter(backend, timeout_s, max_memory_bytes)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._close = weakref.finalize(self, _close, self._closed, self._lock, self._interpreter)

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Never: no backend has a network."""
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Run the program; a `ToolError` carries its error and what it had printed by then."""
        code: str = arguments["code"]
        output = CappedOutput()

        def stopped() -> bool:
            return self._closed.is_set() or context.cancelled.is_set() or context.remaining_s == 0.0

        with self._lock:
            if stopped():
                raise ToolError("the program was not run: the tool is closed or the time is over")
            try:
                value = self._interpreter.run(code, output, stopped=stopped)
            except ToolError as error:
                raise ToolError(_with_output(str(error), output.text())) from error
        _write_value(value, output)
        shown = output.text()
        return Observation(shown.strip("\n") or NOTHING_PRINTED, code_runs=(CodeRun(code, shown),))

    def close(self) -> None:
        """Stop a program that still runs and end the interpreter; the tool is then used up."""
        self._close()


def _close(closed: threading.Event, lock: threading.Lock, interpreter: Interpreter) -> None:
    """Also for a tool that nobody closed; a call that still runs sees the event and ends."""
    closed.set()
    with lock:
        interpreter.close()


def _interpreter(backend: str, timeout_s: float, max_memory_bytes: int) -> Interpreter:
    if backend == "bubblewrap":
        from tools.bubblewrap import Bubblewrap

        return Bubblewrap(timeout_s=timeout_s, max_memory_bytes=max_memory_bytes)
    from tools.monty import Monty

    return Monty(timeout_s=timeout_s, max_memory_bytes=max_memory_bytes)


def _write_value(value: str | None, output: CappedOutput) -> None:
    """Show the value after what was printed, unless that ends with it anyway."""
    printed = output.text().rstrip("\n")
    if value is None or printed == value or printed.endswith("\n" + value):
        return
    output.write(f"\n{value}" if printed and not output.text().endswith("\n") else value)


def _with_output(message: str, printed: str) -> str:
    return f"{message}\nPrinted before that:\n{printed}" if printed.strip() else message
