"""From the words in config.toml or on the command line to a model that can conduct."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from orchestra_cli.config import OrchestratorTable, read_key
from orchestra_cli.engines.base import Engine, EngineError, Sampling
from orchestra_cli.errors import ModelError, UsageError
from orchestra_cli.folders import cache_folder
from tools.experts import Expert, ExpertCard
from tools.prices import FREE

if TYPE_CHECKING:
    from orchestra_cli.engines.llama import LlamaEngine
    from orchestra_cli.models.catalog import CatalogEntry

_DEFAULT_CONTEXT = 32_768
"""Of a model that the catalogue does not know, where its own window is not smaller: a longer one
would take memory from the layers on a GPU for tokens that no prompt of ours uses."""
_TRAINED_SAMPLING = Sampling(temperature=1.0)
"""How Nemotron-Orchestrator-8B was trained, and so how it is sampled."""
_NO_ORCHESTRATOR = (
    "{model} is no orchestrator: asked for a function call, it wrote none that is legal; it is "
    "used all the same, and a grammar forces its calls"
)
_SMALL_BYTES = 1_000_000_000
_SMALL_SUCCESS = 0.1
"""What is expected of a small model's answers until they are measured: it is often wrong."""
_REPLY_TOKENS = 4096
_SMALL_REPLY_TOKENS = 384
"""What a small model says after that is rambling, and takes time."""
_ANSWER_SAMPLING = Sampling(repeat_penalty=1.15)
"""How the same weights are sampled as an expert: small models fall into loops without a penalty."""


@dataclass(frozen=True, slots=True)
class LoadedOrchestrator:
    """A model, how it is prompted, and itself as an expert for those who have no other."""

    engine: Engine
    prompt_style: Literal["chat", "toolorchestra", "brief"]
    policy: Literal["rule", "model"]
    sampling: Sampling
    own_expert: Expert
    leaves_machine: bool
    is_small: bool
    """Too small a model to be trusted with an answer."""
    notes: tuple[str, ...]
    checks_answers: bool = False
    """An expert's answer is an attempt, which it may accept or have checked by another."""


def load_orchestrator(
    table: OrchestratorTable, *, fetch: Callable[[CatalogEntry], Path]
) -> LoadedOrchestrator:
    """Load what `table.model` names; `fetch` brings a catalogue model's file. Raises ModelError."""
    name = table.model
    if not name.strip():
        raise ModelError("--model: the name is empty: give embedded, a .gguf or a URL")
    if name.startswith(("http://", "https://")):
        return _remote(table, _entry_of_url(name))
    entry = _named_entry(name)
    if entry is None:
        path = Path(name).expanduser()
        if not path.is_file():
            raise ModelError(f"{path}: no such model file: give the path of a .gguf, or `embedded`")
        return _local(path, table, None)
    if entry.file is None:
        return _served(table, entry)
    return _local(fetch(entry), table, entry)


def _named_entry(name: str) -> CatalogEntry | None:
    """What the catalogue or a hub has under that name; None where the name is a path."""
    from orchestra_cli.models.catalog import load_catalog
    from orchestra_cli.models.hub_name import PREFIX, parse_hub_name

    if name.startswith(PREFIX):
        return parse_hub_name(name)
    catalogue = load_catalog()
    if name in catalogue or name.endswith(".gguf") or "/" in name or "\\" in name:
        return catalogue.get(name)
    if Path(name).exists():
        return None
    near = difflib.get_close_matches(name, catalogue, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(catalogue)}"
    raise ModelError(f"--model {name}: no such model or file: {hint}")


def _entry_of_url(url: str) -> CatalogEntry | None:
    """What the catalogue knows of the model that an address names, wherever it is served."""
    from orchestra_cli.models.catalog import find_by_repo, load_catalog

    return find_by_repo(load_catalog(), url.partition("#")[2].strip())


def _local(path: Path, table: OrchestratorTable, entry: CatalogEntry | None) -> LoadedOrchestrator:
    from orchestra_cli.engines.lazy import LazyEngine
    from orchestra_cli.models.adapter import adapter_of

    name = entry.name if entry else path.stem
    model = entry.description if entry else path.name
    default_context = (entry and entry.context_tokens) or _DEFAULT_CONTEXT
    adapter = adapter_of(table, entry)

    def load() -> LlamaEngine:
        from orchestra_cli.engines.llama import LlamaEngine
        from orchestra_cli.engines.weights import Weights

        weights = Weights(
            path,
            adapter=adapter,
            gpu_layers=table.gpu_layers,
            context=table.context,
            default_context=default_context,
        )
        return LlamaEngine(weights, name=name, prefix_folder=cache_folder() / "prefixes")

    context_tokens = default_context if table.context == "auto" else table.context
    engine = LazyEngine(load, name=name, context_tokens=context_tokens)
    policy = table.policy or (entry.policy if entry else "model")
    style = table.prompt_style or (entry.prompt_style if entry else "chat")
    sampling = _sampling(style, entry)
    notes = [f"{model}: loaded when a turn needs it"]
    if policy == "model":
        loaded = engine.loaded()  # what is wrong with the file is said before the run begins
        notes = [f"{model}: {loaded.device}"]
        if (entry is None or not entry.is_vetted) and _calls_nothing(
            engine, style, sampling, path, adapter
        ):
            notes.append(_NO_ORCHESTRATOR.format(model=model))
    is_small = path.stat().st_size < _SMALL_BYTES
    return LoadedOrchestrator(
        engine=engine,
        prompt_style=style,
        policy=policy,
        sampling=sampling,
        own_expert=_own_expert(engine, model=model, is_small=is_small),
        leaves_machine=False,
        is_small=is_small,
        notes=tuple(notes),
        checks_answers=_checks_answers(table, entry),
    )


