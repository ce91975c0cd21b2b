"""A base GGUF with an adapter added into its matrices: one file, for engines without adapters.

Every key and every tensor that the adapter does not touch is copied as it stands, so vocabulary and
chat template stay. What it touches is stored as F16 or Q8_0, whatever the base's own type.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from orchestra_cli.errors import ModelError
from orchestra_cli.training.architecture import Architecture
from orchestra_cli.training.base_model import find_base
from orchestra_cli.training.export.peft_adapter import PeftAdapter, base_of, load_peft_adapter
from orchestra_cli.training.export.whole_file import whole_file

if TYPE_CHECKING:
    import gguf
    from numpy.typing import NDArray

_OWN = ("general.architecture", "general.name", "general.file_type")
"""Keys that are written anew."""


def export_merged(
    folder: Path,
    out: Path,
    *,
    base: str | Path | None = None,
    store_as: Literal["F16", "Q8_0"] = "Q8_0",
    name: str | None = None,
) -> Path:
    """Write base and adapter as one model to `out`, one tensor at a time.

    The base must be a GGUF; None takes what the adapter's settings name.
    """
    import gguf

    from orchestra_cli.training.gguf_reader import open_gguf

    found = find_base(base or base_of(folder))
    if found.gguf is None:
        raise ModelError(f"{found.name}: a merge needs the base's .gguf: give it as --base")
    if out.exists() and out.samefile(found.gguf):
        raise ModelError(f"{out}: that is the base itself: give another --out")
    reader = open_gguf(found.gguf)
    architecture = _architecture(reader)
    adapter = load_peft_adapter(folder, architecture)
    names = {tensor.name for tensor in reader.tensors}
    if strange := sorted(adapter.pairs.keys() - names):
        raise ModelError(f"{found.name}: it has no {strange[0]}: the adapter is of another base")
    store = gguf.GGMLQuantizationType[store_as]
    with whole_file(out) as staging:
        writer = gguf.GGUFWriter(staging, architecture.name)
        _copy_keys(reader, writer)
        writer.add_name(name or out.stem)
        writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{store_as}"])
        for tensor in reader.tensors:
            _announce(writer, tensor, store=store if tensor.name in adapter.pairs else None)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for values in _tensors(reader, adapter, store):
            writer.write_tensor_data(values)
        writer.close()
    return out


def _architecture(reader: gguf.GGUFReader) -> Architecture:
    def value(key: str, default: Any = None) -> Any:
        field = reader.get_field(key)
        return default if field is None else field.contents()

    name = str(value("general.architecture"))
    heads = value(f"{name}.attention.head_count", 0)
    return Architecture(name, heads, value(f"{name}.attention.head_count_kv", heads))


def _copy_keys(reader: gguf.GGUFReader, writer: gguf.GGUFWriter) -> None:
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key not in _OWN:
            sub_type = field.types[-1] if len(field.types) > 1 else None
            writer.add_key_value(key, field.contents(), field.types[0], sub_type=sub_type)


def _announce(writer: gguf.GGUFWriter, tensor: Any, *, store: Any) -> None:
    """Name, shape and type of a tensor; its numbers follow later."""
    import gguf
    import numpy as np

    if store is None:
        data = tensor.data
        writer.add_tensor_info(tensor.name, data.shape, data.dtype, data.nbytes, tensor.tensor_type)
        return
    shape = tuple(int(n) for n in reversed(tensor.shape))
    if store == gguf.GGMLQuantizationType.F16:
        num_bytes = int(np.prod(shape)) * 2
        writer.add_tensor_info(tensor.name, shape, np.dtype(np.float16), num_bytes)
    else:
        stored = gguf.quants.quant_shape_to_byte_shape(shape, store)
        num_bytes = int(np.prod(stored))
        writer.add_tensor_info(tensor.name, stored, np.dtype(np.uint8), num_bytes, store)


def _tensors(reader: gguf.GGUFReader, adapter: PeftAdapter, store: Any) -> Iterator[NDArray[Any]]:
    """In the order in which they were announced."""
    from gguf.quants import dequantize, quantize

    for tensor in reader.tensors:
        if tensor.name in adapter.pairs:
            merged = dequantize(tensor.data, tensor.tensor_type) + adapter.delta(tensor.name)
            yield quantize(merged, store)
        else:
            yield tensor.data
