"""From the words in config.toml or on the command line to a model that can conduct."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from orchestra_cli.config import OrchestratorTable, read_key
from orchestra_cli.engines.base import Engine, Sampling
from orchestra_cli.errors import ModelError, UsageError
from orchestra_cli.folders import cache_folder
from tools.experts import Expert, ExpertCard

if TYPE_CHECKING:
    from orchestra_cli.engines.llama import LlamaEngine
    from orchestra_cli.models.catalog import CatalogEntry

_TRAINED_SAMPLING = Sampling(temperature=1.0)
"""How Nemotron-Orchestrator-8B was trained, and so how it is sampled."""
_SMALL_BYTES = 1_000_000_000
_REPLY_TOKENS = 4096
_SMALL_REPLY_TOKENS = 384
"""What a small model says after that is rambling, and takes time."""
_ANSWER_SAMPLING = Sampling(repeat_penalty=1.15)
"""How the same weights are sampled as an expert: small models fall into loops without a penalty."""


@dataclass(frozen=True, slots=True)
class LoadedOrchestrator:
    """A model, how it is prompted, and itself as an expert for those who have no other."""

    engine: Engine
    prompt_style: Literal["chat", "toolorchestra"]
    policy: Literal["rule", "model"]
    sampling: Sampling
    own_expert: Expert
    leaves_machine: bool
    is_small: bool
    """Too small a model to be trusted with an answer."""
    notes: tuple[str, ...]


def load_orchestrator(
    table: OrchestratorTable, *, fetch: Callable[[CatalogEntry], Path]
) -> LoadedOrchestrator:
    """Load what `table.model` names; `fetch` brings a catalogue model's file. Raises ModelError."""
    if not table.model.strip():
        raise ModelError("--model: the name is empty: give embedded, a .gguf or a URL")
    if table.model.startswith(("http://", "https://")):
        return _remote(table)
    entry = _catalogue_entry(table.model)
    if entry is None:
        path = Path(table.model).expanduser()
        if not path.is_file():
            raise ModelError(f"{path}: no such model file: give the path of a .gguf, or `embedded`")
        return _local(path, table, None)
    return _local(fetch(entry), table, entry)


def _catalogue_entry(name: str) -> CatalogEntry | None:
    """The entry of that name; None where the name is a path."""
    from orchestra_cli.models.catalog import load_catalog

    catalogue = load_catalog()
    if name in catalogue or name.endswith(".gguf") or "/" in name or "\\" in name:
        return catalogue.get(name)
    if Path(name).exists():
        return None
    near = difflib.get_close_matches(name, catalogue, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(catalogue)}"
    raise ModelError(f"--model {name}: no such model or file: {hint}")


def _local(path: Path, table: OrchestratorTable, entry: CatalogEntry | None) -> LoadedOrchestrator:
    from orchestra_cli.engines.lazy import LazyEngine

    name = entry.name if entry else path.stem
    model = entry.description if entry else path.name
    default_context = entry.context_tokens if entry else 32_768

    def load() -> LlamaEngine:
        from orchestra_cli.engines.llama import LlamaEngine
        from orchestra_cli.engines.weights import Weights

        weights = Weights(
            path,
            adapter=table.adapter,
            gpu_layers=table.gpu_layers,
            context=table.context,
            default_context=default_context,
        )
        return LlamaEngine(weights, name=name, prefix_folder=cache_folder() / "prefixes")

    context_tokens = default_context if table.context == "auto" else table.context
    engine = LazyEngine(load, name=name, context_tokens=context_tokens)
    policy = table.policy or (entry.policy if entry else "model")
    note = f"{model}: loaded when a turn needs it"
    if policy == "model":
        loaded = engine.loaded()  # what is wrong with the file is said before the run begins
        note = f"{model}: {loaded.device}"
    style = table.prompt_style or (entry.prompt_style if entry else "chat")
    is_small = path.stat().st_size < _SMALL_BYTES
    return LoadedOrchestrator(
        engine=engine,
        prompt_style=style,
        policy=policy,
        sampling=_sampling(style, entry),
        own_expert=_own_expert(engine, model=model, is_small=is_small),
        leaves_machine=False,
        is_small=is_small,
        notes=(note,),
    )


def _own_expert(engine: Engine, *, model: str, is_small: bool) -> Expert:
    from orchestra_cli.engines.expert import EngineExpert

    card = ExpertCard(
        name=engine.name,
        model=model,
        skills="the model on this machine",
        price_in_usd_per_mtok=0.0,
        price_out_usd_per_mtok=0.0,
        leaves_machine=False,
    )
    max_tokens = _SMALL_REPLY_TOKENS if is_small else _REPLY_TOKENS
    return EngineExpert(card, engine, _ANSWER_SAMPLING, max_tokens=max_tokens)


def _remote(table: OrchestratorTable) -> LoadedOrchestrator:
    from orchestra_cli.engines.remote import RemoteEngine, parse_model_url
    from tools.endpoint import Endpoint, EndpointError
    from tools.endpoint_expert import EndpointExpert

    base_url, model = parse_model_url(table.model)
    key = read_key(table.api_key_env, needed_by="[orchestrator] api_key_env")
    try:
        endpoint = Endpoint(base_url, model, key, api_key_env=table.api_key_env)
    except EndpointError as error:
        raise UsageError(f"--model {table.model}: {error}") from None
    context = 32_768 if table.context == "auto" else table.context
    engine = RemoteEngine(endpoint, name=model, context_tokens=context)
    style = table.prompt_style or "chat"
    leaves = not endpoint.is_loopback
    free = None if leaves else 0.0
    card = ExpertCard(
        name=model,
        model=model,
        skills="the orchestrator's own model",
        price_in_usd_per_mtok=free,
        price_out_usd_per_mtok=free,
        leaves_machine=leaves,
    )
    return LoadedOrchestrator(
        engine=engine,
        prompt_style=style,
        policy=table.policy or "model",
        sampling=_sampling(style, None),
        own_expert=EndpointExpert(card, endpoint),
        leaves_machine=leaves,
        is_small=False,
        notes=(f"{model} at {endpoint.address}" + (", off this machine" if leaves else ""),),
    )


def _sampling(style: str, entry: CatalogEntry | None) -> Sampling:
    if entry is not None:
        return entry.sampling
    return _TRAINED_SAMPLING if style == "toolorchestra" else Sampling()
