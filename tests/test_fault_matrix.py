"""The fault matrix: a server that misbehaves in every way we know, and what a run makes of it.

Each row goes through the real loop three times: as the only expert, beside another expert that is
well, and as the orchestrator itself. Whatever happens, the run ends within its limits, with the
stated outcome and a bill, and the key that every server echoes is told nowhere. docs/faults.md says
the same in words.
"""

from __future__ import annotations

import io
import re
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from agent_runs import check_events
from misbehaving_server import MisbehavingServer, endless, reset, self_signed, unfinished
from openai_server import Reply, delta, event, events, plain, raw, refused, silence, streamed
from scripted import ScriptedPolicy, call

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.engines.base import EngineError, Sampling
from orchestra_cli.engines.remote import RemoteEngine
from orchestra_cli.events import Event, RunFinished
from orchestra_cli.policy import ModelPolicy, Policy, Task
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from orchestra_cli.views.json_lines import JsonLines
from orchestra_cli.views.plain import PlainView
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.experts import ExpertCard
from tools.metered_endpoint import Patience
from tools.prices import FlatPrice
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

KEY = "sk-test-0123456789abcdef"
PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
PRICE = FlatPrice(1.0, 2.0)
PATIENCE = Patience(max_tries=3, first_wait_s=0.02, max_wait_s=1.5)
STALL_S = 0.08
MAX_TOKENS = 64
MAX_COST_USD = 0.01
GOOD = streamed("Paris.", tokens=(40, 3))
GOOD_USD = 46e-6
HALF = event(delta(content="Par")) + b'data: {"choices": [{"de'
ECHO = f"your key is {KEY}"
ORCHESTRATOR = Orchestrator("m", "model", "chat")


@dataclass(frozen=True)
class Row:
    """A way to misbehave. `replies` is the script: its last one is given again and again."""

    id: str
    replies: tuple[Reply, ...]
    words: str
    """Part of the error, or of the note where a retry has mended it."""
    requests: int
    """How many the server sees while this is the only expert."""
    mended: bool = False
    """A later try works: the answer comes, with a note."""
    stands_in: bool = True
    """Another expert takes over; else the reply itself was wrong, which is an observation."""
    billed: bool = False
    """The provider may charge, so that the bill says how much that would be, and it is a guess."""
    scheme: str = "http"
    tls: bool = False
    max_s: float = 2.5
    max_time_s: float = 20.0
    stop: StopReason = StopReason.FAILED
    closed: bool = False
    """Nobody listens."""


def after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


def on(moment: datetime) -> dict[str, str]:
    return {"Retry-After": format_datetime(moment, usegmt=True)}


