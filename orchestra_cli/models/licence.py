"""What a model may be used for, and the notice that is shown once where that is little.

That a notice has been shown is remembered in the data folder, by a file of its licence's name.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orchestra_cli import folders


@dataclass(frozen=True, slots=True)
class Licence:
    """As the catalogue knows it; the text itself stands at `url`."""

    name: str
    url: str
    research_only: bool | None = None
    """None where nobody has looked: its page says."""
    notice: str = ""
    """In our words, where it is not a free licence."""

    def __post_init__(self) -> None:
        if self.research_only and not self.notice:
            raise ValueError("a licence for research alone needs a notice")


def notice_to_show(licence: Licence) -> str | None:
    """One line for the user, the first time; None where there is none or it has been shown."""
    if not licence.notice or _seen(licence).exists():
        return None
    with suppress(OSError):  # then it is shown again: better than not at all
        _seen(licence).parent.mkdir(parents=True, exist_ok=True)
        _seen(licence).write_text(f"{licence.notice}\n{licence.url}\n", encoding="utf-8")
    return f"licence {licence.name}: {licence.notice} ({licence.url})"


def _seen(licence: Licence) -> Path:
    slug = re.sub(r"[^\w.-]+", "-", licence.name).lower()
    return folders.data_folder() / "licences-shown" / f"{slug}.txt"
