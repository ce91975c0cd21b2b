"""Prompt prefixes kept on disk: found by what they depend on, and never believed when damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from adapter_gguf import write_adapter
from llama_requests import CAT, drain, engine_over

from orchestra_cli.engines import prefix_store
from orchestra_cli.engines.base import Message, Request
from orchestra_cli.engines.llama import LlamaEngine
from tools.base import JsonObject

SYSTEM: Message = {"role": "system", "content": "You repeat words."}
GO: JsonObject = {"name": "go", "parameters": {"type": "object"}}
OTHER = GO | {"name": "other"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "prefixes"


def request(*functions: JsonObject, text: str = CAT, as_expert: bool = False) -> Request:
    messages = (SYSTEM, {"role": "user", "content": text})
    return Request(messages, functions=functions, max_tokens=2, as_expert=as_expert)


def asked(
    gguf: Path, folder: Path | None, wanted: Request, *, adapter: Path | None = None
) -> tuple[int, str]:
    """(tokens of the prompt that a new engine evaluates, its reply)."""
    with engine_over(gguf, context=512, prefix_folder=folder, adapter=adapter) as engine:
        _, completion = drain(engine, wanted)
        return engine.evaluated_tokens - completion.usage.output_tokens, completion.text


def constant_tokens(gguf: Path, wanted: Request) -> int:
    with engine_over(gguf, context=512) as engine:
        _, constant = engine._prompt(wanted, "")
        return constant


def states(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_second_engine_skips_the_constant_prefix(gguf: Path, folder: Path) -> None:
    wanted = request(GO)
    prompt, without = asked(gguf, None, wanted)
    first, reply = asked(gguf, folder, wanted)
    assert (first, reply) == (prompt, without)
    (state,) = states(folder)
    assert state.suffix == ".state"
    constant = constant_tokens(gguf, wanted)
    assert constant > 60
    assert asked(gguf, folder, wanted) == (prompt - constant, without)
    other_text, _ = asked(gguf, folder, request(GO, text="What is 2+2?"))
    assert other_text < 30
    assert states(folder) == [state]


def test_a_short_prefix_is_not_kept(gguf: Path, folder: Path) -> None:
    asked(gguf, folder, request())
    assert not folder.exists()


def test_other_functions_have_a_state_of_their_own(gguf: Path, folder: Path) -> None:
    prompt, _ = asked(gguf, folder, request(GO))
    assert asked(gguf, folder, request(OTHER))[0] == prompt
    assert len(states(folder)) == 2
    assert asked(gguf, folder, request(OTHER))[0] < 30
    assert asked(gguf, folder, request(GO))[0] < 30


def test_the_adapter_has_a_state_of_its_own(gguf: Path, folder: Path, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter.gguf", scale=0.3)
    prompt, base = asked(gguf, folder, request(GO))
    evaluated, adapted = asked(gguf, folder, request(GO), adapter=adapter)
    assert evaluated == prompt
    assert adapted != base
    assert asked(gguf, folder, request(GO), adapter=adapter) == (
        asked(gguf, folder, request(GO))[0],
        adapted,
    )
    # With the adapter off the weights are the base model's, and so is the state.
    evaluated, reply = asked(gguf, folder, request(GO, as_expert=True), adapter=adapter)
    assert evaluated < 30
    assert reply == base
    write_adapter(adapter, seed=1, scale=0.3)
    assert asked(gguf, folder, request(GO), adapter=adapter)[0] == prompt


def test_another_file_of_the_same_name_has_a_state_of_its_own(
    gguf: Path, folder: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.gguf"
    model.symlink_to(gguf)
    prompt, _ = asked(gguf, folder, request(GO))
    assert asked(model, folder, request(GO))[0] < 30
    model.unlink()
    os.link(gguf, model)
    assert asked(model, folder, request(GO))[0] == prompt


@pytest.fixture(scope="module")
def kept(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes, int, str]:
    """(the name of a state's file, what it holds, tokens of the prompt, the reply to it)."""
    folder = tmp_path_factory.mktemp("prefixes")
    prompt, reply = asked(gguf, folder, request(GO))
    (state,) = states(folder)
    return state.name, state.read_bytes(), prompt, reply


def flip(place: float) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        at = int(len(content) * place)
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-16],
        lambda content: b"\0" * len(content),
        flip(0.0001),
        flip(0.5),
        flip(0.9999999),
    ],
    ids=["empty", "half", "no digest", "zeros", "flip in the head", "flip", "flip in the digest"],
)
def test_a_damaged_state_is_ignored_and_replaced(
    damage: Callable[[bytes], bytes],
    gguf: Path,
    kept: tuple[str, bytes, int, str],
    folder: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    name, whole, prompt, reply = kept
    folder.mkdir()
    (folder / name).write_bytes(damage(whole))
    assert asked(gguf, folder, request(GO)) == (prompt, reply)
    assert [path.name for path in states(folder)] == [name]
    assert (folder / name).read_bytes() == whole
    assert capfd.readouterr() == ("", "")


def test_a_sealed_file_that_is_another_state_is_not_believed(gguf: Path, folder: Path) -> None:
    prompt, reply = asked(gguf, folder, request(GO))
    asked(gguf, folder, request(OTHER))
    first, second = states(folder)
    contents = first.read_bytes(), second.read_bytes()
    first.write_bytes(contents[1])
    second.write_bytes(contents[0])
    assert asked(gguf, folder, request(GO)) == (prompt, reply)


def test_a_prefix_that_was_cut_short_is_not_kept(gguf: Path, folder: Path) -> None:
    wanted = request(GO)
    wanted.cancelled.set()
    assert asked(gguf, folder, wanted) == (0, "")
    assert not folder.exists()


@pytest.mark.parametrize(
    "obstacle", ["a file in place of the folder", "a folder in place of the file"]
)
def test_where_nothing_can_be_kept_the_reply_comes_all_the_same(
    obstacle: str, gguf: Path, folder: Path
) -> None:
    wanted = request(GO)
    prompt, reply = asked(gguf, folder, wanted)
    (state,) = states(folder)
    state.unlink()
    if obstacle.startswith("a folder"):
        (state / "in the way").mkdir(parents=True)
    else:
        folder.rmdir()
        folder.write_text("in the way")
    assert asked(gguf, folder, wanted) == (prompt, reply)
    assert not list(folder.parent.rglob("*.part"))


def test_the_folder_keeps_its_size_and_what_was_used_last(
    gguf: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine_over(gguf, context=1024, prefix_folder=folder) as engine:
        drain(engine, request(GO))
        (first,) = states(folder)
        monkeypatch.setattr(prefix_store, "_MAX_FOLDER_BYTES", int(first.stat().st_size * 2.5))
        abandoned = folder / "0123.999.part"
        abandoned.write_bytes(bytes(first.stat().st_size))
        for age, path in ((300, abandoned), (200, first)):
            os.utime(path, (path.stat().st_mtime - age,) * 2)
        drain(engine, request(OTHER))
        assert first in states(folder)
        assert abandoned not in states(folder)
        second = next(path for path in states(folder) if path != first)
        os.utime(second, (second.stat().st_mtime - 100,) * 2)
        drain(engine, request(GO))  # used again: the other is now the oldest
        drain(engine, request(GO | {"name": "third"}))
        assert len(states(folder)) == 2
        assert first in states(folder)
        assert second not in states(folder)


def test_a_prefix_in_the_cache_needs_no_file(gguf: Path, folder: Path) -> None:
    with engine_over(gguf, context=512, prefix_folder=folder) as engine:
        drain(engine, request(GO))
        (state,) = states(folder)
        state.unlink()
        before = engine.evaluated_tokens
        drain(engine, request(GO, text="What is 2+2?"))
        assert engine.evaluated_tokens - before < 30
        assert states(folder) == []


def test_a_broken_off_state_file_leaves_other_lanes_alone(gguf: Path, folder: Path) -> None:
    def policys(engine: LlamaEngine) -> int:
        before = engine.evaluated_tokens
        _, completion = drain(engine, request(GO))
        return engine.evaluated_tokens - before - completion.usage.output_tokens

    with engine_over(gguf, context=512, prefix_folder=folder) as engine:
        policys(engine)
        (state,) = states(folder)
        state.write_bytes(state.read_bytes()[:1_000_000])
        drain(engine, request(GO, as_expert=True))
        assert policys(engine) == 1
