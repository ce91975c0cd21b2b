"""Writes small GGUF files: LoRA adapters of random numbers, and bare headers."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

LAYERS, WIDTH, KV_WIDTH = 30, 576, 192
"""SmolLM2-135M's."""


def write_adapter(
    path: Path,
    *,
    seed: int = 0,
    rank: int = 4,
    width: int = WIDTH,
    scale: float = 0.1,
    architecture: str = "llama",
) -> Path:
    """An adapter on every attn_q and attn_v; `width` other than the model's does not fit it."""
    generator = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    for layer in range(LAYERS):
        for target, rows in (("attn_q", width), ("attn_v", KV_WIDTH)):
            for part, shape in (("a", (rank, width)), ("b", (rows, rank))):
                values = generator.normal(0, scale, shape).astype(np.float32)
                writer.add_tensor(f"blk.{layer}.{target}.weight.lora_{part}", values)
    return _finish(writer, path)


def write_header(path: Path, architecture: str) -> Path:
    """A GGUF without a single tensor."""
    return _finish(gguf.GGUFWriter(path, architecture), path)


def write_shape(path: Path, *, architecture: str, num_layers: int, num_heads: int = 4) -> Path:
    """A GGUF of figures alone: enough of a header for llama.cpp to look at them."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(512)
    writer.add_embedding_length(64)
    writer.add_block_count(num_layers)
    writer.add_head_count(num_heads)
    writer.add_feed_forward_length(128)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_ssm_conv_kernel(4)
    writer.add_ssm_inner_size(128)
    writer.add_ssm_state_size(16)
    writer.add_ssm_time_step_rank(4)
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(100)
    return _finish(writer, path)


def _finish(writer: gguf.GGUFWriter, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
