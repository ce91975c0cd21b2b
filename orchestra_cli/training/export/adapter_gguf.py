"""A peft adapter as a GGUF LoRA file, which llama.cpp lays over the base's own file.

The two matrices of each pair are kept at f16; llama.cpp scales their product by alpha / rank.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestra_cli.errors import ModelError
from orchestra_cli.training.architecture import Architecture
from orchestra_cli.training.base_model import Base, find_base
from orchestra_cli.training.export.peft_adapter import PeftAdapter, base_of, load_peft_adapter
from orchestra_cli.training.export.whole_file import whole_file

if TYPE_CHECKING:
    import gguf
    from numpy.typing import NDArray


def export_adapter(
    folder: Path,
    out: Path,
    *,
    base: str | Path | None = None,
    name: str | None = None,
    description: str | None = None,
    licence: str | None = None,
) -> Path:
    """Write the adapter of `folder` to `out`; it replaces what was there only once it is whole.

    None for `base` takes what the adapter's settings name, for `licence` the base's own.
    """
    import gguf

    found = find_base(base or base_of(folder))
    architecture, about = _describe(found)
    adapter = load_peft_adapter(folder, architecture)
    with whole_file(out) as staging:
        writer = gguf.GGUFWriter(staging, architecture.name)
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_name(name or out.stem)
        base_name = about.get("general.name", found.name)
        writer.add_description(description or f"LoRA of rank {adapter.rank} for {base_name}")
        if known := licence or about.get("general.license"):
            writer.add_license(known)
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, base_name)
        if organisation := about.get("general.organization"):
            writer.add_base_model_organization(0, organisation)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, adapter.scale * adapter.rank)
        _add_pairs(writer, adapter)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return out


def _add_pairs(writer: gguf.GGUFWriter, adapter: PeftAdapter) -> None:
    for tensor, pair in adapter.pairs.items():
        for part, values in (("a", pair.a), ("b", pair.b)):
            writer.add_tensor(f"{tensor}.lora_{part}", _as_f16(values, tensor))


def _as_f16(values: NDArray[Any], tensor: str) -> NDArray[Any]:
    import numpy as np

    if not np.abs(values).max(initial=0) < np.finfo(np.float16).max:
        raise ModelError(f"{tensor}: its adapter is not finite at f16: training has diverged")
    return values.astype(np.float16)


def _describe(base: Base) -> tuple[Architecture, dict[str, str]]:
    """The base's architecture, and what its file says about itself."""
    if base.gguf is not None:
        return _describe_file(base.gguf)
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(base.folder)
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(f"{base.name}: transformers cannot read it ({first})") from None
    heads = (config.num_attention_heads, config.num_key_value_heads)
    return Architecture(config.model_type, *heads), {}


def _describe_file(path: Path) -> tuple[Architecture, dict[str, str]]:
    from orchestra_cli.engines.gguf_file import load_model, read_head, read_metadata
    from orchestra_cli.engines.library import load_library

    read_head(path)
    header = load_model(path, gpu_layers=0, vocab_only=True)
    try:
        name = read_metadata(header, "general.architecture") or "?"
        heads = read_metadata(header, f"{name}.attention.head_count") or "0"
        kv_heads = read_metadata(header, f"{name}.attention.head_count_kv") or heads
        keys = ("general.name", "general.organization", "general.license")
        about = {key: value for key in keys if (value := read_metadata(header, key))}
    finally:
        load_library().llama_model_free(header)
    return Architecture(name, int(heads), int(kv_heads)), about
