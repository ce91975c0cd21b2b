"""A two-layer random Qwen3 with the vocabulary of `tiny_llama`, for transformers and llama.cpp."""

from __future__ import annotations

from pathlib import Path

import gguf
import torch
from tiny_llama import CONTROL, IM_END, MERGES, TOKENS, USER_DEFINED
from transformers import Qwen3Config, Qwen3ForCausalLM

LAYERS, WIDTH, HEADS, KV_HEADS, HEAD_WIDTH, INNER = 2, 32, 4, 2, 16, 64
_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def write_tiny_qwen(path: Path) -> Path:
    """Qwen3's rows stand in the file as transformers has them; its heads have their own width."""
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(TOKENS),
        hidden_size=WIDTH,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        head_dim=HEAD_WIDTH,
        initializer_range=0.15,
        tie_word_embeddings=True,
    )
    state = Qwen3ForCausalLM(config).state_dict()
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    _add_vocabulary(writer)
    names = {"model.embed_tokens": "token_embd", "model.norm": "output_norm"}
    for layer in range(LAYERS):
        names |= {f"model.layers.{layer}.{hf}": f"blk.{layer}.{g}" for hf, g in _NAMES.items()}
    for theirs, ours in names.items():
        writer.add_tensor(f"{ours}.weight", state[f"{theirs}.weight"].numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    plain = len(TOKENS) - len(CONTROL) - len(USER_DEFINED)
    kinds = [gguf.TokenType.NORMAL] * plain
    kinds += [gguf.TokenType.CONTROL] * len(CONTROL)
    kinds += [gguf.TokenType.USER_DEFINED] * len(USER_DEFINED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(TOKENS)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in MERGES])
    writer.add_eos_token_id(IM_END)
    writer.add_add_bos_token(False)