def _calls_nothing(
    engine: Engine, style: str, sampling: Sampling, path: Path, adapter: Path | None
) -> bool:
    """Whether the model was asked for a call, once for this file, and wrote none that is legal.

    Who reads the brief style was trained on it.
    """
    if style == "brief":
        return False
    from orchestra_cli.models.probe import probe_once

    try:
        verdict = probe_once(engine, style, sampling, file=path, adapter=adapter)
    except EngineError:  # it does not come to a verdict; the run itself will say what is wrong
        return False
    return verdict is not None and verdict.calls is False


def _own_expert(engine: Engine, *, model: str, is_small: bool) -> Expert:
    from orchestra_cli.engines.expert import EngineExpert

    card = ExpertCard(
        name=engine.name,
        model=model,
        skills="the model on this machine",
        price=FREE,
        success_rate=_SMALL_SUCCESS if is_small else None,
        leaves_machine=False,
    )
    max_tokens = _SMALL_REPLY_TOKENS if is_small else _REPLY_TOKENS
    return EngineExpert(card, engine, _ANSWER_SAMPLING, max_tokens=max_tokens)


def _served(table: OrchestratorTable, entry: CatalogEntry) -> LoadedOrchestrator:
    """A catalogue model that vLLM runs: found at its address, or the command that puts it there."""
    from orchestra_cli.models.licence import notice_to_show
    from orchestra_cli.models.served import require_served
    from orchestra_cli.models.sources import ServedSource

    source = entry.source
    assert isinstance(source, ServedSource)
    key = read_key(table.api_key_env, needed_by="[orchestrator] api_key_env")
    require_served(source, name=entry.name, context_tokens=entry.context_tokens, api_key=key)
    url = f"{source.base_url}#{source.repo}"
    loaded = _remote(table.model_copy(update={"model": url}), entry)
    notice = notice_to_show(entry.licence)
    return replace(loaded, notes=(*loaded.notes, notice)) if notice else loaded


def _remote(table: OrchestratorTable, entry: CatalogEntry | None) -> LoadedOrchestrator:
    from orchestra_cli.engines.remote import RemoteEngine, parse_model_url
    from orchestra_cli.experts.configured import price_of
    from tools.endpoint import Endpoint
    from tools.endpoint_errors import EndpointError
    from tools.endpoint_expert import EndpointExpert

    base_url, model = parse_model_url(table.model)
    key = read_key(table.api_key_env, needed_by="[orchestrator] api_key_env")
    try:
        endpoint = Endpoint(base_url, model, key, api_key_env=table.api_key_env)
    except EndpointError as error:
        raise UsageError(f"--model {table.model}: {error}") from None
    trained = (entry and entry.context_tokens) or _DEFAULT_CONTEXT
    context = trained if table.context == "auto" else table.context
    leaves = not endpoint.is_loopback
    price = price_of(table, model, base_url, leaves_machine=leaves)
    engine = RemoteEngine(endpoint, name=model, context_tokens=context, price=price)
    style = table.prompt_style or (entry.prompt_style if entry else "chat")
    card = ExpertCard(
        name=model,
        model=model,
        skills="the orchestrator's own model",
        price=price,
        leaves_machine=leaves,
    )
    return LoadedOrchestrator(
        engine=engine,
        prompt_style=style,
        policy=table.policy or "model",
        sampling=_sampling(style, entry),
        own_expert=EndpointExpert(card, endpoint),
        leaves_machine=leaves,
        is_small=False,
        notes=(f"{model} at {endpoint.address}" + (", off this machine" if leaves else ""),),
        checks_answers=_checks_answers(table, entry),
    )


def _checks_answers(table: OrchestratorTable, entry: CatalogEntry | None) -> bool:
    if table.checks_answers is not None:
        return table.checks_answers
    return entry is not None and entry.checks_answers


def _sampling(style: str, entry: CatalogEntry | None) -> Sampling:
    if entry is not None:
        return entry.sampling
    return _TRAINED_SAMPLING if style == "toolorchestra" else Sampling()
