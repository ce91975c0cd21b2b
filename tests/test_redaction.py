"""A key that a provider echoes is told nowhere: answers, events, both views, exceptions, logs."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest
from endpoint_calls import MESSAGES, drain
from expert_calls import IMPATIENT, card, context
from openai_server import OpenAIServer, Reply, delta, event, events, raw, refused
from orchestra_command import environment, orchestra, write_config

from orchestra_cli.engines.base import EngineError, Request
from orchestra_cli.engines.remote import RemoteEngine
from tools.base import ToolError
from tools.endpoint import Endpoint, EndpointError
from tools.endpoint_expert import EndpointExpert
from tools.slots import AnswerSlot

KEY = "sk-test-0123456789abcdef"
PASSWORD = "pass-0123456789"
ECHO = f"Incorrect API key provided: {KEY}"
ECHOES = {
    "401": refused(401, ECHO),
    "500": refused(500, ECHO),
    "429": refused(429, ECHO),
    "at the cut": refused(400, "x" * 240 + KEY + "y" * 4000),
    "at the end of a long body": refused(400, "x" * 2_990 + KEY),
    "html": raw(f"<html>{ECHO}</html>".encode(), content_type="text/html"),
    "error event": events({"error": {"message": ECHO}}),
    "error event after text": events(delta(content="Par"), {"error": {"message": ECHO}}),
    "half json": raw(event(delta(content="Par")) + f'data: {{"{ECHO}'.encode()),
    "strange json": raw(f'{{"headers": "{ECHO}"}}'.encode(), content_type="application/json"),
    "llama-server's error line": raw(f'error: {{"message": "{ECHO}"}}\n\n'.encode()),
    "other words": refused(403, f"Bearer {KEY}: no"),
}
each_echo = pytest.mark.parametrize("reply", ECHOES.values(), ids=ECHOES.keys())


def check_told(*told: object) -> None:
    text = "\n".join(str(each) + repr(each) for each in told)
    assert KEY not in text and KEY[:10] not in text and PASSWORD not in text


def anatomy(error: BaseException) -> list[object]:
    """All that a reader of the exception can come by, its causes and their requests included."""
    parts: list[object] = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        parts += [link.args, vars(link)]
        link = link.__cause__ or link.__context__
    return parts


@each_echo
def test_an_endpoint(server: OpenAIServer, reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(reply)
    at = Endpoint(server.base_url, "m", KEY)
    with pytest.raises(EndpointError) as caught:
        drain(at.stream(MESSAGES, max_tokens=9))
    check_told(at, caplog.text, *anatomy(caught.value))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@each_echo
def test_an_expert_in_its_slot(server: OpenAIServer, reply: Reply) -> None:
    server.script(reply)
    shown: list[str] = []
    at = Endpoint(server.base_url, "m", KEY)
    first, second = (EndpointExpert(card(n), at, patience=IMPATIENT) for n in ("a", "b"))
    slot = AnswerSlot([first, second])
    with pytest.raises(ToolError) as caught:
        slot.run({"model": "answer-1"}, context(emit=shown.append))
    check_told(shown, first, slot, vars(first), *anatomy(caught.value))


@each_echo
def test_an_orchestrator(server: OpenAIServer, reply: Reply) -> None:
    server.script(reply)
    engine = RemoteEngine(Endpoint(server.base_url, "m", KEY), name="m", patience=IMPATIENT)
    shown: list[str] = []
    with pytest.raises(EngineError) as caught:
        for text in engine.stream(Request(tuple(MESSAGES))):
            shown.append(text)
    check_told(engine, shown, *anatomy(caught.value))


def test_a_password_in_the_address(server: OpenAIServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(refused(401, f"not {PASSWORD}"))
    at = Endpoint(f"http://me:{PASSWORD}@127.0.0.1:{server.port}/v1", "m")
    with pytest.raises(EndpointError, match="not \\*\\*\\*") as caught:
        drain(at.stream(MESSAGES, max_tokens=9))
    check_told(at, caplog.text, *anatomy(caught.value))
    assert server.requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("url", [f"ftp://me:{PASSWORD}@host/v1", f"http://me:{PASSWORD}@/v1"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(EndpointError, match="is not an http") as caught:
        Endpoint(url, "m")
    check_told(*anatomy(caught.value))


@pytest.mark.parametrize("bad_key", [KEY + "é", KEY + "\n" + KEY, KEY + "\x00"])
def test_a_key_that_cannot_be_one(bad_key: str) -> None:
    with pytest.raises(EndpointError, match=r"the API key in \$MY_KEY holds") as caught:
        Endpoint("http://127.0.0.1:9/v1", "m", bad_key, api_key_env="MY_KEY")
    check_told(*anatomy(caught.value))


def test_an_error_of_an_endpoint_can_be_sent_on_without_the_key(server: OpenAIServer) -> None:
    """Evaluation runs in processes: what they pass on is all that there is."""
    server.script(ECHOES["401"])
    with pytest.raises(EndpointError) as caught:
        drain(Endpoint(server.base_url, "m", KEY).stream(MESSAGES, max_tokens=9))
    assert KEY.encode() not in pickle.dumps(caught.value)


# The command: stdout and stderr of every kind of output, a traceback included


@pytest.mark.parametrize(
    "flags", [(), ("--json",), ("--jsonl",), ("--quiet",), ("--plain",), ("--debug", "--plain")]
)
@pytest.mark.parametrize("role", ["orchestrator", "expert"])
def test_the_command(server: OpenAIServer, flags: tuple[str, ...], role: str) -> None:
    server.script(ECHOES["401"])
    table = {
        "orchestrator": f'[orchestrator]\nmodel = "{server.base_url}#m"\n',
        "expert": (
            f'[orchestrator]\nmodel = "{server.base_url}#m"\npolicy = "rule"\n'
            f'[experts.house]\nbase_url = "{server.base_url}"\nmodel = "m"\n'
        ),
    }
    write_config(f'{table[role]}api_key_env = "MY_KEY"\n')
    arguments = ("ask", "--offline", *flags, "Who wrote Othello?")
    done = orchestra(*arguments, env=environment(MY_KEY=KEY))
    assert done.returncode == {"orchestrator": 4, "expert": 5}[role]
    check_told(done.stdout, done.stderr)
    assert "$MY_KEY" in done.stderr + done.stdout
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
