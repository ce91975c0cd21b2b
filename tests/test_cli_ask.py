"""`orchestra ask` as a user runs it: real processes, the real GGUF, servers on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer, Reply, refused, streamed, tool_call
from orchestra_command import (
    RULES_CONDUCT,
    contacts,
    events_of,
    orchestra,
    shell,
    started,
    validate,
    write_config,
)

from orchestra_cli.views.json_lines import rebuild_trajectory

PERCENT = "What is 17% of 2,350?"
CAPITAL = "What is the capital of France?"
SOON_S = 3.0
"""Within this an interrupted command is over."""


def ask_server(server: OpenAIServer, *arguments: str, **more: Any) -> Any:
    """Ask with the model that the server plays."""
    return orchestra("ask", "--model", f"{server.base_url}#m", *arguments, **more)


def call_text(name: str, **arguments: str) -> str:
    """A call as Qwen writes it."""
    call = json.dumps({"name": name, "arguments": arguments})
    return f"<tool_call>\n{call}\n</tool_call>"


def messages(server: OpenAIServer, request: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.requests[request].body["messages"]
    return found


def expert_table(server: OpenAIServer, name: str = "house") -> str:
    return f'[experts.{name}]\nbase_url = "{server.base_url}"\nmodel = "house-model"\n'


def interrupt(running: subprocess.Popen[str], *, after: str) -> tuple[list[dict[str, Any]], str]:
    """Ctrl-C once an event of that name was printed: (all events, standard error)."""
    assert running.stdout is not None
    lines = []
    for line in running.stdout:
        lines.append(line)
        if f'"event": "{after}"' in line:
            break
    running.send_signal(signal.SIGINT)
    began = time.monotonic()
    rest, stderr = running.communicate(timeout=30)
    assert time.monotonic() - began < SOON_S
    return events_of("".join(lines) + rest), stderr


# The embedded model


def test_a_computed_answer_is_all_of_stdout(rules: Path) -> None:
    done = orchestra("ask", "--offline", PERCENT)
    assert (done.returncode, done.stdout) == (0, "17% of 2,350 is 399.5.\n")
    assert "turn 1: python" in done.stderr
    assert "answered" in done.stderr
    assert contacts() == []


def test_words_need_no_quotes(rules: Path) -> None:
    done = orchestra("ask", "--offline", *PERCENT.split())
    assert done.stdout == "17% of 2,350 is 399.5.\n"


def test_the_embedded_model_answers(rules: Path) -> None:
    done = orchestra("ask", "--offline", "--jsonl", CAPITAL)
    assert done.returncode == 0, done.stderr
    trajectory = events_of(done.stdout)[-1]["trajectory"]
    assert "Paris" in trajectory["answer"]
    assert [(turn["tool"], turn["expert"]) for turn in trajectory["turns"]] == [
        ("answer", "embedded")
    ]
    conductor, line = trajectory["bill"]["lines"]
    assert (conductor["who"], line["who"]) == ("orchestrator", "embedded")
    assert line["cost_usd"] == 0
    assert min(line["input_tokens"], line["output_tokens"], line["latency_s"]) > 0
    assert contacts() == []


def test_json_is_one_valid_document(rules: Path) -> None:
    done = orchestra("ask", "--offline", "--json", PERCENT)
    document = json.loads(done.stdout)
    validate(document, "trajectory")
    assert (document["question"], document["answer"]) == (PERCENT, "17% of 2,350 is 399.5.")
    assert (document["stop_reason"], document["orchestrator"]["policy"]) == ("answered", "rule")


def test_jsonl_lines_are_valid_and_rebuild_the_run(rules: Path) -> None:
    done = orchestra("ask", "--offline", "--jsonl", PERCENT)
    lines = done.stdout.splitlines()
    events = events_of(done.stdout)
    for event in events:
        validate(event, "event")
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert events[-1]["trajectory"]["answer"] == "17% of 2,350 is 399.5."
    assert rebuild_trajectory(lines) == events[-1]["trajectory"]
    killed = rebuild_trajectory(lines[:-1])
    assert killed["turns"] == events[-1]["trajectory"]["turns"]


def test_quiet_leaves_stderr_empty(rules: Path) -> None:
    done = orchestra("ask", "--offline", "--quiet", PERCENT)
    assert (done.stdout, done.stderr) == ("17% of 2,350 is 399.5.\n", "")


def test_offline_reaches_for_nothing(rules: Path, server: OpenAIServer) -> None:
    write_config(RULES_CONDUCT + expert_table(server))
    server.script(streamed("Nothing new."))
    done = orchestra("ask", "--offline", "--jsonl", "What is the latest news about France?")
    assert done.returncode == 0, done.stderr
    offered = events_of(done.stdout)[0]["tools"]
    assert {"python", "answer"} <= set(offered)
    assert not {"web_search", "web_page"} & set(offered)
    assert contacts() == []


def test_indexed_files_are_searched_first(rules: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "boat.txt").write_text("The boat Marigold is moored at pier 9 in Whitby.\n")
    assert orchestra("index", "add", str(notes)).returncode == 0
    done = orchestra("ask", "--offline", "--json", "Where is the boat Marigold moored?")
    assert done.returncode == 0, done.stderr
    first, *_, last = json.loads(done.stdout)["turns"]
    assert first["tool"] == "local_search"
    assert "pier 9" in first["observation"]["text"]
    assert last["tool"] == "answer"


# Standard input and output


def test_dash_reads_the_question(rules: Path) -> None:
    done = orchestra("ask", "-q", "--offline", "-", stdin=f"{PERCENT}\n")
    assert done.stdout == "17% of 2,350 is 399.5.\n"


def test_a_pipe_is_attached(server: OpenAIServer) -> None:
    server.script(streamed("Buy milk."))
    done = ask_server(server, "-q", "summarise", stdin="Remember the milk.\n")
    assert done.stdout == "Buy milk.\n"
    assert messages(server, 0)[-1]["content"] == "summarise\n\nInput:\nRemember the milk."


def test_no_stdin_leaves_a_pipe_alone(server: OpenAIServer) -> None:
    server.script(streamed("Hello."))
    ask_server(server, "-q", "--no-stdin", "greet", stdin="Remember the milk.\n")
    assert messages(server, 0)[-1]["content"] == "greet"


def test_a_long_pipe_is_trimmed_with_a_note(server: OpenAIServer) -> None:
    server.script(streamed("A fox."))
    text = "The quick brown fox. " * (5_000_000 // 21)
    done = ask_server(server, "summarise", stdin=text)
    assert done.returncode == 0, done.stderr
    (note,) = [line for line in done.stderr.splitlines() if "standard input" in line]
    assert note == (
        f"orchestra: kept the first 65,536 of {len(text.strip()):,} characters of standard input: "
        "half of the model's context"
    )
    assert messages(server, 0)[-1]["content"] == f"summarise\n\nInput:\n{text[:65_536]}"


def test_an_idle_pipe_does_not_block(rules: Path) -> None:
    running = started("ask", "--offline", PERCENT)
    assert running.stdout is not None and running.stderr is not None and running.stdin is not None
    with running:
        try:
            assert running.wait(timeout=15) == 0
            assert running.stdout.read() == "17% of 2,350 is 399.5.\n"
            assert "standard input is an open pipe that stayed silent" in running.stderr.read()
        finally:
            running.kill()


def test_stdin_waits_for_a_slow_pipe(server: OpenAIServer) -> None:
    server.script(streamed("Buy milk."))
    done = shell(
        f'(sleep 1.5; echo milk) | "$ORCHESTRA" ask -q --stdin -m "{server.base_url}#m" summarise'
    )
    assert done.stdout == "Buy milk.\n"
    assert messages(server, 0)[-1]["content"] == "summarise\n\nInput:\nmilk"


@pytest.mark.parametrize(
    ("redirection", "stdout"),
    [
        ("<&-", "17% of 2,350 is 399.5.\n"),
        ("</dev/null", "17% of 2,350 is 399.5.\n"),
        ("</dev/null 2>&-", "17% of 2,350 is 399.5.\n"),
        ("</dev/null >&-", ""),
        ("<&- >&- 2>&-", ""),
    ],
    ids=["stdin closed", "/dev/null", "stderr closed", "stdout closed", "all closed"],
)
def test_closed_streams(rules: Path, redirection: str, stdout: str) -> None:
    done = shell(f'"$ORCHESTRA" ask --offline "{PERCENT}" {redirection}')
    assert (done.returncode, done.stdout) == (0, stdout), done.stderr
    assert "error" not in done.stderr


def test_a_reader_that_has_enough(rules: Path) -> None:
    command = f'"$ORCHESTRA" ask -q --offline --jsonl "{PERCENT}" </dev/null'
    done = shell(f"set -o pipefail; {command} | head -1")
    assert (done.returncode, done.stderr) == (0, "")
    assert [event["event"] for event in events_of(done.stdout)] == ["run_started"]


@pytest.mark.parametrize("format", ["", "--json", "--jsonl"], ids=["answer", "json", "jsonl"])
def test_a_reader_that_is_gone(rules: Path, format: str) -> None:
    command = f'"$ORCHESTRA" ask -q --offline {format} "{PERCENT}" </dev/null'
    done = shell(f"set -o pipefail; (sleep 0.1; {command}) | true")
    assert (done.returncode, done.stderr) == (0, "")


# Ctrl-C


def test_interrupt_while_a_server_streams(server: OpenAIServer) -> None:
    server.script(streamed(*["word "] * 600, pause_s=0.05))
    running = started("ask", "--no-stdin", "--jsonl", "-m", f"{server.base_url}#m", "Tell me more")
    events, stderr = interrupt(running, after="thought_delta")
    assert running.returncode == 130
    assert events[-1]["trajectory"]["stop_reason"] == "interrupted"
    assert "Traceback" not in stderr


def test_interrupt_while_the_embedded_model_writes(rules: Path) -> None:
    running = started("ask", "--no-stdin", "--offline", "--jsonl", "Tell the history of France")
    events, stderr = interrupt(running, after="tool_output")
    assert running.returncode == 130
    assert events[-1]["trajectory"]["stop_reason"] == "interrupted"
    assert "Traceback" not in stderr


def test_interrupt_while_the_embedded_model_reads(rules: Path) -> None:
    arguments = ("ask", "--no-stdin", "--offline", "--jsonl", "--policy", "model")
    running = started(*arguments, "Which of these is odd? " + "one two three " * 1000)
    events, stderr = interrupt(running, after="turn_started")
    assert running.returncode == 130
    assert [event["event"] for event in events] == ["run_started", "turn_started", "run_finished"]
    assert "Traceback" not in stderr


# A model behind an address


def test_the_model_answers_itself(server: OpenAIServer) -> None:
    server.script(streamed("It is ", "Paris.", thought="Easy.", tokens=(40, 4)))
    done = ask_server(server, "--json", CAPITAL)
    document = json.loads(done.stdout)
    assert (done.returncode, document["answer"]) == (0, "It is Paris.")
    (turn,) = document["turns"]
    assert (turn["tool"], turn["thought"]) == (None, "Easy.")
    (line,) = document["bill"]["lines"]
    assert (line["input_tokens"], line["output_tokens"], line["cost_usd"]) == (40, 4, 0)
    assert server.requests[0].body["model"] == "m"
    assert contacts() == []


@pytest.mark.parametrize(
    "reply",
    [
        streamed("Compute it.", call_text("python", code="print(6 * 7)")),
        streamed(calls=[tool_call("python", '{"code": "print(6 * 7)"}', id="c1")]),
    ],
    ids=["in the text", "structured"],
)
def test_a_tool_call_is_run_and_its_output_goes_back(server: OpenAIServer, reply: Reply) -> None:
    server.script(reply, streamed("It is 42."))
    done = ask_server(server, "What is six times seven?")
    assert (done.returncode, done.stdout) == (0, "It is 42.\n"), done.stderr
    assert "python" in {tool["function"]["name"] for tool in server.requests[0].body["tools"]}
    *_, called, result = messages(server, 1)
    assert called["tool_calls"][0]["function"]["name"] == "python"
    assert (result["role"], result["content"]) == ("tool", "42")


def test_an_illegal_call_is_explained_and_tried_again(server: OpenAIServer) -> None:
    server.script(streamed(call_text("pyton", code="1")), streamed("It is 42."))
    done = ask_server(server, "What is six times seven?")
    assert (done.returncode, done.stdout) == (0, "It is 42.\n")
    assert "there is no function 'pyton'" in messages(server, 1)[-1]["content"]
    assert "no legal call, 2 retries left" in done.stderr


def test_no_server_gets_a_parameter_that_it_could_not_refuse(server: OpenAIServer) -> None:
    """OpenAI's own are known everywhere; top_k and min_p are left out where they are refused."""
    server.script(streamed("Paris."))
    ask_server(server, CAPITAL)
    everywhere = {"model", "messages", "max_tokens", "stream", "tools"}
    negotiable = {"stream_options", "temperature", "top_p", "top_k", "min_p", "seed"}
    assert set(server.requests[0].body) - everywhere - negotiable == set()


