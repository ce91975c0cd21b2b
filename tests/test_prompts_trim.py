"""Cutting text to a budget: the longest part that fits, however long the text is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from counting_engine import CHARS_A_TOKEN, CountingEngine
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.engines.weights import Weights
from orchestra_cli.prompts.trim import keep_head, keep_tail

TEXTS = st.text(max_size=400) | st.integers(1000, 5000).map(lambda size: "0123456789" * size)
BOTH = pytest.mark.parametrize("keep", [keep_head, keep_tail], ids=["head", "tail"])


@BOTH
@given(text=TEXTS, max_tokens=st.integers(-5, 3000))
def test_the_longest_part_that_fits_is_kept(
    keep: Callable[..., str], text: str, max_tokens: int
) -> None:
    kept = keep(text, CountingEngine(), max_tokens=max_tokens)
    size = min(len(text), max(0, max_tokens) * CHARS_A_TOKEN)
    assert kept == (text[:size] if keep is keep_head else text[len(text) - size :])


@BOTH
@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 2047, 2048, 2049, 4096, 8192])
def test_a_text_that_fits_stays_whole_at_every_size(keep: Callable[..., str], size: int) -> None:
    text = "x" * size
    assert keep(text, CountingEngine(), max_tokens=-(-size // CHARS_A_TOKEN)) == text


@BOTH
def test_megabytes_are_never_counted_whole(keep: Callable[..., str]) -> None:
    engine = CountingEngine()
    assert len(keep("x" * 10_000_000, engine, max_tokens=1000)) == 4000
    assert engine.longest <= 2 * 4000 + 1024


@BOTH
def test_a_real_tokenizer_never_counts_more_than_allowed(
    keep: Callable[..., str], gguf: Path
) -> None:
    engine = LlamaEngine(Weights(gguf, context=512), name="m")
    text = "Zwölf Boxkämpfer jagen Viktor 😀 quer über den großen Sylter Deich. 北京 " * 40
    for max_tokens in (0, 1, 2, 7, 100, 333):
        kept = keep(text, engine, max_tokens=max_tokens)
        assert engine.count_tokens(kept) <= max_tokens
        assert kept in text
        assert engine.count_tokens(kept) >= max_tokens - 8
    assert keep(text, engine, max_tokens=engine.count_tokens(text)) == text
    engine.close()
