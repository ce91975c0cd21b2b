"""How a GGUF names and orders what transformers has: of the architectures that can be trained.

llama.cpp turns neighbouring rows of a llama head's query and key, transformers turns row i with row
i + half: such a file holds the rows of each head interleaved. Qwen3's file holds them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestra_cli.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINEAR = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""Of each layer, as transformers and a GGUF name them: what LoRA adapts."""
_NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}
_OUTSIDE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_IN_LAYER = {gguf: hf for hf, gguf in (LINEAR | _NORMS).items()}


@dataclass(frozen=True, slots=True)
class Architecture:
    """What decides where a row of a matrix stands in the file."""

    name: str
    """As `general.architecture` has it."""
    num_heads: int
    num_kv_heads: int

    def __post_init__(self) -> None:
        if self.name not in ("llama", "qwen3"):
            raise ModelError(
                f"{self.name}: only models of the llama and qwen3 architectures can be trained "
                "and exported: take another base"
            )

    def to_file(self, matrix: NDArray[Any], name: str) -> NDArray[Any]:
        """The rows of a matrix, or of a LoRA's B, in the order that the file has them."""
        heads = self._interleaved_heads(name)
        if not heads:
            return matrix
        halves = matrix.reshape(heads, 2, -1, matrix.shape[-1])  # (heads, 2, half, in)
        return halves.swapaxes(1, 2).reshape(matrix.shape)

    def from_file(self, matrix: NDArray[Any], name: str) -> NDArray[Any]:
        """The rows as transformers has them."""
        heads = self._interleaved_heads(name)
        if not heads:
            return matrix
        pairs = matrix.reshape(heads, -1, 2, matrix.shape[-1])  # (heads, half, 2, in)
        return pairs.swapaxes(1, 2).reshape(matrix.shape)

    def _interleaved_heads(self, name: str) -> int:
        """Of the tensor `name` of the file; 0 where its rows stand as they are."""
        if self.name != "llama":
            return 0
        return {"attn_q": self.num_heads, "attn_k": self.num_kv_heads}.get(short_name(name), 0)


def short_name(tensor: str) -> str:
    """attn_q of blk.3.attn_q.weight."""
    return tensor.removesuffix(".weight").rpartition(".")[2]


def transformers_name(tensor: str) -> str | None:
    """What transformers calls a tensor of the file; None where it has no such parameter."""
    short = short_name(tensor)
    if not tensor.endswith(".weight"):
        return None
    if not tensor.startswith("blk."):
        return f"{_OUTSIDE[short]}.weight" if short in _OUTSIDE else None
    layer = tensor.split(".")[1]
    return f"model.layers.{layer}.{_IN_LAYER[short]}.weight" if short in _IN_LAYER else None
