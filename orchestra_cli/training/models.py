"""A model that can be trained: frozen base weights with a LoRA adapter over them.

The base of a GGUF is dequantised from the very file that inference runs, so that the adapter learns
to sit on what it will sit on; its text becomes the same tokens here as there. With the adapter
switched off the model is the base, which is the frozen reference.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestra_cli.errors import ModelError, UsageError
from orchestra_cli.training.architecture import LINEAR
from orchestra_cli.training.base_model import Base, find_base

if TYPE_CHECKING:
    import torch

_EXTRA = ("torch", "transformers", "peft", "accelerate", "gguf")


@dataclass(frozen=True, slots=True)
class Trainable:
    """What a trainer steps, and what a rollout in torch asks."""

    model: Any
    """A `peft.PeftModel`; of its parameters only the adapter's want a gradient."""
    tokenizer: Any
    base_name: str
    """As it was asked for; `save_adapter` notes it."""

    def tokenize(self, text: str) -> list[int]:
        """Tokens of a rendered text, as the engine reads it: marks are marks, nothing is added."""
        tokens: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def parameters(self) -> list[torch.nn.Parameter]:
        """The adapter's, which are all that is trained."""
        return [p for p in self.model.parameters() if p.requires_grad]

    def as_reference(self) -> AbstractContextManager[None]:
        """Inside it the model is the frozen base."""
        switched_off: AbstractContextManager[None] = self.model.disable_adapter()
        return switched_off

    def save_adapter(self, folder: Path) -> Path:
        """Write the adapter alone: its settings and safetensors, as peft reads them."""
        self.model.save_pretrained(str(folder), save_embedding_layers=False)
        return folder


def load_trainable(
    base: str | Path,
    *,
    adapter: Path | None = None,
    rank: int = 16,
    alpha: int = 32,
    first_layer: int = 0,
    dtype: torch.dtype | None = None,
) -> Trainable:
    """Load `base` with a fresh adapter, or with the saved one, whose settings then hold.

    `base` is a catalogue name, a .gguf, or a Hugging Face folder or name; `dtype` is that of the
    frozen weights (float32 if None), the adapter is float32 always. A fresh adapter changes nothing
    yet; its A-matrices are drawn from torch's own generator. Raises UsageError or ModelError.
    """
    require_extra()
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model

    from orchestra_cli.training.merged_linear import merge_adapted_layers

    found = find_base(base)
    tokenizer, model = load_base(found, dtype=dtype or torch.float32)
    if adapter is not None:
        with _one_line(adapter, "no LoRA adapter for this base"), _old_name_allowed():
            adapted = PeftModel.from_pretrained(model, str(adapter), is_trainable=True)
        merge_adapted_layers(adapted)
        return Trainable(adapted, tokenizer, found.name)
    layers = model.config.num_hidden_layers
    if not 0 <= first_layer < layers:
        raise UsageError(f"first_layer {first_layer}: {found.name} has layers 0 to {layers - 1}")
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        target_modules=[name.rpartition(".")[2] for name in LINEAR],
        layers_to_transform=list(range(first_layer, layers)),
        layers_pattern="layers",
        task_type="CAUSAL_LM",
    )
    model.name_or_path = found.name  # which peft notes in the adapter's settings
    with _old_name_allowed():
        adapted = get_peft_model(model, config)
    merge_adapted_layers(adapted)
    return Trainable(adapted, tokenizer, found.name)


def load_base(base: Base, *, dtype: torch.dtype) -> tuple[Any, Any]:
    """Its tokenizer and its weights, as transformers knows them."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from orchestra_cli.training.gguf_model import load_gguf

    if base.gguf is not None:
        return load_gguf(base.gguf, dtype=dtype)
    with _one_line(base.name, "transformers cannot load it"):
        tokenizer = AutoTokenizer.from_pretrained(base.folder)
        return tokenizer, AutoModelForCausalLM.from_pretrained(base.folder, dtype=dtype)


def require_extra() -> None:
    """Raise the one line that says what to install, where the training extra is missing."""
    for package in _EXTRA:
        if find_spec(package) is None:
            raise UsageError(f'training needs {package}: pip install "orchestra-cli[train]"')


@contextmanager
def _old_name_allowed() -> Iterator[None]:
    """peft asks transformers by a name that is going away: nobody else can act on that."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        yield


@contextmanager
def _one_line(what: object, wrong: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{what}: {wrong} ({first}): check the pair and its path") from error