@pytest.mark.parametrize("parameter", ["top_k", "min_p", "seed"])
def test_a_parameter_that_the_server_does_not_know(server: OpenAIServer, parameter: str) -> None:
    server.script(
        refused(400, f"Unrecognized request argument supplied: {parameter}"), streamed("Paris.")
    )
    done = ask_server(server, "-q", CAPITAL)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Paris.\n", "")
    assert parameter not in server.requests[-1].body


def test_the_model_passes_the_answer_to_itself(server: OpenAIServer) -> None:
    server.script(streamed(call_text("answer", model="answer-1")), streamed("Paris."))
    done = ask_server(server, CAPITAL)
    assert (done.returncode, done.stdout) == (0, "Paris.\n")
    assert "tools" not in server.requests[1].body


def test_toolorchestra_from_search_to_answer(server: OpenAIServer, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "boat.txt").write_text("The boat Marigold is moored at pier 9 in Whitby.\n")
    assert orchestra("index", "add", str(notes)).returncode == 0
    server.script(
        streamed(f"<think>Look it up.</think>{call_text('search', model='search-1')}"),
        streamed("<query>boat Marigold moored</query>"),
        streamed(call_text("answer", model="answer-1")),
        streamed("At pier 9 in Whitby."),
    )
    question = "Where does the Marigold lie?"
    style = ("--prompt-style", "toolorchestra", "--offline")
    done = ask_server(server, "--json", *style, question)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    validate(document, "trajectory")
    assert document["answer"] == "At pier 9 in Whitby."
    assert [(turn["tool"], turn["slot"], turn["expert"]) for turn in document["turns"]] == [
        ("search", "search-1", "m"),
        ("answer", "answer-1", "m"),
    ]
    functions = [tool["function"]["name"] for tool in server.requests[0].body["tools"]]
    assert functions == ["search", "enhance_reasoning", "answer"]
    first, second = messages(server, 0), messages(server, 2)
    assert [each["role"] for each in second] == ["system", "user"]
    assert first[1]["content"].startswith(f"Problem: {question}\n\n")
    assert "Documents:\nDoc 1: " in second[1]["content"]
    assert "moored at pier 9" in second[1]["content"]
    assert "moored at pier 9" in messages(server, 3)[-1]["content"]
    assert contacts() == []


