"""Comparing a text with the golden file of its name, byte for byte.

    UPDATE_GOLDEN=1 pytest tests/test_prompts_golden.py

writes the files anew: read the difference before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """The text is the file's, to the last line break."""
    path = _FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(text.encode())
    assert path.exists(), f"{path.name} is not there: run with UPDATE_GOLDEN=1 to write it"
    assert text == path.read_bytes().decode()
