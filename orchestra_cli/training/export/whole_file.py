"""A file that stands under its name only once it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestra_cli.errors import UsageError


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """A path beside `out` to write to, which becomes `out` if nothing is raised."""
    staging = out.with_name(f".{out.name}.part")
    try:
        yield staging
        staging.replace(out)
    except OSError as error:
        raise UsageError(
            f"{out}: {error.strerror or error}: give a file in a folder that you can write to"
        ) from None
    finally:
        staging.unlink(missing_ok=True)
