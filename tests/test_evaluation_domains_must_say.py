"""What counts as said."""

from __future__ import annotations

import pytest

from orchestra_cli.evaluation.domains.must_say import says


@pytest.mark.parametrize(
    ("needed", "text"),
    [
        ("1126.04", "You get $1,126.04 back."),
        ("481.50", "It costs 481.5 dollars"),
        ("1234567", "1,234,567 in all"),
        ("64GB", "with 64 GB of storage"),
        ("20 hours", "a 20-hour battery"),
        ("Suite 356", "SUITE  356, Chicago"),
        ("15%", "15 percent off"),
        ("tactile", "Switches: **Tactile**."),
        ("10", "there are 10."),
        ("ＡＢ", "ab"),
        ("№?", "№?"),
        ("!?", "what !?"),
    ],
)
def test_the_same_in_another_form_is_said(needed: str, text: str) -> None:
    assert says(text, needed)


@pytest.mark.parametrize(
    ("needed", "text"),
    [
        ("10", "since 2010, or 10.5"),
        ("full", "successfully done"),
        ("44.08", "44.80"),
        ("943 Maple Drive", "943 Drive, Maple"),
        ("cotton", ""),
        ("!?", "what"),
    ],
)
def test_a_part_of_something_else_is_not(needed: str, text: str) -> None:
    assert not says(text, needed)
