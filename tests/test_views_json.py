"""The JSON lines: valid against the published schemas, and enough to rebuild the trajectory."""

import io
import json
import time
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource

from orchestra_cli.events import (
    CallChosen,
    Event,
    FormatErrorSeen,
    RunFinished,
    RunStarted,
    ThoughtDelta,
    ToolOutput,
    TurnFinished,
    TurnStarted,
)
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory, Turn
from orchestra_cli.views.json_lines import JsonLines, rebuild_trajectory
from tools.base import Observation, Usage

ORCHESTRATOR = Orchestrator("embedded", "model", "toolorchestra")
LOCAL = Usage("orchestrator", input_tokens=412, output_tokens=21, latency_s=0.41237)
REMOTE = Usage("gpt-5-mini", input_tokens=1000, output_tokens=180, cost_usd=0.0012, latency_s=2.0)
UNPRICED = Usage("house-model", cost_usd=None)
TURNS = (
    Turn(0, "add", "python", {"code": "1"}, Observation("1"), usage=(LOCAL,)),
    Turn(
        index=1,
        thought="日本",
        tool="answer",
        arguments={"model": "answer-2"},
        observation=Observation("", error="refused"),
        slot="answer-2",
        expert="gpt-5-mini",
        leaves_machine=True,
        usage=(LOCAL, REMOTE),
    ),
    Turn(2, "", None, {}, None, usage=(LOCAL, UNPRICED)),
)
TRAJECTORY = Trajectory(
    run_id="r1",
    question="How much?",
    orchestrator=ORCHESTRATOR,
    answer="42",
    stop_reason=StopReason.ANSWERED,
    turns=TURNS,
    preference={"profile": "default", "cost": 0.3},
    usage=tuple(usage for turn in TURNS for usage in turn.usage),
)
EVENTS: list[Event] = [
    RunStarted("r1", "How much?", ORCHESTRATOR, ("python",), TRAJECTORY.preference, ("small",)),
    TurnStarted(0, ("python",)),
    ThoughtDelta("<think>add"),
    FormatErrorSeen("no legal call", 2),
    CallChosen("python", {"code": "1"}, None, None, False),
    ToolOutput("1"),
    TurnFinished(TURNS[0]),
    TurnStarted(1, ("answer",)),
    CallChosen("answer", {"model": "answer-2"}, "answer-2", "gpt-5-mini", True),
    TurnFinished(TURNS[1]),
    TurnStarted(2, ()),
    TurnFinished(TURNS[2]),
    RunFinished(TRAJECTORY),
]


def lines_of(events: list[Event]) -> list[str]:
    stream = io.StringIO()
    with JsonLines(stream) as view:
        for event in events:
            view(event)
    return stream.getvalue().splitlines()


def schema_of(name: str) -> dict[str, Any]:
    path = files("orchestra_cli.views") / "schemas" / name
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def validator(name: str) -> jsonschema.Draft202012Validator:
    schemas = {key: schema_of(key) for key in ("event.schema.json", "trajectory.schema.json")}
    registry: Registry[Any] = Registry().with_resources(
        (key, Resource.from_contents(schema)) for key, schema in schemas.items()
    )
    jsonschema.Draft202012Validator.check_schema(schemas[name])
    return jsonschema.Draft202012Validator(schemas[name], registry=registry)


def test_every_line_has_its_name_run_number_and_time() -> None:
    lines = [json.loads(line) for line in lines_of(EVENTS)]
    assert [line["event"] for line in lines[:7]] == [
        "run_started",
        "turn_started",
        "thought_delta",
        "format_error_seen",
        "call_chosen",
        "tool_output",
        "turn_finished",
    ]
    assert lines[-1]["event"] == "run_finished"
    assert [line["seq"] for line in lines] == list(range(len(EVENTS)))
    assert {line["run_id"] for line in lines} == {"r1"}
    assert all(abs(line["time"] - time.time()) < 60 for line in lines)
    assert lines[2]["text"] == "<think>add"
    assert lines[4]["arguments"] == {"code": "1"}


def test_every_line_keeps_to_the_schema() -> None:
    check = validator("event.schema.json")
    for line in lines_of(EVENTS):
        check.validate(json.loads(line))


@pytest.mark.parametrize(
    "trajectory",
    [
        TRAJECTORY,
        Trajectory("r", "q", ORCHESTRATOR),
        *(Trajectory("r", "q", ORCHESTRATOR, stop_reason=reason) for reason in StopReason),
    ],
)
def test_trajectories_keep_to_the_schema(trajectory: Trajectory) -> None:
    validator("trajectory.schema.json").validate(trajectory.to_json())


