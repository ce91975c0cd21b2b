"""Values that a seed declares to be drawn: in range, and the same for the same random seed."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.synthesis.drawing import CannotDrawError, draw, fill_code
from orchestra_cli.synthesis.wording import choose, fill, shown, tidy

TABLES = {"books": {"b1": {"copies": 0}, "b2": {"copies": 2}, "b3": {"copies": 1}}}
seeds = st.integers(0, 10_000)


def drawn(value: Any, seed: int = 0, **scope: Any) -> Any:
    return draw(value, Random(seed), scope, TABLES)


@given(seeds, st.integers(-50, 50), st.integers(0, 50))
def test_whole_numbers_are_within_their_bounds(seed: int, least: int, more: int) -> None:
    assert least <= drawn({"int": [least, least + more]}, seed) <= least + more


@given(seeds)
def test_numbers_have_two_decimals(seed: int) -> None:
    number = drawn({"number": [0.5, 4.0]}, seed)
    assert 0.5 <= number <= 4.0
    assert round(number, 2) == number


@given(seeds)
def test_dates_and_times_are_within_their_bounds(seed: int) -> None:
    day = date.fromisoformat(drawn({"date": ["2026-02-27", "2026-03-02"]}, seed))
    assert date(2026, 2, 27) <= day <= date(2026, 3, 2)
    time = drawn({"time": ["09:15", "11:00"], "every_min": 15}, seed)
    assert "09:15" <= time <= "11:00"
    assert time[-2:] in ("00", "15", "30", "45")


@given(seeds, st.integers(0, 2), st.integers(0, 3))
def test_samples_hold_nothing_twice(seed: int, least: int, more: int) -> None:
    sample = drawn({"sample": ["a", "b", "c"], "count": [least, least + more]}, seed)
    assert len(set(sample)) == len(sample)
    assert least <= len(sample) <= min(3, least + more)


@given(seeds)
def test_rows_meet_their_conditions(seed: int) -> None:
    assert drawn({"row": "books", "where": [["$row.copies", ">", 0]]}, seed) in ("b2", "b3")
    assert set(drawn({"rows": "books", "count": [1, 3]}, seed)) <= set(TABLES["books"])


@given(seeds)
def test_codes_follow_their_pattern(seed: int) -> None:
    code = fill_code("X-@#", Random(seed))
    assert code.startswith("X-")
    assert code[2].isupper()
    assert code[3].isdigit()


def test_a_field_may_refer_to_those_before_it() -> None:
    row = drawn({"first": "Ada", "mail": "{first}@x.example", "fee": {"$add": [1, 2]}})
    assert row == {"first": "Ada", "mail": "Ada@x.example", "fee": 3}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"pick": []}, "no list with something in it"),
        ({"pick": "$nothing"}, "there is no 'nothing'"),
        ({"int": [5, 1]}, "int = [5, 1]"),
        ({"row": "books", "where": [["$row.copies", ">", 9]]}, "books has no such row"),
        ({"row": "tapes"}, "row = 'tapes'"),
        ({"date": ["2026-02-30", "2026-03-01"]}, "day is out of range"),
        ({"pick": ["a"], "cuont": 2}, "pick does not take cuont"),
    ],
)
def test_what_cannot_be_drawn_says_why(value: Any, words: str) -> None:
    with pytest.raises(CannotDrawError) as caught:
        drawn(value)
    assert words in str(caught.value)


@given(seeds)
def test_wordings_decide_every_choice(seed: int) -> None:
    text = tidy(choose("[Hi|Hello[ there|]], [please|] go[|ing] .", Random(seed)))
    assert not set("[]|") & set(text)
    assert "  " not in text
    assert " ." not in text


def test_values_are_written_as_people_write_them() -> None:
    scope = {"fee": 12.5, "all": 4.0, "row": {"names": ["a", "b", "c"]}}
    assert fill("{fee} of {all} for {row.names}", scope) == "12.50 of 4 for a, b and c"
    assert shown(True) == "yes"
