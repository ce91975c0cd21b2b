"""What could be an expert here: models behind the environment's keys and on this machine's servers.

Looking at the environment and at loopback sends nothing off this machine; only `try_experts` does,
and it is called when the user allows it. No key leaves this module but in a request's header.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from orchestra_cli.experts.providers import HostedProvider, LocalProgram, Providers
from tools.endpoint import Endpoint, EndpointError
from tools.experts import Role

UNKNOWN_PROGRAM = "an OpenAI-compatible server"
_LOCAL_ROLES: tuple[Role, ...] = ("search", "reason", "answer")
_MAX_LIST_BYTES = 4 * 1024 * 1024
_MAX_MODEL_CHARS = 200
TEST_MAX_TOKENS = 128
"""Room for a reasoning model's unseen thought before its OK."""


@dataclass(frozen=True, slots=True)
class FoundExpert:
    """A model that can be configured as an expert."""

    name: str
    source: str
    """Who serves it, for people."""
    base_url: str
    model: str
    roles: tuple[Role, ...]
    skills: str = ""
    key_variable: str | None = None
    """None for a server on this machine."""


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server on this machine that answered."""

    key: str
    """Short, may stand in an expert's name."""
    title: str
    base_url: str
    models: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Models that cannot chat, or that do not run here."""
    problem: str | None = None
    """Why it told of no models."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one tiny call: one of the two is None."""

    expert: FoundExpert
    latency_s: float | None = None
    problem: str | None = None
    """One line, without the key."""


def find_hosted(
    providers: Providers, environment: Mapping[str, str]
) -> dict[str, tuple[HostedProvider, str]]:
    """The providers whose key is set, with the variable that holds it."""
    found = {}
    for key, provider in providers.hosted.items():
        variable = next((v for v in provider.key_variables if environment.get(v, "").strip()), None)
        if variable is not None:
            found[key] = (provider, variable)
    return found


def find_local(providers: Providers, *, timeout_s: float = 1.0) -> list[FoundServer]:
    """The servers that answer on this machine; all are asked at once."""
    if not providers.local:
        return []
    with ThreadPoolExecutor(len(providers.local)) as pool:
        asked = [
            pool.submit(_ask_server, key, program, providers, timeout_s)
            for key, program in providers.local.items()
        ]
        answers = [each.result() for each in asked]
    return [server for server in answers if server is not None]


def experts_of(
    hosted: Mapping[str, tuple[HostedProvider, str]], servers: Iterable[FoundServer]
) -> list[FoundExpert]:
    """Everything found as experts, each under a name of its own."""
    names: set[str] = set()
    experts = [
        FoundExpert(
            name=_name(model.model, key, names),
            source=provider.title,
            base_url=provider.base_url,
            model=model.model,
            roles=model.roles,
            skills=model.skills,
            key_variable=variable,
        )
        for key, (provider, variable) in hosted.items()
        for model in provider.models
    ]
    for server in servers:
        experts += [
            FoundExpert(
                name=_name(model, server.key, names),
                source=f"{server.title} on this machine",
                base_url=server.base_url,
                model=model,
                roles=(*_LOCAL_ROLES, "answer-math") if "math" in model.lower() else _LOCAL_ROLES,
            )
            for model in server.models
        ]
    return experts


def try_experts(
    experts: Sequence[FoundExpert],
    environment: Mapping[str, str],
    *,
    on_trial: Callable[[Trial], None],
    hosted_timeout_s: float = 20.0,
    local_timeout_s: float = 60.0,
) -> list[Trial]:
    """One tiny call to each, in the experts' order; `on_trial` hears of each as it ends.

    Hosted models are called all at once. A local server is asked for one model after another, and
    for longer: it may have to load each, and has memory for one.
    """
    cancelled = threading.Event()
    telling = threading.Lock()

    def run(batch: list[FoundExpert]) -> list[Trial]:
        trials = []
        for expert in batch:
            timeout_s = hosted_timeout_s if expert.key_variable else local_timeout_s
            trial = _try(expert, environment, timeout_s, cancelled)
            if cancelled.is_set():
                break
            trials.append(trial)
            with telling:
                on_trial(trial)
        return trials

    batches: dict[str, list[FoundExpert]] = {}
    for expert in experts:
        batches.setdefault(expert.name if expert.key_variable else expert.base_url, []).append(
            expert
        )
    with ThreadPoolExecutor(max(1, len(batches))) as pool:
        futures = [pool.submit(run, batch) for batch in batches.values()]
        try:
            trials = [trial for future in futures for trial in future.result()]
        except BaseException:
            cancelled.set()
            raise
    by_name = {trial.expert.name: trial for trial in trials}
    return [by_name[expert.name] for expert in experts]


