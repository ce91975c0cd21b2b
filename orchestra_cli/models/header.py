"""What the header of a GGUF says of its model, without its weights being read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestra_cli.engines.gguf_file import load_model, read_head, read_metadata, shape_of
from orchestra_cli.engines.library import load_library

_FILE_TYPE = "LLAMA_FTYPE_MOSTLY_"


@dataclass(frozen=True, slots=True)
class Header:
    """The figures by which one chooses a model, or finds it too large."""

    path: Path
    size_bytes: int
    name: str | None
    architecture: str | None
    num_parameters: int
    quantisation: str | None
    num_layers: int
    trained_context: int
    kv_bytes_per_token: int
    has_template: bool
    knows_tools: bool
    """Its chat template has a place for functions."""

    def memory_bytes(self, context_tokens: int) -> int:
        """Weights and KV cache."""
        return self.size_bytes + self.kv_bytes_per_token * context_tokens


def load_header(path: Path) -> Header:
    """Raises ModelError where it is no GGUF that llama.cpp can read."""
    read_head(path)
    c = load_library()
    model = load_model(path, gpu_layers=0, vocab_only=True)
    try:
        shape = shape_of(model)
        template: bytes | None = c.llama_model_chat_template(model, None)
        return Header(
            path=path,
            size_bytes=path.stat().st_size,
            name=read_metadata(model, "general.name"),
            architecture=read_metadata(model, "general.architecture"),
            num_parameters=int(c.llama_model_n_params(model)),
            quantisation=_quantisation(c, read_metadata(model, "general.file_type")),
            num_layers=shape.num_layers,
            trained_context=shape.trained_context,
            kv_bytes_per_token=shape.kv_bytes_per_token,
            has_template=template is not None,
            knows_tools=template is not None and b"tools" in template,
        )
    finally:
        c.llama_model_free(model)


def _quantisation(c: Any, file_type: str | None) -> str | None:
    """llama.cpp's own name of a file type, `Q4_K_M`; its number where it has none."""
    names = {str(getattr(c, n)): n for n in dir(c) if n.startswith("LLAMA_FTYPE_")}
    name = names.get(file_type or "", file_type)
    return name.removeprefix(_FILE_TYPE).removeprefix("LLAMA_FTYPE_ALL_") if name else None
