"""The default backend of the `python` tool: a monty session in a worker process.

monty is an interpreter of its own: it offers programs no file, no network and no environment, only
a subset of Python. The functions of `tools.python_functions` run in this process, outside of it.
The invariant: a program that goes beyond a limit costs the session, and the next call opens
another; the worker never outlives `close`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tools.base import ToolError
from tools.interpreter import GRACE_S, MONTY_MODULES, STATE_LOST, CappedOutput, stopped_text

if TYPE_CHECKING:
    from pydantic_monty import MontyRuntimeError, MontySession, MontySyntaxError

_MAX_ERROR_CHARS = 4_000
_POLL_S = 0.05


class Monty:
    """A monty session: a worker process that keeps the variables."""

    def __init__(self, *, timeout_s: float, max_memory_bytes: int) -> None:
        self._timeout_s = timeout_s
        self._max_memory_bytes = max_memory_bytes
        self._session: MontySession | None = None
        self._open = ExitStack()

    def run(self, code: str, output: CappedOutput, *, stopped: Callable[[], bool]) -> str | None:
        """Run it; after a limit or a crash the session is dropped, and the next call opens one."""
        import pydantic_monty as monty

        from tools.python_functions import FUNCTIONS

        session = self._session or self._start()
        killed = threading.Event()
        try:
            with _kill_late(session.worker_pid, self._timeout_s + GRACE_S, stopped, killed):
                value = session.feed_run(
                    code,
                    external_lookup=FUNCTIONS,
                    print_callback=lambda _stream, text: output.write(text),
                )
                return None if value is None else _show(session, value)
        except (monty.MontySyntaxError, monty.MontyRuntimeError) as error:
            if not _is_limit(error):
                raise ToolError(_error_text(error)) from error
            reason = self._limit_text(error)
        except monty.MontyError as error:
            # The worker died, or could not be trusted to have come back whole.
            reason = self._stopped_text(stopped()) if killed.is_set() else str(error)
        except (ValueError, RecursionError) as error:
            raise ToolError(f"the last value cannot be shown: {error}") from error
        self.close()
        raise ToolError(f"{reason}\n{STATE_LOST}")

    def close(self) -> None:
        """End the worker process."""
        self._session = None
        self._open.close()

    def _start(self) -> MontySession:
        from pydantic_monty import Monty as Pool

        pool = self._open.enter_context(Pool(max_processes=1, checkout_timeout=5.0))
        self._session = self._open.enter_context(
            pool.checkout(
                limits={
                    "max_feed_duration_secs": self._timeout_s,
                    "max_memory": self._max_memory_bytes,
                    # Each name that is not found counts as one: let the time limit decide.
                    "max_suspensions": 1_000_000,
                },
                os_policy={"sleep": "zero"},
            )
        )
        return self._session

    def _limit_text(self, error: MontyRuntimeError | MontySyntaxError) -> str:
        if isinstance(error.exception(), TimeoutError):
            return self._stopped_text(False)
        return f"MemoryError: the program needs more than {self._max_memory_bytes >> 20} MiB"

    def _stopped_text(self, by_caller: bool) -> str:
        return stopped_text(None if by_caller else self._timeout_s)


@contextmanager
def _kill_late(
    pid: int | None, limit_s: float, stopped: Callable[[], bool], killed: threading.Event
) -> Iterator[None]:
    """Kill the worker when the time is over: its own clock stands still while it prints."""
    done = threading.Event()
    deadline = time.monotonic() + limit_s

    def watch() -> None:
        while not done.wait(_POLL_S):
            if pid is not None and (stopped() or time.monotonic() > deadline):
                killed.set()
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _show_float(value: float) -> str:
    """15 significant digits, as a calculator shows: the noise of binary fractions stays hidden."""
    return repr(float(f"{value:.15g}"))


def _show(session: MontySession, value: Any) -> str:
    """The value's text, made inside the sandbox: a small value can have an endless text."""
    import pydantic_monty as monty

    if isinstance(value, float):
        return _show_float(value)
    shown = CappedOutput()
    try:
        session.feed_run(
            "print(repr(_), end='')",
            inputs={"_": value},
            print_callback=lambda _stream, text: shown.write(text),
        )
    except monty.MontyRuntimeError as error:
        if "no longer exists" not in str(error):
            raise
        # An object that no name holds is gone by the time its text is asked for.
        return f"<{getattr(value, 'name', type(value).__name__)}: use print() to see it>"
    return shown.text()


def _is_limit(error: MontyRuntimeError | MontySyntaxError) -> bool:
    """Whether the sandbox stopped the program, rather than the program raising."""
    return isinstance(error.exception(), (TimeoutError, MemoryError)) and "limit" in str(error)


def _error_text(error: MontyRuntimeError | MontySyntaxError) -> str:
    """What went wrong in one line, then where, then what may help."""
    summary = error.display("type-msg")[:_MAX_ERROR_CHARS]
    where = error.display().removesuffix(error.display("type-msg")).rstrip()[-_MAX_ERROR_CHARS:]
    hint = ""
    if isinstance(error.exception(), ModuleNotFoundError):
        hint = f"This interpreter has only: {MONTY_MODULES}. Write the rest in plain Python."
    return "\n".join(part for part in (summary, where, hint) if part)