SLOW_DOWN = f"slow down, {ECHO}"
GZIPPED = replace(raw(ECHO.encode(), ending="whole"), headers={"Content-Encoding": "gzip"})
ROWS = (
    Row(
        "429-retry-after-short",
        (refused(429, SLOW_DOWN, headers=after(1)), GOOD),
        "HTTP 429: slow down, your key is ***; tried again after 1.0 s",
        requests=2,
        mended=True,
    ),
    Row(
        "429-retry-after-long",
        (refused(429, SLOW_DOWN, headers=after(60)), GOOD),
        "HTTP 429: slow down",
        requests=1,
        max_s=0.9,
    ),
    Row(
        "429-retry-after-date",
        (refused(429, SLOW_DOWN, headers=on(datetime.now(UTC) + timedelta(hours=1))), GOOD),
        "HTTP 429: slow down",
        requests=1,
        max_s=0.9,
    ),
    Row(
        "429-retry-after-beyond-the-time-left",
        (refused(429, SLOW_DOWN, headers=after(1)), GOOD),
        "HTTP 429: slow down",
        requests=1,
        max_s=0.9,
        max_time_s=0.9,
    ),
    Row(
        "429-bare",
        (refused(429, SLOW_DOWN), refused(429, SLOW_DOWN), GOOD),
        "HTTP 429: slow down",
        requests=3,
        mended=True,
    ),
    Row("500-storm", (refused(500, f"kaputt, {ECHO}"),), "HTTP 500: kaputt", requests=3),
    Row("502-storm", (refused(502, ECHO),), "HTTP 502: your key", requests=3, billed=True),
    Row(
        "500-body-without-end",
        (unfinished(refused(500, f"kaputt, {ECHO}")),),
        "HTTP 500: kaputt",
        requests=3,
        max_s=1.1,
    ),
    Row(
        "408",
        (refused(408, f"too late, {ECHO}"), GOOD),
        "HTTP 408: too late",
        requests=2,
        mended=True,
        billed=True,
    ),
    Row("400", (refused(400, f"no such field, {ECHO}"),), "HTTP 400: no such field", requests=1),
    Row(
        "401-key-echoed",
        (refused(401, f"Incorrect API key provided: {KEY}"),),
        "HTTP 401 (check the API key in $MY_KEY): Incorrect API key provided: ***",
        requests=1,
    ),
    Row(
        "302-redirect",
        (
            replace(
                refused(302, f"elsewhere, {ECHO}"), headers={"Location": "http://127.0.0.1:9/v1"}
            ),
        ),
        "HTTP 302: elsewhere",
        requests=1,
    ),
    Row("hang-before-headers", (silence(),), "sent nothing for 0.4 s", requests=3, billed=True),
    Row(
        "hang-until-the-deadline",
        (silence(),),
        "was stopped before its reply was whole",
        requests=1,
        stands_in=False,
        billed=True,
        max_s=0.9,
        max_time_s=0.3,
    ),
    Row(
        "stall-mid-stream",
        (streamed("Par", ending="hang"),),
        "sent nothing for 0.08 s",
        requests=3,
        billed=True,
    ),
    Row(
        "keep-alive-without-end",
        (endless(b": ping\n", pause_s=0.02),),
        "was stopped before its reply was whole",
        requests=1,
        stands_in=False,
        billed=True,
        max_s=1.0,
        max_time_s=0.4,
    ),
    Row(
        "stall-mended",
        (streamed("Par", ending="hang"), GOOD),
        "sent nothing for 0.08 s; tried again",
        requests=2,
        mended=True,
        billed=True,
    ),
    Row("cut-mid-json", (raw(HALF, ending="cut"),), "broke off before", requests=3, billed=True),
    Row(
        "half-json-in-a-whole-reply",
        (raw(HALF),),
        'no chat completion: {"choices": [{"de',
        requests=1,
        stands_in=False,
        billed=True,
    ),
    Row("reset-before-headers", (reset(),), "broke off before", requests=3, billed=True),
    Row(
        "reset-mid-stream",
        (reset(event(delta(content="Par"))),),
        "broke off before",
        requests=3,
        billed=True,
    ),
    Row(
        "error-mid-stream",
        (events(delta(content="Par"), {"error": {"message": f"overloaded, {ECHO}"}}), GOOD),
        "overloaded",
        requests=2,
        mended=True,
        billed=True,
    ),
    Row(
        "html-with-status-200",
        (raw(f"<html>{ECHO}</html>".encode(), content_type="text/html"),),
        "no chat completion: <html>your key is ***",
        requests=1,
        stands_in=False,
        billed=True,
    ),
    Row("not-gzip", (GZIPPED,), "broke off before", requests=3, billed=True),
    Row(
        "empty-choice",
        (events({"choices": []}, "[DONE]"),),
        "gave an empty reply",
        requests=1,
        stands_in=False,
        billed=True,
    ),
    Row(
        "empty-message",
        (plain(None),),
        "gave an empty reply",
        requests=1,
        stands_in=False,
        billed=True,
    ),
    Row(
        "changed-schema",
        (events({"type": "response.output_text.delta", "delta": "Paris."}),),
        'no chat completion: {"type": "response.output_text.delta"',
        requests=1,
        stands_in=False,
        billed=True,
    ),
    Row(
        "reply-without-end",
        (endless(),),
        f"the reply has no end: it goes on far beyond {MAX_TOKENS} tokens",
        requests=1,
        stands_in=False,
        billed=True,
    ),
    Row(
        "line-without-end",
        (endless(b"data: " + b"x" * 5000),),
        "the reply has no end",
        requests=1,
        stands_in=False,
        billed=True,
    ),
    Row(
        "tls-self-signed",
        (GOOD,),
        "certificate verify failed",
        requests=0,
        scheme="https",
        tls=True,
    ),
    Row("nobody-listens", (GOOD,), "Connection refused", requests=0, closed=True),
    Row("tls-on-a-plain-port", (GOOD,), "cannot reach", requests=0, scheme="https"),
    Row("plain-on-a-tls-port", (GOOD,), "broke off before", requests=0, tls=True, billed=True),
)
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


@contextmanager
def misbehaving(row: Row, request: pytest.FixtureRequest) -> Iterator[MisbehavingServer]:
    tls = request.getfixturevalue("certificate") if row.tls else None
    server = MisbehavingServer(tls=tls)
    with server:
        server.script(*row.replies)
        if not row.closed:
            yield server
    if row.closed:
        yield server


def endpoint(server: MisbehavingServer, row: Row) -> Endpoint:
    url = f"{row.scheme}://127.0.0.1:{server.port}/v1"
    return Endpoint(url, "m", KEY, api_key_env="MY_KEY", stall_timeout_s=STALL_S)


def expert(at: Endpoint, name: str) -> EndpointExpert:
    card = ExpertCard(name, "m", price=PRICE, max_tokens=MAX_TOKENS)
    return EndpointExpert(card, at, patience=PATIENCE)


@dataclass
class Ran:
    """A run, and all that anybody can read of it."""

    events: list[Event]
    took_s: float
    failure: EngineError | None
    told: str

    @property
    def trajectory(self) -> Trajectory:
        last = self.events[-1]
        assert isinstance(last, RunFinished)
        return last.trajectory

    @property
    def line(self) -> str:
        """Notes and error of the last observation."""
        seen = self.trajectory.turns[-1].observation
        assert seen is not None
        return "\n".join([*seen.notes, seen.text])


