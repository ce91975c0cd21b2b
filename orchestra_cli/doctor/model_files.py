"""Checks of models: is the configured one here, and which of the catalogue fit this machine.

A model's need is its weights and the KV cache over its whole trained window, as the catalogue says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.engines.hardware import layers_that_fit
from orchestra_cli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from orchestra_cli.models.catalog import CatalogEntry
    from orchestra_cli.models.sources import ServedSource

GROUP = "models"
_MANY_LAYERS = 99


class Place(StrEnum):
    """Where a model would run, the best first."""

    GPU = "whole on the GPU"
    PARTLY = "partly on the GPU"
    MAIN = "in main memory"
    SHORTER = "in main memory, with a shorter context"
    SERVED = "on the GPU, through vLLM"
    NOWHERE = "too large"
    NO_GPU = "want a larger GPU, through vLLM"
    UNKNOWN = "size not known"


_NO_PLACE = (Place.NOWHERE, Place.NO_GPU)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is free on this machine."""

    main_bytes: int
    gpu_bytes: tuple[int, ...] = ()
    """Of each GPU that llama.cpp can use."""
    served_bytes: int = 0
    """Of the GPUs that the driver sees, for a server of its own."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a model takes."""

    weights_bytes: int | None
    all_bytes: int | None
    is_served: bool = False


@dataclass(frozen=True, slots=True)
class ConfiguredModel:
    """What [orchestrator] model stands for; neither an entry nor a path behind an address."""

    words: str
    entry: CatalogEntry | None = None
    path: Path | None = None
    """Where its file is, if it is there."""
    problem: str = ""
    adapter: Path | None = None
    """What is laid over its weights."""

    @property
    def served(self) -> ServedSource | None:
        """Where a server has to run it, for weights that llama.cpp cannot read."""
        from orchestra_cli.models.sources import ServedSource

        source = self.entry.source if self.entry else None
        return source if isinstance(source, ServedSource) else None


def resolve_model(words: str) -> ConfiguredModel:
    """A catalogue name, a file of a hub, a path, or an address. Raises nothing."""
    from orchestra_cli.models.catalog import load_catalog
    from orchestra_cli.models.fetch import load_provenance
    from orchestra_cli.models.hub_name import PREFIX, parse_hub_name

    if is_address(words):
        return ConfiguredModel(words)
    try:
        entry = parse_hub_name(words) if words.startswith(PREFIX) else load_catalog().get(words)
    except UsageError as error:
        return ConfiguredModel(words, problem=str(error))
    if entry is None:
        path = Path(words).expanduser()
        if path.is_file():
            return ConfiguredModel(words, path=path)
        return ConfiguredModel(words, problem="no model of that name, and no such file")
    if need_of(entry).is_served:
        return ConfiguredModel(words, entry)
    return ConfiguredModel(words, entry, path=entry.path if load_provenance(entry) else None)


def is_address(words: str) -> bool:
    """Whether the model is behind an endpoint."""
    return words.startswith(("http://", "https://"))


def check_models(model: ConfiguredModel, memory: Memory | None) -> Iterator[Row]:
    """The configured model's file, then what of the catalogue would fit."""
    from orchestra_cli.models.catalog import load_catalog

    yield describe_model(model)
    if memory is None:
        fix = "mend llama.cpp first: its row says how"
        yield Row(GROUP, "what fits", Status.SKIPPED, "the GPUs' memory is not known", fix)
        return
    needs = {name: need_of(entry) for name, entry in load_catalog().items()}
    yield describe_fits(needs, memory, configured=model.words)


def describe_model(model: ConfiguredModel) -> Row:
    """Whether it is on this machine."""

    def row(status: Status, found: str, fix: str = "") -> Row:
        return Row(GROUP, "orchestrator", status, found, fix, ExitCode.MODEL)

    if model.problem:
        fix = "set model under [orchestrator] in config.toml to one of `orchestra models list`"
        return row(Status.FAILED, f"{model.words}: {model.problem}", fix)
    if model.path is not None:
        size = model.path.stat().st_size
        found = f"{model.words}: {model.path}, {size / 1e9:.2f} GB"
        if model.adapter is None:
            return row(Status.OK, found)
        if model.adapter.is_file():
            return row(Status.OK, f"{found}, with adapter {model.adapter}")
        fix = 'set adapter under [orchestrator] in config.toml to a .gguf, or to "none"'
        return row(Status.FAILED, f"{found}; its adapter {model.adapter} is not there", fix)
    if model.entry is None:
        return row(Status.OK, "behind an address: see experts")
    if model.served:
        return row(Status.OK, f"{model.words}: served by vLLM: see experts")
    fix = f"`orchestra models pull {model.words}`"
    return row(Status.WARNING, f"{model.words}: its file is not in the cache", fix)


def need_of(entry: CatalogEntry) -> Need:
    """As the catalogue has it."""
    from orchestra_cli.models.sources import ServedSource

    is_served = isinstance(entry.source, ServedSource)
    return Need(entry.source.size_bytes, entry.memory_bytes, is_served=is_served)


def place_of(need: Need, memory: Memory) -> Place:
    """The best place where it fits."""
    if need.weights_bytes is None or need.all_bytes is None:
        return Place.UNKNOWN
    if need.is_served:
        return Place.SERVED if need.all_bytes <= memory.served_bytes else Place.NO_GPU
    layers = layers_that_fit(
        free_bytes=list(memory.gpu_bytes),
        weights_bytes=need.weights_bytes,
        kv_bytes=need.all_bytes - need.weights_bytes,
        num_layers=_MANY_LAYERS,
    )
    if layers > _MANY_LAYERS:
        return Place.GPU
    if need.weights_bytes > memory.main_bytes:
        return Place.NOWHERE
    if layers:
        return Place.PARTLY
    return Place.MAIN if need.all_bytes <= memory.main_bytes else Place.SHORTER


def describe_fits(needs: dict[str, Need], memory: Memory, *, configured: str) -> Row:
    """The catalogue's names by place; a warning where the configured model has none."""
    places = {name: place_of(need, memory) for name, need in needs.items()}
    parts = [
        f"{place}: {', '.join(_sized(name, needs[name]) for name in names)}"
        for place in Place
        if (names := [name for name, its in places.items() if its is place])
    ]
    found = f"{_free(memory)}; {'; '.join(parts)}"
    figures = {
        "main_free_bytes": float(memory.main_bytes),
        "gpu_free_bytes": float(sum(memory.gpu_bytes)),
    }
    if places.get(configured) in _NO_PLACE:
        fitting = _largest(n for n, its in places.items() if its not in (*_NO_PLACE, Place.UNKNOWN))
        fix = f"close what takes memory, or set [orchestrator] model to {fitting}"
        found = f"{configured} does not fit: {found}"
        return Row(GROUP, "what fits", Status.WARNING, found, fix, figures=figures)
    return Row(GROUP, "what fits", Status.OK, found, figures=figures)


def _largest(names: Iterable[str]) -> str:
    return next(iter(names), "a model behind an address")


def _sized(name: str, need: Need) -> str:
    size = need.all_bytes or need.weights_bytes
    return name if size is None else f"{name} ({size / 2**30:.1f})"


def _free(memory: Memory) -> str:
    gpu = f", {sum(memory.gpu_bytes) / 2**30:.1f} on GPUs" if memory.gpu_bytes else ""
    return f"{memory.main_bytes / 2**30:.1f} GiB of memory free{gpu} (needs in GiB)"
