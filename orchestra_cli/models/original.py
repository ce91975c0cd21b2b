"""A GGUF as its source gave it: verified, in the staging folder, not yet in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Original:
    """The file, and what the note beside the finished one says of where it came from."""

    path: Path
    requirement: str
    """What was asked for: a pip requirement, or `hf:owner/repo@commit`."""
    member: str
    """The file's name in there."""
    sha256: str