def ran(policy: Policy, *experts: EndpointExpert, max_time_s: float, failed: int = 1) -> Ran:
    agent = Agent(
        policy,
        Toolbox([AnswerSlot(experts)] if experts else []),
        orchestrator=ORCHESTRATOR,
        limits=Limits(max_time_s=max_time_s, max_cost_usd=MAX_COST_USD, max_failed_answers=failed),
    )
    written = io.StringIO()
    views = (PlainView(written), JsonLines(written))
    happened: list[Event] = []
    failure = None
    began = time.monotonic()
    try:
        for each in agent.stream(Task("What is the capital of France?")):
            happened.append(each)
            for view in views:
                view(each)
    except EngineError as error:
        failure = error
        written.write("".join(traceback.format_exception(error)) + repr(error))
    took_s = time.monotonic() - began
    check_events(happened)
    written.write(repr(happened) + repr(experts) + repr(policy))
    return Ran(happened, took_s, failure, written.getvalue())


def check_secrets_and_limits(run: Ran, row: Row) -> None:
    assert KEY not in run.told and KEY[:12] not in run.told
    assert run.took_s < row.max_s
    cost_usd = run.trajectory.bill.cost_usd
    assert cost_usd is not None and cost_usd <= MAX_COST_USD


@each_row
def test_as_the_only_expert(row: Row, request: pytest.FixtureRequest) -> None:
    with misbehaving(row, request) as server:
        alone = expert(endpoint(server, row), "shaky")
        run = ran(
            ScriptedPolicy([call("answer", model="answer-1")]), alone, max_time_s=row.max_time_s
        )
        assert len(server.requests) == row.requests
    check_secrets_and_limits(run, row)
    assert row.words in run.line
    trajectory = run.trajectory
    if row.mended:
        assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "Paris.")
        assert "; tried again after" in run.line
    else:
        assert (trajectory.stop_reason, trajectory.answer) == (row.stop, None)
        assert trajectory.error and row.words[:20] in trajectory.error
    check_bill(trajectory, row, who="shaky")


def check_bill(trajectory: Trajectory, row: Row, *, who: str) -> None:
    """What is certain, and what the provider may charge for the rest."""
    line = next(line for line in trajectory.bill.lines if line.who == who)
    cost_usd, certain_usd = line.cost_usd or 0.0, GOOD_USD if row.mended else 0.0
    assert line.latency_s > 0
    assert line.estimated is row.billed
    if row.billed:
        assert cost_usd > certain_usd and line.calls >= 1
    else:
        assert cost_usd == pytest.approx(certain_usd)
        assert line.calls == row.mended


@each_row
def test_beside_an_expert_that_is_well(row: Row, request: pytest.FixtureRequest) -> None:
    with misbehaving(row, request) as server, MisbehavingServer() as healthy:
        healthy.script(GOOD)
        experts = (
            expert(endpoint(server, row), "shaky"),
            expert(Endpoint(healthy.base_url, "m", KEY), "steady"),
        )
        policy = ScriptedPolicy([call("answer", model="answer-1")])
        run = ran(policy, *experts, max_time_s=row.max_time_s)
        stood_in = row.stands_in and not row.mended
        assert len(healthy.requests) == stood_in
        assert len(server.requests) == row.requests
    check_secrets_and_limits(run, row)
    assert row.words in run.line
    assert ("steady stands in" in run.line) is stood_in
    check_bill(run.trajectory, row, who="shaky")
    if stood_in:
        assert (run.trajectory.stop_reason, run.trajectory.answer) == (
            StopReason.ANSWERED,
            "Paris.",
        )
        assert re.search(r"note: .*: steady stands in", run.told), "the view says so"


@each_row
def test_as_the_orchestrator(row: Row, request: pytest.FixtureRequest) -> None:
    with misbehaving(row, request) as server:
        at = endpoint(server, row)
        engine = RemoteEngine(at, name="m", price=PRICE, patience=PATIENCE)
        policy = ModelPolicy(engine, ChatStyle(), sampling=Sampling(), max_tokens=MAX_TOKENS)
        run = ran(policy, max_time_s=row.max_time_s)
        assert row.requests <= len(server.requests) <= 4 * max(1, row.requests)
    check_secrets_and_limits(run, replace(row, max_s=4 * row.max_s))
    trajectory = run.trajectory
    assert len(trajectory.bill.lines) == (row.billed or row.mended)
    if row.mended:
        assert (trajectory.stop_reason, trajectory.answer) == (StopReason.ANSWERED, "Paris.")
    elif run.failure:
        assert trajectory.stop_reason is StopReason.FAILED
        assert row.words in str(run.failure) and trajectory.error == str(run.failure)
    elif row.max_time_s < 1:
        assert trajectory.stop_reason is StopReason.TIME_LIMIT
    else:  # a whole reply that says nothing is no legal call
        assert trajectory.stop_reason is StopReason.FORMAT_ERRORS


def test_the_page_tells_of_every_row() -> None:
    told = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == [row.id for row in ROWS]
