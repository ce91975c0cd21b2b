"""`hf:owner/repo/file.gguf` and `hf:owner/repo:QUANT`: any GGUF of the hub as a model by name.

A repository that the catalogue knows lends its licence, prompt style and sampling to all its files.
"""

from __future__ import annotations

import re
from dataclasses import replace

from orchestra_cli.errors import UsageError
from orchestra_cli.models.catalog import CatalogEntry, find_by_repo, load_catalog
from orchestra_cli.models.licence import Licence
from orchestra_cli.models.sources import HubSource

PREFIX = "hf:"
_NAME = re.compile(r"hf:(?P<repo>[\w.-]+/[\w.-]+)(?:/(?P<file>.+\.gguf)|:(?P<quant>[\w.]+))")
_SHARD = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


def parse_hub_name(name: str) -> CatalogEntry:
    """The entry that such a name stands for. Raises UsageError."""
    match = _NAME.fullmatch(name)
    if match is None or ".." in name:
        raise UsageError(
            f"{name!r} names no file of a hub: write hf:owner/repo/file.gguf, or "
            "hf:owner/repo:Q4_K_M"
        )
    source = HubSource(repo=match["repo"], file=match["file"], quant=match["quant"])
    if _SHARD.search(name):
        raise UsageError(
            f"{name} is one part of several: take a quantisation that is one file, or fetch all "
            "the parts yourself and give --model the path of the first"
        )
    known = find_by_repo(load_catalog(), source.repo)
    if known is None:
        return _unknown(name, source)
    if isinstance(known.source, HubSource) and _same_file(known.source, source):
        return known
    return replace(known, name=name, description=name, file=_file(source), source=source)


def _same_file(known: HubSource, asked: HubSource) -> bool:
    """Whether the catalogue's own name for it will do: then it is fetched and kept once."""
    if known.file is not None:
        return asked.picks(known.file)
    if asked.file is not None:
        return known.picks(asked.file)
    return str(asked.quant).lower() == str(known.quant).lower()


def _unknown(name: str, source: HubSource) -> CatalogEntry:
    return CatalogEntry(
        name=name,
        description=name,
        licence=Licence("see its page", source.page),
        file=_file(source),
        prompt_style="chat",
        policy="model",
        source=source,
        is_vetted=False,
    )


def _file(source: HubSource) -> str:
    """What it is called in the cache: no two files of the hub share it."""
    return "--".join([*source.repo.split("/"), *(source.file or f"{source.quant}.gguf").split("/")])
