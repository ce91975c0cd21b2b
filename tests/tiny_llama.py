"""A two-layer random Llama with bytes for tokens, the same for transformers and for llama.cpp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

LAYERS, WIDTH, HEADS, KV_HEADS, INNER = 2, 32, 4, 2, 64
CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
USER_DEFINED = ("<tool_call>", "</tool_call>")
MERGES = (("t", "h"), ("th", "e"), ("a", "n"), ("Ġ", "a"))


def _bytes() -> list[str]:
    return sorted(pre_tokenizers.ByteLevel.alphabet())


TOKENS = [*_bytes(), *("".join(pair) for pair in MERGES), *CONTROL, *USER_DEFINED]
IM_END = TOKENS.index("<|im_end|>")


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """GPT-2's bytes with a few merges, and the marks of ChatML."""
    plain = TOKENS[: -len(CONTROL) - len(USER_DEFINED)]
    vocabulary = {token: id for id, token in enumerate(plain)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(MERGES)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in CONTROL])
    tokenizer.add_tokens([AddedToken(t, special=False) for t in USER_DEFINED])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", bos_token="<|endoftext|>"
    )


def tiny_model(seed: int = 0) -> LlamaForCausalLM:
    """Random weights, large enough for some tokens to be likelier than others."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(TOKENS),
        hidden_size=WIDTH,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        max_position_embeddings=4096,
        initializer_range=0.15,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        eos_token_id=IM_END,
        bos_token_id=None,
        pad_token_id=None,
    )
    return LlamaForCausalLM(config).eval()


def write_tiny(path: Path, model: LlamaForCausalLM) -> Path:
    """The same model as llama.cpp reads it, in float32."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_feed_forward_length(INNER)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(float(_rope_base(model)))
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(TOKENS)
    normal = len(TOKENS) - len(CONTROL) - len(USER_DEFINED)
    writer.add_token_types(
        [gguf.TokenType.NORMAL] * normal
        + [gguf.TokenType.CONTROL] * len(CONTROL)
        + [gguf.TokenType.USER_DEFINED] * len(USER_DEFINED)
    )
    writer.add_token_merges([" ".join(pair) for pair in MERGES])
    writer.add_eos_token_id(IM_END)
    writer.add_add_bos_token(False)
    for name, values in _tensors(model).items():
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _rope_base(model: LlamaForCausalLM) -> Any:
    return model.config.rope_parameters["rope_theta"]


def _tensors(model: LlamaForCausalLM) -> dict[str, np.ndarray[Any, Any]]:
    names = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    state = {k: v.detach().float().numpy() for k, v in model.state_dict().items()}
    tensors = {
        "token_embd": state["model.embed_tokens.weight"],
        "output_norm": state["model.norm.weight"],
        "output": state["lm_head.weight"],
    }
    for layer in range(LAYERS):
        for ours, theirs in names.items():
            values = state[f"model.layers.{layer}.{ours}.weight"]
            if theirs in ("attn_q", "attn_k"):
                values = _rotary_pairs(values, HEADS if theirs == "attn_q" else KV_HEADS)
            tensors[f"blk.{layer}.{theirs}"] = values
    return tensors


def _rotary_pairs(values: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """llama.cpp turns neighbours, transformers the two halves of a head."""
    rows, width = values.shape
    halves = values.reshape(heads, 2, rows // heads // 2, width)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, width))


def write_tiny_adapter(path: Path, *, seed: int = 0, rank: int = 4) -> Path:
    """A LoRA of random numbers on every attn_q."""
    generator = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    for layer in range(LAYERS):
        for part, shape in (("a", (rank, WIDTH)), ("b", (WIDTH, rank))):
            values = generator.normal(0, 0.3, shape).astype(np.float32)
            writer.add_tensor(f"blk.{layer}.attn_q.weight.lora_{part}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
