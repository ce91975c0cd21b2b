"""What can be wrong with a model file: one line that names it, and never the end of the process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from adapter_gguf import write_adapter, write_header, write_shape

from orchestra_cli.engines import hardware
from orchestra_cli.engines.weights import Weights
from orchestra_cli.errors import ExitCode, ModelError

MIB = 2**20
HEAD = b"GGUF\x03\0\0\0"


@pytest.fixture(scope="module")
def raw(gguf: Path) -> bytes:
    return gguf.read_bytes()


@pytest.fixture(scope="module")
def weights(gguf: Path) -> Iterator[Weights]:
    weights = Weights(gguf, context=512)
    yield weights
    weights.close()


def failure(path: Path, **options: object) -> str:
    """The one line that loading this file ends in."""
    with pytest.raises(ModelError) as raised:
        Weights(path, **options)  # type: ignore[arg-type]
    line = str(raised.value)
    assert "\n" not in line
    assert str(path) in line
    assert line.count(": ") >= 2, f"{line}: no way out"
    return line


def test_files_that_are_no_models(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "no such model file" in failure(tmp_path / "absent.gguf")
    assert "no such model file" in failure(tmp_path)
    for content in (b"", b"GGU", b"hello, world", b"PK\x03\x04" * 100):
        path = tmp_path / "other.gguf"
        path.write_bytes(content)
        assert "not a GGUF file" in failure(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads any file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.gguf"
    path.write_bytes(HEAD)
    path.chmod(0)
    assert "Permission denied" in failure(path)


@pytest.mark.parametrize(
    "size", [4, 5, 8, 12, 24, 100, 5_000, 1_000_000, 1_500_000, 1_800_000, 50_000_000, -1]
)
def test_a_download_that_broke_off(
    size: int, raw: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "part.gguf"
    path.write_bytes(raw[:size])
    line = failure(path)
    assert "the file is truncated or damaged" in line
    assert line.endswith("fetch it again")
    assert capfd.readouterr() == ("", "")


def test_an_unknown_architecture(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    line = failure(write_header(tmp_path / "m.gguf", "martian"))
    assert "unknown model architecture: 'martian'" in line
    assert "newer llama-cpp-python" in line
    assert capfd.readouterr() == ("", "")


def test_kinds_of_gguf_that_are_no_language_models(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    adapter = write_adapter(tmp_path / "adapter.gguf")
    assert failure(adapter).endswith("a LoRA adapter: name it as [orchestrator] adapter, not model")
    assert "CLIP cannot be used" in failure(write_header(tmp_path / "eye.gguf", "clip"))
    assert "key not found" in failure(write_header(tmp_path / "bare.gguf", "llama"))
    assert capfd.readouterr() == ("", "")


def test_too_little_memory_for_the_weights(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "available_memory_bytes", lambda: 50 * MIB)
    line = failure(gguf)
    assert "needs 0.1 GiB of memory, 0.0 GiB are free" in line
    assert "smaller quantisation" in line


def test_too_little_memory_for_the_context(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = gguf.stat().st_size
    monkeypatch.setattr(hardware, "available_memory_bytes", lambda: size + 8 * MIB)
    assert "smaller [orchestrator] context" in failure(gguf, context="auto")
    assert "smaller [orchestrator] context" in failure(gguf, context=8_192)


def test_a_context_that_nobody_has_the_memory_for(gguf: Path) -> None:
    assert "GiB of memory" in failure(gguf, context=2_000_000_000)


def test_the_context_takes_half_of_the_memory_that_the_weights_leave(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, per_token = gguf.stat().st_size, 23_040
    found = {}
    for free_mib in (20, 60, 200, 10_000):
        monkeypatch.setattr(
            hardware, "available_memory_bytes", lambda mib=free_mib: size + mib * MIB
        )
        weights = Weights(gguf)
        found[free_mib] = weights.context_tokens
        weights.close()
    assert found == {20: 512, 60: 30 * MIB // per_token, 200: 100 * MIB // per_token, 10_000: 8_192}
    weights = Weights(gguf, default_context=1_000)
    assert weights.context_tokens == 1_000
    weights.close()


def test_the_shape_is_the_models(weights: Weights) -> None:
    shape = weights.shape
    assert (shape.num_layers, shape.trained_context) == (30, 8_192)
    assert shape.kv_bytes_per_token == 2 * 30 * 3 * 64 * 2


def test_a_model_without_attention_has_a_shape(tmp_path: Path) -> None:
    from orchestra_cli.engines.gguf_file import shape_of_file

    path = write_shape(tmp_path / "mamba.gguf", architecture="mamba", num_layers=2, num_heads=0)
    assert shape_of_file(path).num_layers == 2


def test_tokens_and_pieces_are_inverse(weights: Weights) -> None:
    for text in ("Paris", "Übermäßig 😀 北京", "<|im_start|>user\n", "a\0b", ""):
        assert b"".join(map(weights.piece, weights.tokenize(text))).decode() == text
    assert len(weights.tokenize("<|im_end|>")) == 1
    assert weights.ends(weights.tokenize("<|im_end|>")[0])
    assert not weights.ends(weights.tokenize("Paris")[0])
    assert weights.special_text("eos") == "<|im_end|>"
    assert len(weights.tokenize("x" * 100_000)) < 100_000


def test_a_path_of_any_characters(gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "Modèle 模型 😀.gguf"
    path.symlink_to(gguf)
    Weights(path, context=512).close()


def test_adapters_that_do_not_fit(
    gguf: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def line(adapter: Path) -> str:
        with pytest.raises(ModelError) as raised:
            Weights(gguf, adapter=adapter, context=512)
        assert str(adapter) in str(raised.value)
        assert "\n" not in str(raised.value)
        return str(raised.value)

    wide = write_adapter(tmp_path / "wide.gguf", width=640)
    assert "incorrect shape" in line(wide)
    foreign = write_adapter(tmp_path / "qwen3.gguf", architecture="qwen3")
    assert "arch mismatch" in line(foreign)
    assert "general.type" in line(gguf)
    assert "no such model file" in line(tmp_path / "absent.gguf")
    (tmp_path / "part.gguf").write_bytes(foreign.read_bytes()[:20_000])
    assert "check the pair" in line(tmp_path / "part.gguf")
    assert capfd.readouterr() == ("", "")


NASTY = """
import json, sys
from pathlib import Path
from orchestra_cli.engines.weights import Weights
from orchestra_cli.errors import ModelError
lines = {}
for path in sys.argv[1:]:
    try:
        Weights(Path(path), context=512)
        lines[path] = "loaded"
    except ModelError as error:
        lines[path] = str(error)
