"""How far a fetch has come, as its watcher is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """What a fetch is doing."""

    WAITING = "waiting for another process that fetches it"
    DOWNLOADING = "downloading"
    PREPARING = "preparing"


@dataclass(frozen=True, slots=True)
class Progress:
    """The bytes are those of the download."""

    stage: Stage
    done_bytes: int
    total_bytes: int


Watcher = Callable[[Progress], None]
