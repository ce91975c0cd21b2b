"""A saved peft adapter as pairs of matrices, named and ordered as a GGUF of its base has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestra_cli.errors import ModelError
from orchestra_cli.training.architecture import LINEAR, Architecture

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETTINGS_FILE = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"
_LAYERS = "base_model.model.model.layers."
_PLAIN = ("use_dora", "alpha_pattern", "rank_pattern", "modules_to_save", "lora_bias")
"""Settings that must be off: llama.cpp has no place for what they add."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What is added to one matrix of the base: scale * B @ A."""

    a: NDArray[Any]
    """(rank, in), float32."""
    b: NDArray[Any]
    """(out, rank), float32, its rows in the order that the file has them."""


@dataclass(frozen=True, slots=True)
class PeftAdapter:
    """What training saved."""

    pairs: dict[str, Pair]
    """By the name of the tensor that each is added to, such as blk.0.attn_q.weight."""
    rank: int
    scale: float

    def delta(self, tensor: str) -> NDArray[Any]:
        """What is added to that tensor."""
        pair = self.pairs[tensor]
        delta: NDArray[Any] = self.scale * (pair.b @ pair.a)
        return delta


def base_of(folder: Path) -> str:
    """The base that the adapter's settings name."""
    name = _settings(folder).get("base_model_name_or_path")
    if not name:
        raise ModelError(f"{folder / SETTINGS_FILE}: it names no base: give --base")
    return str(name)


def load_peft_adapter(folder: Path, architecture: Architecture) -> PeftAdapter:
    """Read the folder that `Trainable.save_adapter` wrote. Raises ModelError."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    settings = _settings(folder)
    if extras := [key for key in _PLAIN if settings.get(key)]:
        raise ModelError(
            f"{folder / SETTINGS_FILE}: {extras[0]} has no place in a GGUF adapter: train without "
            "it"
        )
    try:
        tensors = load_file(folder / _WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder / _WEIGHTS}: cannot be read ({error}): train again") from None
    numbers = {key: tensor.float().numpy() for key, tensor in tensors.items()}
    pairs = {}
    for key, a in numbers.items():
        if not key.endswith(".lora_A.weight"):
            continue
        name = _name_in_file(key, folder)
        b = numbers[key.replace(".lora_A.", ".lora_B.")]
        pairs[name] = Pair(a, architecture.to_file(b, name))
    if 2 * len(pairs) != len(numbers):
        raise ModelError(f"{folder / _WEIGHTS}: not only LoRA matrices: train them alone")
    rank = int(settings["r"])
    divisor = rank**0.5 if settings.get("use_rslora") else rank
    return PeftAdapter(pairs, rank, settings["lora_alpha"] / divisor)


def _name_in_file(key: str, folder: Path) -> str:
    layer, _, module = key.removeprefix(_LAYERS).removesuffix(".lora_A.weight").partition(".")
    if not key.startswith(_LAYERS) or module not in LINEAR:
        raise ModelError(f"{folder / _WEIGHTS}: {key} is not of a llama's or Qwen3's layers")
    return f"blk.{layer}.{LINEAR[module]}.weight"


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / SETTINGS_FILE
    try:
        settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: no saved adapter ({error}): give the folder of one") from None
    if settings.get("peft_type") != "LORA":
        raise ModelError(f"{path}: not a LoRA adapter: only LoRA can be exported")
    return settings
