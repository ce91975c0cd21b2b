"""Tools declared in TOML: what each step does, and what a file may not say."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_domain import LIBRARY, charge, find, lend, library

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.domain import Domain, Session
from orchestra_cli.evaluation.domains.domain_file import DomainFile, build_domain, load_domain
from tools.base import ToolCall, ToolError

HOLD = {"member_id": "m1", "book_id": "b2"}


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    return library(tmp_path_factory.mktemp("library"))


def executed(domain: Domain, *calls: ToolCall) -> Session:
    session = domain.open()
    session.replay(calls)
    return session


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (find("Byron"), "m1"),
        (lend("m2", "b1"), "Alan has Notes"),
        (charge("m1", 0.6), "done"),
        (
            ToolCall("take_back", {"member_id": "m1", "book_id": "b2"}),
            '{"member": {"id": "m1", "name": {"first": "Ada", "last": "Byron"}, "loans": [], '
            '"fees": 0.3}, "fee": null, "loans": 0}',
        ),
    ],
    ids=["text", "text with values", "no result", "object"],
)
def test_a_tool_returns_its_result(domain: Domain, call: ToolCall, text: str) -> None:
    assert domain.open().call(call) == text


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (find("Nobody"), "nobody is called Nobody"),
        (find("{book.title}"), "nobody is called {book.title}"),
        (lend("m9", "b1"), "there is no 'm9' in members"),
        (lend("m1", "b9"), "no book b9"),
        (lend("m1", "b2"), "all copies of Tables are lent"),
        (ToolCall("take_back", {"member_id": "m2", "book_id": "b2"}), "m2 does not have b2"),
        (ToolCall("hold", HOLD | {"book_id": "b1"}), "Notes is on the shelf"),
        (ToolCall("drop_hold", {"hold_id": "x"}), "there is no hold x"),
        (ToolCall("lend", {"member_id": "m1"}), "lend: 'book_id' is a required property"),
        (ToolCall("burn", {}), "there is no function 'burn': choose one of charge, drop_hold"),
    ],
    ids=lambda value: value.name if isinstance(value, ToolCall) else None,
)
def test_a_tool_that_cannot_says_why(domain: Domain, call: ToolCall, error: str) -> None:
    session = domain.open()
    with pytest.raises(ToolError) as raised:
        session.call(call)
    assert str(raised.value).startswith(error)
    assert session.database == domain.database, "what failed half-way has changed nothing"
    assert session.log[0].failed and not session.touched


def test_writes_stay_in_the_session(domain: Domain) -> None:
    hold = ToolCall("hold", HOLD)
    calls = (lend("m2", "b1"), charge("m1", 0.6), hold, hold)
    session = executed(domain, *calls)
    assert [executed.failed for executed in session.log] == [False, False, False, True]
    assert session.database["members"]["m2"]["loans"] == ["b1"]
    assert session.database["members"]["m1"]["fees"] == pytest.approx(0.9)
    assert session.database["books"]["b1"]["copies"] == 0
    assert session.database["holds"] == {"m1:b2": {"member": "m1", "book": "b2"}}
    assert session.touched == {
        ("members", "m1"), ("members", "m2"), ("books", "b1"), ("books", "b2"), ("holds", "m1:b2"),
    }  # fmt: skip
    assert domain.open().database == domain.database
    assert domain.database["holds"] == {} and domain.database["members"]["m2"]["loans"] == []
    session.call(ToolCall("drop_hold", {"hold_id": "m1:b2"}))
    assert session.database["holds"] == {}


def test_a_result_is_no_way_into_the_database(domain: Domain) -> None:
    arguments: dict[str, Any] = {"member_id": "m1", "book_id": "b2"}
    session = domain.open()
    session.call(ToolCall("hold", arguments))
    arguments["book_id"] = "changed"
    assert session.database["holds"]["m1:b2"]["book"] == "b2"


WORDS = st.sampled_from(["m1", "m2", "b1", "b2", "m1:b2", "Byron", "$member", "{x}", "", "²"])
NUMBERS = st.one_of(
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.just(10**400)
)
CALLS = st.lists(
    st.builds(
        ToolCall,
        st.sampled_from(
            ["find_member", "lend", "take_back", "charge", "hold", "drop_hold", "other"]
        ),
        st.fixed_dictionaries(
            {},
            optional={
                "member_id": WORDS,
                "book_id": WORDS,
                "hold_id": WORDS,
                "last_name": st.one_of(WORDS, st.none()),
                "fee": NUMBERS,
            },
        ),
    )
)


@given(calls=CALLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_tools_raise_nothing_but_tool_errors_and_do_the_same_again(
    domain: Domain, calls: list[ToolCall]
) -> None:
    session = domain.open()
    for call in calls:
        try:
            session.call(call)
        except ToolError as error:
            assert str(error) and f"{call.name} failed:" not in str(error)
    again = executed(domain, *calls)
    assert again.log == session.log
    assert again.database == session.database


CHARGE_TO = '"$member.fees", "$fee"'


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('table = "books"', 'table = "boks"', "tools.lend: steps.1 (lookup): there is no table b"),
        (CHARGE_TO, '"$membr.fees", "$fee"', "tools.charge: steps.1 (set): membr is neither a par"),
        ("{member.name.first} has", "{who} has", "tools.lend: result: who is neither a parameter"),
        ('at = "$member.fees"', 'at = "$member_id.x"', "tools.charge: steps.1 (set): $member_id.x"),
        ('optional = ["fee"]', 'optional = ["tip"]', "tools.take_back: optional: tip is not among"),
        ('name = "hold"', 'name = "lend"', "tools.lend: stands there twice"),
        ('fee = { type = "number" }', 'fee = { type = "nmber" }', "tools.charge: parameters.prope"),
        ('do = "append"', 'do = "apend"', "apend"),
        ('that = ["$book.copies", ">="', 'that = ["$book.copies", "=>"', 'must be "=", "!="'),
        ("policy =", "polcy =", "polcy"),
    ],
    ids=["table", "name", "result", "write to an argument", "optional", "twice", "schema", "step",
         "comparison", "key"],
)  # fmt: skip
def test_a_file_with_a_loose_end_does_not_load(
    old: str, new: str, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "domain.toml"
    assert old in LIBRARY
    path.write_text(LIBRARY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        load_domain(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ") and problem in message and "\n" not in message


def test_a_domain_made_by_a_program_can_be_written_and_read_again(tmp_path: Path) -> None:
    file = DomainFile.model_validate(tomllib.loads(LIBRARY))
    made = build_domain(file, tables=file.tables, where="made")
    path = tmp_path / "made.toml"
    path.write_text(tomli_w.dumps(file.model_dump(by_alias=True, exclude_none=True)), "utf-8")
    read = load_domain(path)
    assert read.database == made.database and read.policy == made.policy
    assert [tool.function for tool in read.tools] == [tool.function for tool in made.tools]
    calls = (lend("m2", "b1"), lend("m1", "b1"), ToolCall("hold", HOLD))
    assert executed(read, *calls).log == executed(made, *calls).log


def test_a_database_may_stand_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "domain.toml"
    path.write_text(
        'name = "d"\ndatabase = "rows.json"\n[[tools]]\nname = "get"\ndescription = "A row."\n'
        'parameters.key = { type = "integer" }\n'
        'steps = [{ do = "lookup", table = "rows", key = "$key", as = "it" }]\nresult = "$it"\n',
        encoding="utf-8",
    )
    (tmp_path / "rows.json").write_text('{"rows": {"7": {"a": 1}}}', encoding="utf-8")
    assert load_domain(path).open().call(ToolCall("get", {"key": 7})) == '{"a": 1}'
    (tmp_path / "rows.json").write_text('{"rows": [1]}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"rows\.json: rows: a table is an object of rows"):
        load_domain(path)