def test_the_schemas_know_every_key() -> None:
    """A key that no schema names is one that no reader was told of."""
    schema = schema_of("trajectory.schema.json")
    document = TRAJECTORY.to_json()
    parts = schema["$defs"]
    assert set(document) == set(schema["required"]) == set(schema["properties"])
    for name, part in [
        ("turn", document["turns"][1]),
        ("bill", document["bill"]),
        ("usage", document["bill"]["lines"][0]),
        ("orchestrator", document["orchestrator"]),
    ]:
        assert set(part) == set(parts[name]["required"]) == set(parts[name]["properties"])
    branches = schema_of("event.schema.json")["allOf"]
    by_event = {branch["if"]["properties"]["event"].get("const"): branch for branch in branches}
    for line in map(json.loads, lines_of(EVENTS)):
        if line["event"] in by_event:
            fields = set(line) - {"event", "run_id", "seq", "time"}
            assert fields == set(by_event[line["event"]]["then"]["required"])


@pytest.mark.parametrize(
    "change",
    [
        {"event": "run_begun"},
        {"seq": -1},
        {"turn": {}},
        {"usage": [{"who": "x"}]},
        {"time": None},
    ],
)
def test_the_schema_refuses_what_is_wrong(change: dict[str, Any]) -> None:
    line = json.loads(lines_of(EVENTS)[6]) | change
    assert not validator("event.schema.json").is_valid(line)


def test_a_whole_run_gives_its_trajectory_back() -> None:
    assert rebuild_trajectory(lines_of(EVENTS)) == TRAJECTORY.to_json()


@pytest.mark.parametrize("torn", ["", '{"event": "turn_fin'], ids=["cut", "torn"])
def test_a_killed_run_gives_its_finished_turns_and_their_bill(torn: str) -> None:
    document = rebuild_trajectory([*lines_of(EVENTS)[:11], torn])
    validator("trajectory.schema.json").validate(document)
    whole = TRAJECTORY.to_json()
    assert document["stop_reason"] == "interrupted"
    assert document["answer"] is None
    assert document["turns"] == whole["turns"][:2]
    assert document["preference"] == whole["preference"]
    assert document["bill"]["cost_usd"] == pytest.approx(0.0012)
    assert [line["who"] for line in document["bill"]["lines"]] == ["orchestrator", "gpt-5-mini"]
    assert document["bill"]["lines"][0]["calls"] == 2


def test_a_killed_run_with_all_turns_has_the_whole_bill() -> None:
    assert rebuild_trajectory(lines_of(EVENTS)[:-1])["bill"] == TRAJECTORY.to_json()["bill"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no run_started"),
        (['{"event": "tool_output", "text": "x"}'], "no run_started"),
        (["broken", '{"event": "tool_output"}'], "line 1: not JSON"),
        (["[1]"], "line 1: no event"),
    ],
)
def test_what_is_no_run_is_refused(lines: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rebuild_trajectory(lines)


def test_each_line_is_flushed_as_it_is_written() -> None:
    raw = io.BytesIO()
    view = JsonLines(io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"))
    for number, event in enumerate(EVENTS, start=1):
        view(event)
        assert raw.getvalue().count(b"\n") == number


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_of_the_stream_loses_nothing(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    JsonLines(stream)(ThoughtDelta("日本 €"))
    assert json.loads(raw.getvalue().decode(encoding))["text"] == "日本 €"


def test_text_is_written_as_it_is_and_what_json_lacks_is_replaced() -> None:
    arguments = {"n": float("nan"), "k\ud800": "a\udfff", "list": (1, True, None)}
    line = lines_of([CallChosen("日本", arguments, None, None, False)])[0]
    assert "日本" in line
    line.encode()
    assert json.loads(line)["arguments"] == {
        "n": None,
        "k\ufffd": "a\ufffd",
        "list": [1, True, None],
    }


def test_a_second_run_counts_from_zero() -> None:
    lines = [json.loads(line) for line in lines_of([*EVENTS, *EVENTS])]
    assert [line["seq"] for line in lines[-len(EVENTS) :]] == list(range(len(EVENTS)))


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
@settings(max_examples=100, deadline=None)
@example("a\x85b\u2028c\x9bd\x7f")
def test_any_text_is_one_line_of_utf8(text: str) -> None:
    lines = lines_of([ThoughtDelta(text), CallChosen(text, {text: text}, text, None, True)])
    assert len(lines) == 2
    "".join(lines).encode()
    read_back = json.loads(lines[0])["text"]
    assert [a for a, b in zip(text, read_back, strict=True) if a != b and b != "\ufffd"] == []
