"""What is found in an environment and on loopback, and what a tiny call tells."""

from __future__ import annotations

import json
import socket
import time
from itertools import chain, repeat

import pytest
from local_models_server import LocalModelsServer, models_of
from openai_server import OpenAIServer, refused, silence, streamed

from orchestra_cli.experts.discovery import (
    UNKNOWN_PROGRAM,
    FoundExpert,
    FoundServer,
    Trial,
    experts_of,
    find_hosted,
    find_local,
    try_experts,
)
from orchestra_cli.experts.providers import Providers, load_providers

KEY = "sk-test-0123456789abcdef"
NOBODY = "http://127.0.0.1:9/v1"


def at(*base_urls: str) -> Providers:
    """The real data, with its programs at these addresses; the rest where nobody listens."""
    real = load_providers()
    moved = {
        key: program.model_copy(update={"base_url": url})
        for (key, program), url in zip(
            real.local.items(), chain(base_urls, repeat(NOBODY)), strict=False
        )
    }
    return real.model_copy(update={"local": moved})


def found(listed: dict[str, object] | bytes, *, status: int = 200) -> list[FoundServer]:
    """What one server is taken for that listens where Ollama would."""
    with LocalModelsServer(listed, status=status) as server:
        return find_local(at(server.base_url))


def expert(base_url: str, model: str = "m", *, key_variable: str | None = None) -> FoundExpert:
    return FoundExpert(model, "Somebody", base_url, model, ("answer",), key_variable=key_variable)


def trials_of(
    *experts: FoundExpert, environment: dict[str, str] | None = None, **timeouts: float
) -> list[Trial]:
    heard: list[Trial] = []
    trials = try_experts(experts, environment or {}, on_trial=heard.append, **timeouts)
    assert sorted(t.expert.name for t in heard) == sorted(t.expert.name for t in trials)
    assert [trial.expert for trial in trials] == list(experts)
    return trials


# Keys in the environment


def test_a_provider_is_found_by_its_key() -> None:
    hosted = find_hosted(load_providers(), {"GROQ_API_KEY": KEY, "HOME": "/"})
    assert {key: variable for key, (_, variable) in hosted.items()} == {"groq": "GROQ_API_KEY"}


@pytest.mark.parametrize("value", ["", "  \n"], ids=["empty", "blank"])
def test_an_empty_variable_is_no_key(value: str) -> None:
    assert find_hosted(load_providers(), {"OPENAI_API_KEY": value}) == {}


def test_the_first_variable_wins() -> None:
    both = {"GOOGLE_API_KEY": KEY, "GEMINI_API_KEY": KEY}
    assert find_hosted(load_providers(), both)["google"][1] == "GEMINI_API_KEY"
    second = {"GOOGLE_API_KEY": KEY, "GEMINI_API_KEY": ""}
    assert find_hosted(load_providers(), second)["google"][1] == "GOOGLE_API_KEY"


def test_names_are_bare_keys_and_unlike() -> None:
    environment = {v: KEY for p in load_providers().hosted.values() for v in p.key_variables}
    server = FoundServer("ollama", "Ollama", "http://127.0.0.1:1/v1", ("gpt-oss-120b", "模型"))
    names = [e.name for e in experts_of(find_hosted(load_providers(), environment), [server])]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and name.replace("-", "").isalnum() for name in names)
    assert {"gpt-oss-120b", "groq-gpt-oss-120b", "ollama-gpt-oss-120b", "ollama"} <= set(names)


@pytest.mark.parametrize("model", ["/models/Qwen3-8B.Q4_K_M.gguf", "C:\\m\\Qwen3-8B.Q4_K_M.gguf"])
def test_a_path_is_named_after_its_file(model: str) -> None:
    server = FoundServer("llama-server", "llama-server", "http://127.0.0.1:1/v1", (model,))
    [only] = experts_of({}, [server])
    assert (only.name, only.model) == ("qwen3-8b-q4-k-m", model)


def test_no_key_is_held_by_what_is_found() -> None:
    hosted = find_hosted(load_providers(), {"OPENAI_API_KEY": KEY})
    assert KEY not in repr((hosted, experts_of(hosted, [])))


# Servers on this machine


@pytest.mark.parametrize(
    ("owner", "title"),
    [
        ("library", "Ollama"),
        ("organization_owner", "LM Studio"),
        ("llamacpp", "llama-server"),
        ("vllm", "vLLM"),
        ("me", UNKNOWN_PROGRAM),
    ],
)
def test_a_server_is_known_by_what_it_says(owner: str, title: str) -> None:
    [server] = found(models_of(owner, "qwen3:8b"))
    assert (server.title, server.models, server.problem) == (title, ("qwen3:8b",), None)


def test_all_servers_are_found_at_once() -> None:
    with (
        LocalModelsServer(models_of("library", "a")) as one,
        LocalModelsServer(models_of("vllm", "b")) as two,
    ):
        servers = find_local(at(one.base_url, two.base_url))
    assert [(server.title, server.models) for server in servers] == [
        ("Ollama", ("a",)),
        ("vLLM", ("b",)),
    ]


@pytest.mark.parametrize(
    "model",
    [
        "nomic-embed-text:latest",
        "text-embedding-nomic-embed-text-v1.5",
        "BAAI/bge-m3",
        "intfloat/multilingual-e5-large",
        "Qwen/Qwen3-Embedding-8B",
        "bge-reranker-v2",
        "whisper-large-v3",
        "llama-guard3:8b",
        "gpt-oss:120b-cloud",
        "kimi-k2:cloud",
    ],
)
def test_what_cannot_chat_here_is_left_out(model: str) -> None:
    [server] = found(models_of("library", "qwen3:8b", model))
    assert server.models == ("qwen3:8b",)
    assert server.left_out == (model,)