print(json.dumps(lines))
"""


def test_noise_after_the_magic_never_ends_the_process(raw: bytes, tmp_path: Path) -> None:
    noise = random.Random(7)
    huge = (2**62).to_bytes(8, "little")
    none, one = (0).to_bytes(8, "little"), (1).to_bytes(8, "little")
    contents = [b"GGUF" + noise.randbytes(4_000) for _ in range(8)]
    contents += [HEAD + noise.randbytes(4_000) for _ in range(8)]
    contents += [HEAD + one + one + noise.randbytes(4_000) for _ in range(8)]
    contents += [HEAD + huge + huge, HEAD + none + huge, HEAD + none + one + huge + b"key"]
    contents += [b"GGUF" + v.to_bytes(4, "little") + bytes(100) for v in (0, 1, 2, 99, 3 << 24)]
    for _ in range(8):  # the real file's header, some bytes of which are others
        header = bytearray(raw[:20_000])
        for _ in range(10):
            header[noise.randrange(8, 1_500)] = noise.randrange(256)
        contents.append(bytes(header))
    paths = [tmp_path / f"{i}.gguf" for i in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    ended = subprocess.run([sys.executable, "-c", NASTY, *paths], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = json.loads(ended.stdout)
    for path in paths:
        assert lines[str(path)].startswith(f"{path}: ")
        assert "\n" not in lines[str(path)]


def test_an_assertion_in_llama_cpp_is_one_line_too(tmp_path: Path) -> None:
    path = write_shape(tmp_path / "m.gguf", architecture="llama", num_layers=4_000_000_000)
    ended = subprocess.run([sys.executable, "-c", NASTY, path], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (ExitCode.MODEL, "")
    assert ended.stderr.startswith(f"orchestra: {path}: llama.cpp gave up (GGML_ASSERT(")
    assert ended.stderr.endswith(": fetch the file again, or another\n")
    assert ended.stderr.count("\n") == 1
