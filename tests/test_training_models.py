"""What is trained: the embedded model's own numbers and tokens, and an adapter over them."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from lora_logits import distance, llama_logits, make_loud, torch_logits
from tiny_llama import LAYERS, tiny_model, write_tiny

from orchestra_cli.engines.weights import Weights
from orchestra_cli.errors import ModelError, OrchestraError, UsageError
from orchestra_cli.training.base_model import find_base
from orchestra_cli.training.models import Trainable, load_trainable

TEXTS = (
    "",
    " ",
    "hi",
    "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|><|im_end|> x <|endoftext|>y<repo_name>z <empty_output>",
    '<tool_call>\n{"name": "python", "arguments": {"code": "print(12_345 * 0.5)"}}\n</tool_call>',
    "  two  spaces,\ttabs \t\r\n\r\n\n\nlines   ",
    "It's I'LL don't we've 'tis",
    "3.14% of 1,234,567 = ½, ² and １２３",
    "café ☕ 日本語 한국어 العربية नमस्ते 🙂👩‍👩‍👧 a\u00a0b\u200bc",
    "x" * 300,
)
MARKS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "\n<tool_call>", "\n\n", "  ")
LETTERS = ("abc XYZ,.;:'\"()[]{}%$", "0123456789 .,", " \n\t\r'", "éßøλж漢字かな½²५")


def random_texts(count: int) -> list[str]:
    draw = random.Random(0)
    return [
        "".join(
            draw.choice(MARKS)
            if draw.random() < 0.1
            else "".join(draw.choices(draw.choice(LETTERS), k=draw.randint(1, 9)))
            for _ in range(12)
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def embedded_trainable(gguf: Path) -> Trainable:
    return load_trainable(gguf, rank=4)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "tiny.gguf", tiny_model())


def test_text_becomes_the_tokens_that_the_engine_makes_of_it(
    embedded_trainable: Trainable, gguf: Path
) -> None:
    weights = Weights(gguf, context=512)
    for text in (*TEXTS, *random_texts(500)):
        assert embedded_trainable.tokenize(text) == weights.tokenize(text), repr(text)
    weights.close()


def test_a_reply_ends_with_the_mark_that_ends_it_in_the_engine(
    embedded_trainable: Trainable, gguf: Path
) -> None:
    weights = Weights(gguf, context=512)
    assert weights.ends(embedded_trainable.tokenizer.eos_token_id)
    assert embedded_trainable.tokenizer.chat_template == weights.chat_template
    weights.close()


def test_the_embedded_base_says_what_llama_cpp_says(
    embedded_trainable: Trainable, gguf: Path
) -> None:
    ours = torch_logits(embedded_trainable, adapted=False)
    theirs = llama_logits(gguf)
    assert ours.argmax() == theirs.argmax()
    assert distance(ours, theirs) < 0.05 * ours.std()


def test_a_fresh_adapter_changes_nothing_and_is_all_that_is_trained(
    embedded_trainable: Trainable,
) -> None:
    adapted = torch_logits(embedded_trainable, adapted=True)
    assert (adapted == torch_logits(embedded_trainable, adapted=False)).all()
    named = dict(embedded_trainable.model.named_parameters())
    trained = {name for name, matrix in named.items() if matrix.requires_grad}
    assert trained == {name for name in named if "lora_" in name}
    assert len(embedded_trainable.parameters()) == 30 * 7 * 2


def test_gradients_reach_the_adapter_alone(tiny: Path) -> None:
    trainable = make_loud(load_trainable(tiny, rank=2), scale=0.1)
    tokens = torch.tensor([trainable.tokenize("a thean")])
    trainable.model(input_ids=tokens, labels=tokens).loss.backward()
    assert all(matrix.grad is not None for matrix in trainable.parameters())
    frozen = [m for m in trainable.model.parameters() if not m.requires_grad]
    assert frozen and all(matrix.grad is None for matrix in frozen)


def test_lower_layers_can_be_left_alone(tiny: Path) -> None:
    trainable = load_trainable(tiny, rank=2, first_layer=LAYERS - 1)
    names = [name for name, _ in trainable.model.named_parameters() if "lora_" in name]
    assert len(names) == 7 * 2
    assert all(f".layers.{LAYERS - 1}." in name for name in names)


def test_a_saved_adapter_comes_back_as_it_was(tiny: Path, tmp_path: Path) -> None:
    saved = make_loud(load_trainable(tiny, rank=3, alpha=5), scale=0.3)
    folder = saved.save_adapter(tmp_path / "adapter")
    assert {p.name for p in folder.iterdir()} >= {"adapter_model.safetensors"}
    loaded = load_trainable(tiny, adapter=folder)
    pairs = zip(saved.parameters(), loaded.parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)
    adapted = torch_logits(loaded, adapted=True)
    assert (adapted == torch_logits(saved, adapted=True)).all()
    assert (adapted != torch_logits(loaded, adapted=False)).any()


def test_the_frozen_weights_may_be_smaller_than_the_adapter(tiny: Path) -> None:
    trainable = load_trainable(tiny, rank=2, dtype=torch.bfloat16)
    kinds = {matrix.requires_grad: matrix.dtype for matrix in trainable.model.parameters()}
    assert kinds == {True: torch.float32, False: torch.bfloat16}


def test_a_hugging_face_folder_is_the_same_model(tiny: Path, tmp_path: Path) -> None:
    trainable = load_trainable(tiny)
    folder = tmp_path / "folder"
    tiny_model().save_pretrained(folder)
    trainable.tokenizer.save_pretrained(folder)
    other = load_trainable(folder)
    assert other.tokenize(TEXTS[3]) == trainable.tokenize(TEXTS[3])
    ours, theirs = (torch_logits(t, adapted=False) for t in (trainable, other))
    assert distance(ours, theirs) < 1e-6


def test_a_name_of_the_catalogue_is_the_file_in_the_cache(embedded: Path) -> None:
    assert find_base("embedded").gguf == embedded
    assert find_base("nemotron-8b-vllm").folder == "nvidia/Nemotron-Orchestrator-8B"


@pytest.mark.parametrize(
    ("base", "kind", "says"),
    [
        ("embedded", ModelError, "orchestra models pull embedded"),
        ("missing.gguf", ModelError, "missing.gguf: no such model file"),
        ("embeded", ModelError, "embeded: no such base model"),
        ("empty", ModelError, "empty: transformers cannot load it"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(
    base: str,
    kind: type[OrchestraError],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(kind, match=says) as raised:
        load_trainable(base)
    assert "\n" not in str(raised.value)


def test_an_adapter_that_does_not_fit_is_one_line(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere: no LoRA adapter for this base") as raised:
        load_trainable(tiny, adapter=tmp_path / "nowhere")
    assert "\n" not in str(raised.value)
    with pytest.raises(UsageError, match="first_layer 2: .* has layers 0 to 1"):
        load_trainable(tiny, first_layer=2)


def test_without_the_extra_one_line_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['peft'] = None\n"
        "from orchestra_cli.training.models import load_trainable\n"
        "try: load_trainable('embedded')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == 'UsageError training needs peft: pip install "orchestra-cli[train]"\n'
