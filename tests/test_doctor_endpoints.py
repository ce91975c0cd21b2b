"""Experts' reach, asked of real servers on loopback; and that no key ever shows."""

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_server import LoopbackServer

from orchestra_cli.config import Config
from orchestra_cli.doctor.checkup import check_up
from orchestra_cli.doctor.endpoints import Endpoint, check_endpoints, judge_reach
from orchestra_cli.doctor.reach import Answer, Target, reach, reach_all
from orchestra_cli.doctor.redaction import Redactor, find_secrets
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ExitCode
from prefs.profile import HardRules, Profile

KEY = "quite-an-odd-secret-0123456789"
MODELS = json.dumps({"data": [{"id": "models/qwen3"}, {"id": "llama3:latest"}]}).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers by the first part of the path, and notes what it was asked."""

    asked: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        what = self.path.split("/")[1]
        echo = str(self.headers.get("Authorization")).encode()
        if what == "garbage":
            self.wfile.write(b"HTTP/what " + echo + b"\r\n\r\n")
        elif what == "list":
            self.reply(200, MODELS)
        elif what == "ids":
            self.reply(200, json.dumps({"data": [{"id": echo.decode()}]}).encode())
        elif what == "hang":
            time.sleep(1.0)
        else:
            self.reply(int(what), echo, reason=echo.decode())

    def reply(self, status: int, body: bytes, reason: str | None = None) -> None:
        self.send_response(status, reason)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests have no log."""


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    Handler.asked = []
    with LoopbackServer(Handler) as running:
        yield running


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def experts(**tables: Mapping[str, object]) -> Config:
    return Config.model_validate({"experts": tables})


def checked(config: Config, *, never: tuple[str, ...] = (), offline: bool = False) -> list[Row]:
    profile = Profile(rules=HardRules(never))
    return list(check_endpoints(config, profile, served=None, offline=offline))