def _try(
    expert: FoundExpert,
    environment: Mapping[str, str],
    timeout_s: float,
    cancelled: threading.Event,
) -> Trial:
    began = time.monotonic()
    variable = expert.key_variable
    key = environment.get(variable, "") if variable else None
    try:
        endpoint = Endpoint(expert.base_url, expert.model, key, api_key_env=variable)
        stream = endpoint.stream(
            [{"role": "user", "content": "Reply with OK"}],
            max_tokens=TEST_MAX_TOKENS,
            deadline=began + timeout_s,
            cancelled=cancelled,
        )
        for _ in stream:
            pass
    except EndpointError as error:
        return Trial(expert, problem=str(error))
    latency_s = time.monotonic() - began
    if latency_s >= timeout_s:
        return Trial(expert, problem=f"no whole answer within {timeout_s:g} s")
    return Trial(expert, latency_s=latency_s)


def _ask_server(
    key: str, program: LocalProgram, providers: Providers, timeout_s: float
) -> FoundServer | None:
    """Who answers there and with which models; None where nobody does, or who serves no models."""
    base_url = program.base_url
    try:
        status, body = _get(f"{base_url}/models", timeout_s)
    except httpx.HTTPError:
        return None
    if status in (401, 403):
        words = "wants a key: add it to config.toml by hand, with api_key_env"
        return FoundServer(key, UNKNOWN_PROGRAM, base_url, problem=words)
    listed = _listed_models(body) if status == 200 else None
    if listed is None:
        return None
    key, title = _recognised(providers, [owner for _, owner in listed])
    models = [model for model, _ in listed]
    chat = tuple(model for model in models if _chats_here(model, providers))
    return FoundServer(
        key,
        title,
        base_url,
        models=chat,
        left_out=tuple(model for model in models if model not in chat),
        problem=None if models else "has no model yet",
    )


def _get(url: str, timeout_s: float) -> tuple[int, bytes]:
    """The status and the body of a GET; no proxy, no redirect, and an end in time and size."""
    deadline = time.monotonic() + timeout_s
    body = b""
    with (
        httpx.Client(trust_env=False, timeout=timeout_s) as client,
        client.stream("GET", url) as response,
    ):
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _MAX_LIST_BYTES or time.monotonic() > deadline:
                raise httpx.ReadError(f"{url}: the answer has no end")
        return response.status_code, body


def _listed_models(body: bytes) -> list[tuple[str, str]] | None:
    """Each model's id and owner as OpenAI's format has them; None where this is no such list."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match document:
        case {"data": list() as models}:
            return [
                (model_id, str(model.get("owned_by", "")))
                for model in models
                if isinstance(model, dict)
                and isinstance(model_id := model.get("id"), str)
                and _is_name(model_id)
            ]
        case {"object": "list", "data": None}:  # Ollama without a model
            return []
    return None


def _is_name(model_id: str) -> bool:
    """What a server says goes into the user's file: one printable line of sane length."""
    return model_id.isprintable() and 0 < len(model_id.strip()) <= _MAX_MODEL_CHARS


def _recognised(providers: Providers, owners: Sequence[str]) -> tuple[str, str]:
    """The program by what it says, never by its port, which any program may have taken."""
    for key, program in providers.local.items():
        if program.owned_by in owners:
            return key, program.title
    return "local", UNKNOWN_PROGRAM


def _chats_here(model: str, providers: Providers) -> bool:
    name = model.lower()
    if name.endswith(providers.not_local):
        return False
    # A part counts from the start of a word, so that "clip-" does not meet "eclip-se".
    return not any(re.search(rf"(?<![a-z0-9]){re.escape(p)}", name) for p in providers.not_chat)


def _name(model: str, source: str, taken: set[str]) -> str:
    """A bare TOML key that no other has: `gpt-oss-120b`, and `groq-gpt-oss-120b` for a second."""
    last = re.split(r"[/\\]", model.lower())[-1].removesuffix(".gguf")  # llama-server gives a path
    short = re.sub(r"[^a-z0-9]+", "-", last).strip("-") or source
    name, number = short, 1
    while name in taken:
        name = f"{source}-{short}" if number == 1 else f"{source}-{short}-{number}"
        number += 1
    taken.add(name)
    return name
