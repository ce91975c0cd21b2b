"""What `orchestra models info` says: of a model by name, of a file, and whether it fits here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.fetch import load_provenance
from orchestra_cli.models.served import vllm_command
from orchestra_cli.models.sources import HubSource, ServedSource, WheelSource

Facts = dict[str, str | int | float | bool | None]


def facts_of_entry(entry: CatalogEntry) -> Facts:
    """The catalogue's, and those of the file where it is in the cache."""
    facts: Facts = {
        "name": entry.name,
        "model": entry.description,
        "licence": entry.licence.name,
        "licence_url": entry.licence.url,
        "research_only": entry.licence.research_only,
        "source": _source(entry),
        "prompt_style": entry.prompt_style,
        "policy": entry.policy,
        "adapter": str(entry.adapter_path) if entry.adapter_path else None,
        "temperature": entry.sampling.temperature,
        "download_bytes": entry.download_bytes,
        "trained_context": entry.context_tokens,
        "kv_bytes_per_token": entry.kv_bytes_per_token,
        "memory_bytes": entry.memory_bytes,
    }
    if isinstance(entry.source, ServedSource):
        return facts | {"run": vllm_command(entry.source, entry.context_tokens)}
    cached = load_provenance(entry) is not None
    facts |= {"cached": cached}
    if cached:
        of_file = facts_of_file(entry.path, context_tokens=entry.context_tokens)
        return facts | {key: value for key, value in of_file.items() if key != "name"}
    return facts | {"file": str(entry.path), **_room(entry.memory_bytes)}


def facts_of_file(path: Path, *, context_tokens: int | None = None) -> Facts:
    """Of a GGUF's header, and what it needs at `context_tokens`, by default the trained window."""
    from orchestra_cli.engines import hardware
    from orchestra_cli.models.header import load_header

    header = load_header(path)
    context = min(context_tokens or header.trained_context, header.trained_context)
    memory_bytes = header.memory_bytes(context)
    facts: Facts = {
        "name": header.name,
        "file": str(path),
        "size_bytes": header.size_bytes,
        "architecture": header.architecture,
        "parameters": header.num_parameters,
        "quantisation": header.quantisation,
        "trained_context": header.trained_context,
        "kv_bytes_per_token": header.kv_bytes_per_token,
        "chat_template": header.has_template,
        "template_knows_tools": header.knows_tools,
        "memory_bytes": memory_bytes,
        **_room(memory_bytes),
    }
    if gpus := hardware.gpus():
        facts["layers"] = header.num_layers + 1
        facts["layers_on_gpu"] = hardware.layers_that_fit(
            free_bytes=[gpu.free_bytes for gpu in gpus],
            weights_bytes=header.size_bytes,
            kv_bytes=header.kv_bytes_per_token * context,
            num_layers=header.num_layers,
        )
    return facts


def _room(memory_bytes: int | None) -> Facts:
    from orchestra_cli.engines.hardware import available_memory_bytes

    free = available_memory_bytes()
    fits = None if memory_bytes is None else memory_bytes <= free
    return {"free_memory_bytes": free, "fits": fits}


def render_facts(facts: Mapping[str, object]) -> str:
    """A line for each fact that is known."""
    known = {key: value for key, value in facts.items() if value is not None}
    width = max(len(_label(key)) for key in known)
    return "\n".join(f"{_label(k).ljust(width)}  {_shown(k, v)}" for k, v in known.items())


def in_words(size_bytes: int | None) -> str:
    """As disks and model hubs count: 5.0 GB."""
    if size_bytes is None:
        return "?"
    return f"{size_bytes / 1e6:.0f} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:.1f} GB"


def _label(key: str) -> str:
    return key.removesuffix("_bytes").replace("_", " ")


def _shown(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and key == "kv_bytes_per_token":
        return f"{value / 2**10:.1f} KiB"
    if isinstance(value, int) and key.endswith("_bytes"):
        return in_words(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _source(entry: CatalogEntry) -> str:
    source = entry.source
    if isinstance(source, WheelSource):
        return f"{source.requirement} ({source.member})"
    if isinstance(source, HubSource):
        return f"{source.page} ({source.file or f'the file that ends in {source.quant}'})"
    return source.page
