"""The protocol's page names, for each point, a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "protocol.md"


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(test_\w+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 30
    for file, name in named:
        assert f"\ndef {name}(" in (TESTS / file).read_text(encoding="utf-8"), f"{file}::{name}"


def test_every_golden_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"golden file `(\w+)`", PAGE.read_text(encoding="utf-8")):
        assert (TESTS / "golden" / f"{name}.txt").is_file()
