"""A file of a model hub: huggingface.co, or where HF_ENDPOINT points.

huggingface_hub knows the hub: its addresses, tokens, gates, and what a file should be. The bytes
are ours to move (`download`), because it throws a partial file away where a process ends, and a
model is gigabytes: a part is named after the content that the hub promised, and the next process
goes on from there. Each connection asks the hub anew, so that no signed address grows old.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestra_cli.errors import ModelError
from orchestra_cli.models.checksum import sha256_of
from orchestra_cli.models.download import NotServedError, download, held_bytes
from orchestra_cli.models.original import Original
from orchestra_cli.models.progress import Progress, Stage, Watcher
from orchestra_cli.models.sources import HubSource

_TIMEOUT_S = 15.0
_SHA256 = re.compile("[0-9a-f]{64}")
_SPARE_BYTES = 64 * 2**20
_MAX_NAMES = 40


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository at one commit, as the hub promises it."""

    repo: str
    name: str
    commit: str
    size_bytes: int
    etag: str
    """The sha256, for a file as large as a model."""
    address: str
    headers: Mapping[str, str]


def obtain(source: HubSource, staging: Path, *, name: str, progress: Watcher) -> Original:
    """The verified file in `staging`; what an earlier process left of it there is put to use."""
    file = find_file(source)
    _refuse_another(file, source, name)
    part = staging / f"{file.etag[:32]}.part"
    for stale in staging.glob("*.part"):
        if stale != part:
            stale.unlink()
    _refuse_without_room(file, part)

    def report(done_bytes: int) -> None:
        progress(Progress(Stage.DOWNLOADING, done_bytes, file.size_bytes))

    report(held_bytes(part))
    try:
        download(
            file.address, part, size_bytes=file.size_bytes, report=report, headers=file.headers
        )
    except NotServedError as error:
        raise ModelError(
            f"{file.repo}: the hub does not give {file.name} ({error}): "
            f"run `orchestra models pull {name}` again later"
        ) from error
    progress(Progress(Stage.PREPARING, file.size_bytes, file.size_bytes))
    digest = _verified(part, file, source, name)
    return Original(part, f"hf:{file.repo}@{file.commit}", file.name, digest)


def find_file(source: HubSource) -> HubFile:
    """Ask the hub which file it is. Raises ModelError."""
    with _explained(source):
        from huggingface_hub import get_hf_file_metadata, get_token, hf_hub_url

        endpoint = _endpoint()
        name = source.file or _of_quant(source)
        url = hf_hub_url(source.repo, name, revision=source.revision, endpoint=endpoint)
        found = get_hf_file_metadata(url, timeout=_TIMEOUT_S, endpoint=endpoint)
    if found.commit_hash is None or found.etag is None or found.size is None:
        raise ModelError(f"{url}: no model hub answers there: check HF_ENDPOINT")
    commit = found.commit_hash
    address = hf_hub_url(source.repo, name, revision=commit, endpoint=endpoint)
    token = get_token()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return HubFile(source.repo, name, commit, found.size, found.etag, address, headers)


def _endpoint() -> str:
    """Read when it is needed: the library reads it when it is imported."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def _of_quant(source: HubSource) -> str:
    names = _gguf_names(source)
    found = [name for name in names if source.picks(name)]
    if len(found) == 1:
        return found[0]
    how_many = f"{len(found)} files end" if found else "no file ends"
    raise ModelError(
        f"{source.repo}: {how_many} in {source.quant}: name one as hf:{source.repo}/FILE; "
        f"it has {_listed(found or names)}"
    )


def _gguf_names(source: HubSource) -> list[str]:
    from huggingface_hub import HfApi

    info = HfApi(endpoint=_endpoint()).model_info(
        source.repo, revision=source.revision, timeout=_TIMEOUT_S
    )
    names = [sibling.rfilename for sibling in info.siblings or ()]
    return sorted(name for name in names if name.lower().endswith(".gguf"))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more if names else "no GGUF"


@contextmanager
def _explained(source: HubSource) -> Iterator[None]:
    """Whatever the hub or the network says becomes one line with what to do."""
    # Read by the library as it is imported: it would ask the hub who is calling, and say so.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import httpx2
    from huggingface_hub import errors

    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)
    repo = source.repo
    try:
        yield
    except errors.GatedRepoError:
        raise ModelError(
            f"{repo} is gated: accept its licence at {source.page}, then set HF_TOKEN to a token "
            "of that account (https://huggingface.co/settings/tokens)"
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelError(f"{repo} has no revision {source.revision}: see {source.page}") from None
    except errors.EntryNotFoundError:
        raise ModelError(f"{repo} has no file {source.file}: {_what_is_there(source)}") from None
    except errors.RepositoryNotFoundError:
        raise ModelError(
            f"{repo}: the hub knows no such repository: check the name; if it is a private one, "
            "set HF_TOKEN"
        ) from None
    except errors.HfHubHTTPError as error:
        raise ModelError(_refusal(repo, error.response.status_code)) from None
    except errors.OfflineModeIsEnabled:
        raise ModelError(f"{repo}: HF_HUB_OFFLINE is set: unset it, then try again") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ModelError(
            f"{_endpoint()} cannot be reached ({reason}): check the network, or set HF_ENDPOINT to "
            "a mirror"
        ) from None


def _what_is_there(source: HubSource) -> str:
    try:
        with _explained(source):
            return f"it has {_listed(_gguf_names(source))}"
    except ModelError:
        return f"see {source.page}"


def _refusal(repo: str, status: int) -> str:
    if status in (401, 403):
        return f"{repo}: the hub refuses the token (status {status}): set HF_TOKEN to a valid one"
    return f"{repo}: the hub answers with status {status}: try again later"


def _refuse_another(file: HubFile, source: HubSource, name: str) -> None:
    """Before gigabytes are moved: the hub itself says that it is not the file that is pinned."""
    pinned = source.sha256
    if pinned and _SHA256.fullmatch(file.etag) and file.etag != pinned:
        raise ModelError(
            f"{name}: the hub's {file.name} has sha256 {file.etag}, the catalogue {pinned}: it is "
            f"another file, and was not fetched: name one that you want as hf:{file.repo}/FILE"
        )


def _refuse_without_room(file: HubFile, part: Path) -> None:
    needed = file.size_bytes - held_bytes(part) + _SPARE_BYTES
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise ModelError(
            f"{part.parent}: {file.name} needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free:"
            " make room, or put ORCHESTRA_HOME elsewhere"
        )


def _verified(part: Path, file: HubFile, source: HubSource, name: str) -> str:
    digest = sha256_of(part)
    expected = source.sha256 or (file.etag if _SHA256.fullmatch(file.etag) else digest)
    if digest != expected:
        part.unlink()
        raise ModelError(
            f"{file.repo}/{file.name}: its sha256 is {digest}, not {expected}, and it was not "
            f"kept: run `orchestra models pull {name}` again, or check HF_ENDPOINT"
        )
    return digest
