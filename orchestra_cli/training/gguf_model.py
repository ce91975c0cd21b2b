"""A GGUF as transformers has it: its numbers dequantised, its vocabulary cut as llama.cpp cuts it.

The file alone is read. What it says and we do not know (another way to cut text, stretched
positions, biases) is an error: a model trained on something else than what runs would learn nothing
that holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestra_cli.errors import ModelError
from orchestra_cli.training.architecture import Architecture, transformers_name

if TYPE_CHECKING:
    import torch

_CONTRACTIONS = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
_CUT = (
    _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_PATTERNS = {"qwen2": _CUT % "", "llama-bpe": _CUT % "{1,3}"}
"""By `tokenizer.ggml.pre`: what is cut before bytes are merged."""
_AS_GPT2 = ("gpt-2", "smollm")
"""Cut by GPT-2's pattern; smollm takes each digit alone before that."""
_CONTROL, _USER_DEFINED = 3, 4
_MARKS = {
    "bos_token": "bos_token_id",
    "eos_token": "eos_token_id",
    "unk_token": "unknown_token_id",
    "pad_token": "padding_token_id",
}


def load_gguf(path: Path, *, dtype: torch.dtype) -> tuple[Any, Any]:
    """The tokenizer and the model of a GGUF of the llama or qwen3 architecture."""
    from orchestra_cli.training.gguf_reader import open_gguf

    reader = open_gguf(path)
    metadata = _Metadata(reader, path)
    return _tokenizer(metadata), _model(metadata, reader.tensors, dtype)


class _Metadata:
    """The keys of a file, each read when it is asked for."""

    def __init__(self, reader: Any, path: Path) -> None:
        self._reader = reader
        self.path = path
        self.architecture = str(self("general.architecture"))

    def __call__(self, key: str, default: Any = None) -> Any:
        field = self._reader.get_field(key)
        return default if field is None else field.contents()

    def own(self, key: str, default: Any = None) -> Any:
        """A key of the architecture, which must be there unless a default is given."""
        value = self(f"{self.architecture}.{key}", default)
        if value is None:
            raise ModelError(
                f"{self.path}: {self.architecture}.{key} is missing: take another file"
            )
        return value


def _tokenizer(metadata: _Metadata) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    kind = metadata("tokenizer.ggml.pre") if metadata("tokenizer.ggml.model") == "gpt2" else "spm"
    tokens = metadata("tokenizer.ggml.tokens")
    merges = [tuple(pair.split(" ", 1)) for pair in metadata("tokenizer.ggml.merges", [])]
    tokenizer = Tokenizer(
        models.BPE(
            vocab={token: id for id, token in enumerate(tokens)},
            merges=merges,
            ignore_merges=kind == "llama-bpe",
        )
    )
    tokenizer.pre_tokenizer = _pre_tokenizer(kind, metadata.path)
    tokenizer.decoder = decoders.ByteLevel()
    types = metadata("tokenizer.ggml.token_type", [])
    for wanted in (_CONTROL, _USER_DEFINED):
        special = wanted == _CONTROL
        add = tokenizer.add_special_tokens if special else tokenizer.add_tokens
        marks = (token for token, type_ in zip(tokens, types, strict=True) if type_ == wanted)
        add([AddedToken(mark, special=special, normalized=False) for mark in marks])
    ids = {name: metadata(f"tokenizer.ggml.{key}") for name, key in _MARKS.items()}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        chat_template=metadata("tokenizer.chat_template"),
        clean_up_tokenization_spaces=False,
        **{name: tokens[id] for name, id in ids.items() if id is not None},
    )


def _pre_tokenizer(kind: str, path: Path) -> Any:
    from tokenizers import Regex, pre_tokenizers

    if kind not in (*_AS_GPT2, *_PATTERNS):
        known = ", ".join((*_AS_GPT2, *_PATTERNS))
        raise ModelError(
            f"{path}: its vocabulary ({kind}) is none of {known}: train on the Hugging Face folder "
            "of this model, and give the file to the export"
        )
    steps: list[Any] = []
    if kind == "smollm":
        steps.append(pre_tokenizers.Digits(individual_digits=True))
    if kind in _PATTERNS:
        steps.append(pre_tokenizers.Split(Regex(_PATTERNS[kind]), "isolated"))
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=kind in _AS_GPT2)
    return pre_tokenizers.Sequence([*steps, last])


def _model(metadata: _Metadata, tensors: list[Any], dtype: torch.dtype) -> Any:
    import torch
    from gguf.quants import dequantize
    from transformers import AutoModelForCausalLM
    from transformers.initialization import no_init_weights

    config = _config(metadata, tied=all(tensor.name != "output.weight" for tensor in tensors))
    rows = Architecture(
        metadata.architecture, config.num_attention_heads, config.num_key_value_heads
    )
    state = {}
    for tensor in tensors:
        name = transformers_name(tensor.name)
        if name is None:
            raise ModelError(f"{metadata.path}: {tensor.name} cannot be trained: take another base")
        values = dequantize(tensor.data, tensor.tensor_type)
        state[name] = torch.from_numpy(rows.from_file(values, tensor.name).copy()).to(dtype)
    with no_init_weights():
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    missing, _ = model.load_state_dict(state, strict=False, assign=True)
    if missing and not (config.tie_word_embeddings and missing == ["lm_head.weight"]):
        raise ModelError(f"{metadata.path}: {missing[0]} is missing: take another file")
    model.tie_weights()
    return model.eval()


def _config(metadata: _Metadata, *, tied: bool) -> Any:
    from transformers import LlamaConfig, Qwen3Config

    own = metadata.own
    if own("rope.scaling.type", "none") != "none":
        raise ModelError(
            f"{metadata.path}: stretched positions (rope.scaling) cannot be trained from a GGUF: "
            "train on the Hugging Face folder of this model"
        )
    heads, width = own("attention.head_count"), own("embedding_length")
    kind = {"llama": LlamaConfig, "qwen3": Qwen3Config}[metadata.architecture]
    return kind(
        vocab_size=len(metadata("tokenizer.ggml.tokens")),
        hidden_size=width,
        intermediate_size=own("feed_forward_length"),
        num_hidden_layers=own("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=own("attention.head_count_kv", heads),
        head_dim=own("attention.key_length", width // heads),
        rms_norm_eps=own("attention.layer_norm_rms_epsilon"),
        max_position_embeddings=own("context_length"),
        rope_parameters={"rope_type": "default", "rope_theta": own("rope.freq_base", 10_000.0)},
        tie_word_embeddings=tied,
        bos_token_id=metadata("tokenizer.ggml.bos_token_id"),
        eos_token_id=metadata("tokenizer.ggml.eos_token_id"),
        pad_token_id=metadata("tokenizer.ggml.padding_token_id"),
    )