# Experts


def test_an_expert_answers(rules: Path, server: OpenAIServer) -> None:
    write_config(RULES_CONDUCT + expert_table(server))
    server.script(streamed("It is ", "Paris.", tokens=(30, 3)))
    done = orchestra("ask", "--offline", "--json", CAPITAL)
    document = json.loads(done.stdout)
    assert (done.returncode, document["answer"]) == (0, "It is Paris.")
    assert document["turns"][0]["expert"] == "house"
    _, line = document["bill"]["lines"]
    assert (line["who"], line["input_tokens"], line["output_tokens"]) == ("house", 30, 3)
    assert CAPITAL in messages(server, 0)[-1]["content"]
    assert server.requests[0].body["model"] == "house-model"


def test_an_expert_is_given_its_key_and_nobody_else_sees_it(
    rules: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(RULES_CONDUCT + expert_table(server) + 'api_key_env = "HOUSE_KEY"\n')
    server.script(refused(401, "bad key sk-secret-123"))
    env = "HOUSE_KEY=sk-secret-123"
    done = shell(f'{env} "$ORCHESTRA" ask --offline --jsonl --max-turns 2 "{CAPITAL}" </dev/null')
    assert server.requests[0].headers["authorization"] == "Bearer sk-secret-123"
    assert done.returncode == 5
    assert "sk-secret-123" not in done.stdout + done.stderr
    assert "$HOUSE_KEY" in done.stderr


def test_a_dead_expert_is_named_in_one_line(rules: Path) -> None:
    with OpenAIServer() as gone:
        write_config(RULES_CONDUCT + expert_table(gone))
    done = orchestra("ask", "-q", "--offline", CAPITAL)
    assert (done.returncode, done.stdout) == (5, "")
    (line,) = done.stderr.splitlines()
    assert f"house: cannot reach 127.0.0.1:{gone.port}" in line


# Limits


def test_the_time_limit_stops_a_model_that_writes(server: OpenAIServer) -> None:
    server.script(streamed(*["word "] * 600, pause_s=0.05))
    done = ask_server(server, "-q", "--max-time", "0.5", "Tell me more")
    assert (done.returncode, done.stdout) == (6, "")


def test_the_last_turn_is_for_the_answer(server: OpenAIServer) -> None:
    calls = (streamed(call_text("python", code=f"print({n})")) for n in (1, 2))
    server.script(*calls, streamed(call_text("answer", model="answer-1")), streamed("Three."))
    done = ask_server(server, "-q", "--max-turns", "3", "How many turns?")
    assert (done.returncode, done.stdout) == (0, "Three.\n")
    (last,) = server.requests[2].body["tools"]
    assert last["function"]["name"] == "answer"