@pytest.mark.parametrize("model", ["eclipse-7b", "safeguarded:8b", "cloud-atlas"])
def test_a_part_of_a_word_leaves_nothing_out(model: str) -> None:
    assert found(models_of("library", model))[0].models == (model,)


def test_a_mathematician_is_known_by_its_name() -> None:
    server = FoundServer("vllm", "vLLM", "http://127.0.0.1:1/v1", ("Qwen/Qwen2.5-Math-7B", "a"))
    math, other = experts_of({}, [server])
    assert "answer-math" in math.roles
    assert "answer-math" not in other.roles
    assert math.key_variable is None


@pytest.mark.parametrize(
    "listed",
    [
        b"<html>a web page</html>",
        b'{"data": "no list"}',
        b'["a"]',
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_lists_no_models_is_nobody(listed: bytes) -> None:
    assert found(listed) == []


@pytest.mark.parametrize("status", [302, 404, 500])
def test_another_status_is_nobody(status: int) -> None:
    assert found(models_of("library", "a"), status=status) == []


def test_a_server_that_wants_a_key_is_told_of() -> None:
    [server] = found(b"{}", status=401)
    assert server.models == ()
    assert "api_key_env" in (server.problem or "")


@pytest.mark.parametrize("listed", [{"object": "list", "data": None}, {"data": []}])
def test_a_server_without_models_is_told_of(listed: dict[str, object]) -> None:
    assert found(listed)[0].problem == "has no model yet"


def test_names_that_no_file_should_hold_are_left_out() -> None:
    bad = ["a\nb", "\x1b[31m", "", " ", "x" * 1000, "\ud800", "\u202egpt"]
    document = {"data": [{"id": name} for name in bad] + [7, None, {"id": 7}, {"id": "good"}]}
    assert found(json.dumps(document).encode())[0].models == ("good",)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        assert find_local(at(url)) == []
    assert find_local(load_providers().model_copy(update={"local": {}})) == []


def test_silence_and_drip_end_in_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        LocalModelsServer(models_of("library", "a"), drip_s=0.1) as dripping,
    ):
        silent_url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        began = time.monotonic()
        assert find_local(at(silent_url, dripping.base_url), timeout_s=0.3) == []
        assert time.monotonic() - began < 1.5


def test_no_proxy_hears_of_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert found(models_of("library", "a"))[0].models == ("a",)


# A tiny call


def test_a_call_that_is_answered() -> None:
    with OpenAIServer() as server:
        server.script(streamed("OK"))
        [trial] = trials_of(
            expert(server.base_url, key_variable="MY_KEY"), environment={"MY_KEY": KEY}
        )
    assert trial.problem is None
    assert trial.latency_s is not None
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["messages"] == [{"role": "user", "content": "Reply with OK"}]
    assert 16 <= request.body["max_tokens"] <= 256


def test_a_reply_that_is_all_thought_is_an_answer() -> None:
    with OpenAIServer() as server:
        server.script(streamed(thought="Hm, what", finish="length"))
        assert trials_of(expert(server.base_url))[0].problem is None


def test_a_refusal_is_one_line_without_the_key() -> None:
    with OpenAIServer() as server:
        server.script(refused(401, f"Incorrect API key:\n{KEY} is unknown"))
        [trial] = trials_of(
            expert(server.base_url, key_variable="MY_KEY"), environment={"MY_KEY": f" {KEY}\n"}
        )
    assert trial.latency_s is None
    assert trial.problem is not None
    assert "HTTP 401 (check the API key in $MY_KEY): Incorrect API key: *** is unknown" in (
        trial.problem
    )
    assert "\n" not in trial.problem


def test_a_key_that_no_header_can_carry() -> None:
    far = expert("https://127.0.0.1:9/v1", key_variable="MY_KEY")
    [trial] = trials_of(far, environment={"MY_KEY": "schlüssel"})
    assert "$MY_KEY" in (trial.problem or "")
    assert "schlüssel" not in (trial.problem or "")


def test_silence_is_cut() -> None:
    with OpenAIServer() as server:
        server.script(silence())
        began = time.monotonic()
        [trial] = trials_of(expert(server.base_url), local_timeout_s=0.3)
    assert time.monotonic() - began < 2
    assert trial.problem == "no whole answer within 0.3 s"


def test_hosted_models_are_tried_all_at_once() -> None:
    with OpenAIServer() as server:
        server.script(silence())
        experts = [expert(server.base_url, f"m{n}", key_variable="MY_KEY") for n in range(9)]
        began = time.monotonic()
        trials = trials_of(*experts, environment={"MY_KEY": KEY}, hosted_timeout_s=0.5)
    assert time.monotonic() - began < 2.5
    assert all(trial.problem for trial in trials)


def test_a_local_server_loads_one_model_after_another() -> None:
    with (
        LocalModelsServer(b"{}") as one,
        LocalModelsServer(b"{}", refusing=("d",)) as two,
    ):
        urls = {"a": one.base_url, "d": two.base_url, "b": one.base_url, "c": one.base_url}
        trials = trials_of(*(expert(url, model) for model, url in urls.items()))
    assert one.asked == ["a", "b", "c"]
    assert one.most_at_once == 1
    assert [trial.problem is None for trial in trials] == [True, False, True, True]


def test_an_interrupt_ends_the_calls() -> None:
    def interrupt(trial: Trial) -> None:
        raise KeyboardInterrupt

    with OpenAIServer() as hanging, LocalModelsServer(b"{}") as quick:
        hanging.script(silence())
        experts = [expert(quick.base_url, "a"), expert(hanging.base_url, "b")]
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            try_experts(experts, {}, on_trial=interrupt)
        assert time.monotonic() - began < 5
