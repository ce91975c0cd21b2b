"""The installed `orchestra` command as a user runs it: a process of its own, this test's folders.

    done = orchestra("ask", "--offline", "What is 2+2?")
    assert (done.returncode, done.stdout) == (0, "2+2 = 4\\n")

The process can reach loopback only: whatever else it tries fails and is noted (`contacts`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

from orchestra_cli.config import config_path, profile_path

COMMAND = str(Path(sys.executable).with_name("orchestra"))
TIMEOUT_S = 60.0
RULES_CONDUCT = '[orchestrator]\npolicy = "rule"\n'
"""A config.toml: what the plain rules choose can be foretold."""
_INHERITED = ("PATH", "HOME", "TMPDIR", "ORCHESTRA_HOME", "SYSTEMROOT")
_SEALED_PORT = "http://127.0.0.1:9"
"""A proxy where nobody listens, for the clients that ask no socket of Python's."""
_GUARD = """
import sys
NOTES, LOOPBACK = {notes!r}, ("127.0.0.1", "::1", "localhost", None, "")

def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if host not in LOOPBACK:
        with open(NOTES, "a") as notes:
            print(event, host, file=notes)
        raise OSError(101, "a test has no network")

sys.addaudithook(refuse)
"""


def environment(**more: str) -> dict[str, str]:
    """What a fresh shell would have, the guard, and `more`; PYTHONPATH comes after the guard."""
    guard = _folder() / "guard"
    guard.mkdir(exist_ok=True)
    (guard / "sitecustomize.py").write_text(_GUARD.format(notes=str(_notes())), encoding="utf-8")
    paths = [str(guard), *filter(None, [more.pop("PYTHONPATH", "")])]
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _SEALED_PORT)
    path = os.pathsep.join(paths)
    return inherited | proxies | {"LANG": "C.UTF-8", "TERM": "xterm", "PYTHONPATH": path} | more


def orchestra(
    *arguments: str, stdin: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; without `stdin`, standard input is /dev/null."""
    return finished([COMMAND, *arguments], stdin=stdin, env=env)


def shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, where `$ORCHESTRA` is the command."""
    return finished(["bash", "-c", script], env=environment(ORCHESTRA=COMMAND))


def finished(
    command: list[str],
    *,
    stdin: str | None = None,
    env: dict[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run any command to its end, in a folder that holds nothing of ours."""
    return subprocess.run(
        command,
        input="" if stdin is None else stdin,
        capture_output=True,
        encoding="utf-8",
        env=env or environment(),
        cwd=folder or _folder(),
        timeout=TIMEOUT_S,
    )


def started(*arguments: str) -> subprocess.Popen[str]:
    """Start the command with every stream a pipe that stays open."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [COMMAND, *arguments],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        encoding="utf-8",
        env=environment(),
        cwd=_folder(),
    )


def contacts() -> list[str]:
    """What the commands of this test tried to reach beyond loopback."""
    return _notes().read_text(encoding="utf-8").splitlines() if _notes().exists() else []


def write_config(text: str) -> Path:
    """This test's config.toml."""
    return _write(config_path(), text)


def write_profile(text: str) -> Path:
    """This test's profile.toml."""
    return _write(profile_path(), text)


def validate(document: Any, schema: str) -> None:
    """Check against a published schema: `trajectory` or `event`."""
    folder = files("orchestra_cli.views") / "schemas"
    schemas = {
        f"{name}.schema.json": json.loads((folder / f"{name}.schema.json").read_text("utf-8"))
        for name in ("trajectory", "event")
    }
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(each)) for name, each in schemas.items()
    )
    wanted = schemas[f"{schema}.schema.json"]
    jsonschema.Draft202012Validator(wanted, registry=registry).validate(document)


def events_of(stdout: str) -> list[dict[str, Any]]:
    """The lines of --jsonl."""
    return [json.loads(line) for line in stdout.splitlines()]


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _folder() -> Path:
    folder = Path(os.environ["ORCHESTRA_HOME"]).parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    return folder


def _notes() -> Path:
    return _folder() / "contacts.txt"