@pytest.mark.parametrize(
    ("path", "model", "key", "status", "words"),
    [
        ("list", "qwen3", KEY, Status.OK, "key in $TEST_API_KEY, lists the model"),
        ("list", "llama3", KEY, Status.OK, "lists the model"),
        ("list", "other", KEY, Status.WARNING, "its list lacks other"),
        ("404", "m", KEY, Status.OK, "answers in"),
        ("429", "m", KEY, Status.OK, "answers in"),
        ("401", "m", KEY, Status.FAILED, "HTTP 401: the key is refused"),
        ("403", "m", KEY, Status.FAILED, "HTTP 403: the key is refused"),
        ("503", "m", KEY, Status.WARNING, "HTTP 503"),
        ("garbage", "m", KEY, Status.FAILED, "could not be read"),
        ("ids", "m", KEY, Status.WARNING, "its list lacks m"),
        ("list", "qwen3", "", Status.FAILED, "$TEST_API_KEY is not set; without it: "),
    ],
)
def test_what_a_server_answers(
    path: str,
    model: str,
    key: str,
    status: Status,
    words: str,
    server: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_API_KEY", key)
    table = {"base_url": f"{server.url}/{path}/v1/", "model": model, "api_key_env": "TEST_API_KEY"}
    (row,) = checked(experts(one=table))
    assert row.status is status
    assert words in row.found
    assert KEY not in f"{row.found} {row.fix}"
    assert Handler.asked == [(f"/{path}/v1/models", f"Bearer {key}" if key else "")]
    if not key:
        assert row.exit_code is ExitCode.CONFIG


def test_a_key_that_nobody_named_is_asked_for(server: LoopbackServer) -> None:
    (row,) = checked(experts(one={"base_url": f"{server.url}/401", "model": "m"}))
    assert row.status is Status.FAILED
    assert 'api_key_env = "…" under [experts.one]' in row.fix


def test_nobody_there() -> None:
    port = closed_port()
    (row,) = checked(experts(one={"base_url": f"http://127.0.0.1:{port}/v1", "model": "m"}))
    assert row.status is Status.FAILED
    assert row.fix.startswith(f"start the server at 127.0.0.1:{port}, or correct base_url")


def test_all_are_asked_at_once_and_none_for_longer_than_allowed(server: LoopbackServer) -> None:
    targets = [Target(f"{server.url}/hang", "m", is_loopback=True)] * 5
    started = time.monotonic()
    answers = reach_all([*targets, Target(f"{server.url}/list", "qwen3")], timeout_s=0.3)
    assert time.monotonic() - started < 1.2
    assert [answer.error for answer in answers] == ["no answer in 0.3 s"] * 5 + [""]
    assert answers[-1].lists_model


def test_connecting_is_timed(server: LoopbackServer) -> None:
    answer = reach(Target(f"{server.url}/list", "qwen3", is_loopback=True))
    assert answer.connect_s is not None
    assert answer.answer_s is not None
    assert 0 < answer.connect_s < answer.answer_s


def test_what_must_not_be_called_is_not_asked(server: LoopbackServer) -> None:
    here = {"base_url": f"{server.url}/list", "model": "qwen3"}
    away = {"base_url": "https://192.0.2.1/v1", "model": "m"}
    offline = checked(experts(here=here, away=away), offline=True)
    assert {row.name: row.status for row in offline} == {
        "here": Status.OK,
        "away": Status.SKIPPED,
    }
    ruled = checked(experts(here=here, away=away), never=("@remote", "here"))
    assert [row.status for row in ruled] == [Status.SKIPPED, Status.SKIPPED]
    assert len(Handler.asked) == 1


def test_an_orchestrator_behind_an_address_is_asked_too(server: LoopbackServer) -> None:
    config = Config.model_validate({"orchestrator": {"model": f"{server.url}/list#qwen3"}})
    rows = {row.name: row.status for row in checked(config)}
    assert rows == {"experts": Status.WARNING, "(orchestrator)": Status.OK}


def test_a_key_in_the_place_of_its_variable_is_neither_sent_nor_shown(
    server: LoopbackServer,
) -> None:
    pasted = "gsk_abcDEF0123456789"
    (row,) = checked(
        experts(one={"base_url": f"{server.url}/list", "model": "m", "api_key_env": pasted})
    )
    assert (row.status, row.exit_code) == (Status.FAILED, ExitCode.CONFIG)
    assert pasted not in row.found + row.fix
    assert not Handler.asked


def test_an_address_that_is_none_fails_as_a_setting() -> None:
    (row,) = checked(experts(one={"base_url": "nowhere", "model": "m"}))
    assert (row.status, row.exit_code) == (Status.FAILED, ExitCode.CONFIG)


@given(
    st.builds(
        Answer,
        status=st.none() | st.integers(100, 599),
        connect_s=st.none() | st.floats(0, 5),
        answer_s=st.none() | st.floats(0, 5),
        lists_model=st.none() | st.booleans(),
        error=st.text(max_size=50),
        is_tls=st.booleans(),
    ),
    st.sampled_from([None, "A_KEY"]),
    st.sampled_from(["", KEY]),
    st.booleans(),
)
def test_every_answer_has_a_row_of_one_line(
    answer: Answer, key_env: str | None, key: str, is_loopback: bool
) -> None:
    target = Target("http://x/v1", "m", key if key_env else "", is_loopback)
    row = judge_reach(Endpoint("e", "[experts.e]", "x:80", target, key_env), answer)
    assert len(row.found.splitlines()) == 1
    assert row.status is Status.OK or row.fix
    assert KEY not in row.found + row.fix


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=8), st.text())
def test_a_secret_of_the_environment_never_comes_through(secret: str, around: str) -> None:
    if not secret.strip() or len(secret.strip()) < 8 or "*" in secret:
        return
    redact = Redactor(find_secrets(None, {"SOME_API_KEY": secret}))
    assert secret.strip() not in redact(f"{around}{secret}{around}")


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key sk-proj-abcdefghijklmnop",
        "https://user:hunter2222@example.org/v1",
        "gsk_abcDEF0123456789xyz",
    ],
)
def test_what_looks_like_a_key_is_hidden(text: str) -> None:
    config = experts(one={"base_url": "https://user:hunter2222@example.org/v1", "model": "m"})
    shown = Redactor(find_secrets(config, {}))(text)
    assert "***" in shown
    assert not any(part in shown for part in ("abcdefgh", "hunter2222", "DEF0123"))


def test_no_key_comes_out_of_the_whole_check_up(
    server: LoopbackServer, home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestra_command import write_config

    monkeypatch.setenv("TEST_API_KEY", KEY)
    tables = [
        f'[experts.{name}]\nbase_url = "{server.url}/{path}/v1"\nmodel = "m"\n'
        'api_key_env = "TEST_API_KEY"\n'
        for name, path in (("a", "401"), ("b", "garbage"), ("c", "503"), ("d", "ids"))
    ]
    # The slip of a careless hand: the key itself as a name, a model and a part of an address.
    tables.append(f'[experts.e]\nbase_url = "http://127.0.0.1:9/{KEY}"\nmodel = "{KEY}"\n')
    tables.append(f'[experts.{KEY}]\nbase_url = "{KEY}"\nmodel = "m"\n')
    write_config("\n".join(tables))
    rows = list(check_up(offline=True, with_speed=False))
    assert len(Handler.asked) == 4
    assert all(authorization == f"Bearer {KEY}" for _, authorization in Handler.asked)
    assert KEY not in repr(rows)
    assert KEY in os.environ["TEST_API_KEY"]
