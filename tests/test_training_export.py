"""An exported adapter does in llama.cpp what it did in torch, beside its base or merged into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import pytest
from lora_logits import distance, llama_logits, make_loud, torch_logits
from tiny_llama import tiny_model, write_tiny
from tiny_qwen import write_tiny_qwen

from orchestra_cli.engines.weights import Weights
from orchestra_cli.errors import ModelError, UsageError
from orchestra_cli.training.export.adapter_gguf import export_adapter
from orchestra_cli.training.export.merge_gguf import export_merged
from orchestra_cli.training.models import Trainable, load_trainable

MAX_SHIPPED_BYTES = 10_000_000


@pytest.fixture(scope="module")
def loud(gguf: Path) -> Trainable:
    """The embedded model with an adapter of noise at the rank that is shipped."""
    return make_loud(load_trainable(gguf, rank=16, alpha=32), scale=0.15)


@pytest.fixture(scope="module")
def saved(loud: Trainable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loud.save_adapter(tmp_path_factory.mktemp("adapter"))


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[tuple[Path, Trainable, Path]]:
    """A small base, an adapter for it, and where that is saved."""
    base = write_tiny(tmp_path / "tiny.gguf", tiny_model())
    trainable = make_loud(load_trainable(base, rank=4, alpha=6), scale=0.3)
    yield base, trainable, trainable.save_adapter(tmp_path / "saved")


def test_the_exported_adapter_moves_the_embedded_model_as_in_torch(
    loud: Trainable, saved: Path, gguf: Path, tmp_path: Path
) -> None:
    out = export_adapter(saved, tmp_path / "a.gguf")
    base, adapted = (torch_logits(loud, adapted=a) for a in (False, True))
    ours = llama_logits(gguf, out)
    noise = distance(llama_logits(gguf), base)
    effect, error = distance(adapted, base), distance(ours, adapted)
    assert effect > 10 * noise, "the adapter is too quiet to be told from the noise"
    assert error < 5 * noise
    assert error < effect / 5
    assert ours.argmax() == adapted.argmax() != base.argmax()
    assert out.stat().st_size < MAX_SHIPPED_BYTES


def test_the_merged_file_is_the_embedded_model_with_the_adapter_in_it(
    loud: Trainable, saved: Path, gguf: Path, tmp_path: Path
) -> None:
    out = export_merged(saved, tmp_path / "merged.gguf")
    base, adapted = (torch_logits(loud, adapted=a) for a in (False, True))
    ours = llama_logits(out)
    assert distance(ours, adapted) < distance(adapted, base) / 5
    assert ours.argmax() == adapted.argmax()
    assert out.stat().st_size == pytest.approx(gguf.stat().st_size, rel=0.01)
    theirs, merged = Weights(gguf, context=512), Weights(out, context=512)
    assert merged.chat_template == theirs.chat_template
    text = "<|im_start|>user\n12,345 ½ don't<|im_end|>\n"
    assert merged.tokenize(text) == theirs.tokenize(text)
    theirs.close()
    merged.close()


def test_an_adapter_for_a_small_base_is_exact(
    tiny: tuple[Path, Trainable, Path], tmp_path: Path
) -> None:
    base, trainable, saved = tiny
    adapted = torch_logits(trainable, adapted=True)
    effect = distance(adapted, torch_logits(trainable, adapted=False))
    beside = llama_logits(base, export_adapter(saved, tmp_path / "a.gguf"))
    merged = llama_logits(export_merged(saved, tmp_path / "m.gguf", store_as="F16"))
    assert distance(beside, adapted) < effect / 100
    assert distance(merged, adapted) < effect / 100


def test_qwen3_keeps_its_rows_where_they_are(tmp_path: Path) -> None:
    base = write_tiny_qwen(tmp_path / "qwen.gguf")
    trainable = make_loud(load_trainable(base, rank=4), scale=0.3)
    saved = trainable.save_adapter(tmp_path / "saved")
    adapted = torch_logits(trainable, adapted=True)
    effect = distance(adapted, torch_logits(trainable, adapted=False))
    ours = llama_logits(base, export_adapter(saved, tmp_path / "a.gguf"))
    assert distance(ours, adapted) < effect / 100
    weights = Weights(base, context=512)
    for text in ("It's 12,345.6%  of\n\n x<|im_end|><think>\n</think>", "½² ñandú 漢字🙂  a"):
        assert trainable.tokenize(text) == weights.tokenize(text)
    weights.close()


def test_the_file_says_what_it_is(tiny: tuple[Path, Trainable, Path], tmp_path: Path) -> None:
    base, _, saved = tiny
    out = export_adapter(saved, tmp_path / "a.gguf", name="conductor", licence="apache-2.0")
    said = keys_of(out)
    assert said["general.architecture"] == "llama"
    assert (said["general.type"], said["adapter.type"]) == ("adapter", "lora")
    assert said["adapter.lora.alpha"] == 6.0
    assert (said["general.name"], said["general.license"]) == ("conductor", "apache-2.0")
    assert said["general.base_model.0.name"] == str(base)
    assert said["general.description"] == f"LoRA of rank 4 for {base}"


def test_a_merge_touches_only_what_is_adapted(
    tiny: tuple[Path, Trainable, Path], tmp_path: Path
) -> None:
    base, _, saved = tiny
    before = gguf.GGUFReader(base)
    after = gguf.GGUFReader(export_merged(saved, tmp_path / "m.gguf", store_as="Q8_0"))
    for old, new in zip(before.tensors, after.tensors, strict=True):
        is_adapted = old.name.startswith("blk.") and "norm" not in old.name
        assert old.name == new.name
        assert (new.tensor_type == gguf.GGMLQuantizationType.Q8_0) == is_adapted
        assert is_adapted or (old.data == new.data).all()
    own = ("GGUF.", "general.name", "general.file_type")
    kept = {k: v for k, v in keys_of(base).items() if not k.startswith(own)}
    assert kept == {k: v for k, v in keys_of(tmp_path / "m.gguf").items() if k in kept}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"peft_type": "IA3"}, "not a LoRA adapter"),
        ({"use_dora": True}, "use_dora has no place in a GGUF adapter"),
        ({"base_model_name_or_path": None}, "it names no base"),
    ],
)
def test_an_adapter_of_another_kind_is_refused(
    settings: dict[str, Any], says: str, tiny: tuple[Path, Trainable, Path], tmp_path: Path
) -> None:
    path = tiny[2] / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    refuses(tiny[2], tmp_path / "a.gguf", says)


def test_what_cannot_be_exported_is_one_line_and_leaves_nothing(
    tiny: tuple[Path, Trainable, Path], tmp_path: Path
) -> None:
    base, _, saved = tiny
    refuses(tmp_path, tmp_path / "a.gguf", "no saved adapter")
    with pytest.raises(UsageError, match="give a file in a folder"):
        export_adapter(saved, tmp_path / "missing" / "a.gguf")
    with pytest.raises(ModelError, match="that is the base itself"):
        export_merged(saved, base)
    (saved / "adapter_model.safetensors").write_bytes(b"torn")
    refuses(saved, tmp_path / "a.gguf", "adapter_model.safetensors: cannot be read")


def test_a_diverged_adapter_is_refused(tiny: tuple[Path, Trainable, Path], tmp_path: Path) -> None:
    _, trainable, saved = tiny
    trainable.parameters()[0].data[0, 0] = float("nan")
    trainable.save_adapter(saved)
    refuses(saved, tmp_path / "a.gguf", "training has diverged")


def test_another_architecture_is_refused(
    tiny: tuple[Path, Trainable, Path], tmp_path: Path
) -> None:
    config = {"model_type": "gpt2", "n_head": 4, "num_key_value_heads": 4}
    folder = tmp_path / "gpt2"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="gpt2: only models of the llama and qwen3"):
        export_adapter(tiny[2], tmp_path / "a.gguf", base=folder)


def refuses(saved: Path, out: Path, says: str) -> None:
    with pytest.raises(ModelError, match=says) as raised:
        export_adapter(saved, out)
    assert "\n" not in str(raised.value)
    assert not list(out.parent.glob("*a.gguf*"))


def keys_of(path: Path) -> dict[str, Any]:
    return {key: field.contents() for key, field in gguf.GGUFReader(path).fields.items()}
