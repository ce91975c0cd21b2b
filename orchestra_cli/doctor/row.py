"""What a check found: one line, and beside anything that is not well one line that mends it.

The invariant: a row's texts are single lines that no terminal would obey, and whatever is not ok
carries a fix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from orchestra_cli.errors import ExitCode
from orchestra_cli.views.clean_text import one_line

_MAX_FOUND_CHARS = 600


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """It works, and could work better or soon may not."""
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    group: str
    name: str
    status: Status
    found: str
    fix: str = ""
    """A command or a sentence; empty only where all is well."""
    exit_code: ExitCode = ExitCode.FAILED
    """What the process ends with where this failed."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured, for programs; units stand in the names."""

    def __post_init__(self) -> None:
        for name in ("group", "name", "found", "fix"):
            object.__setattr__(self, name, one_line(getattr(self, name)))
        if self.status is not Status.OK and not self.fix:
            raise ValueError(f"{self.group} {self.name}: {self.status} without a fix")

    def finished(self, redact: Callable[[str], str]) -> Row:
        """As it may be shown: without keys, and cut only after they are out."""
        found = redact(self.found)
        if len(found) > _MAX_FOUND_CHARS:
            found = f"{found[: _MAX_FOUND_CHARS - 1]}…"
        return replace(self, name=redact(self.name), found=found, fix=redact(self.fix))


Check = Callable[[], Iterable[Row]]


def run_check(group: str, check: Check) -> list[Row]:
    """The check's rows; where it raises, a failed row with the exception's words ends them."""
    rows: list[Row] = []
    try:
        rows.extend(check())
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a panic in a Rust extension is no Exception
        words = f"the check itself failed: {type(error).__name__}: {error}"
        fix = "reinstall orchestra-cli; where that does not help, report this line"
        rows.append(Row(group, "check", Status.FAILED, words, fix, ExitCode.INTERNAL))
    return rows


def count(rows: Iterable[Row]) -> dict[Status, int]:
    """How many there are of each status."""
    counts = Counter(row.status for row in rows)
    return {status: counts[status] for status in Status}


def exit_code(rows: Iterable[Row]) -> ExitCode:
    """0 where nothing failed; else the settings before the model before all the rest."""
    codes = {row.exit_code for row in rows if row.status is Status.FAILED}
    if not codes:
        return ExitCode.ANSWERED
    return next((c for c in (ExitCode.CONFIG, ExitCode.MODEL) if c in codes), ExitCode.FAILED)
