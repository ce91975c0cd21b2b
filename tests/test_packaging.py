"""The wheel: complete, and itself whatever `tools` and `prefs` lie about where it runs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from orchestra_command import COMMAND, environment, finished, orchestra, shell

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("orchestra_cli", "tools", "prefs")
HEAVY = {"torch", "transformers", "llama_cpp", "httpx", "rich", "ddgs", "trafilatura", "jsonschema"}
WHERE_FROM = """
import sys
from orchestra_cli.__main__ import main
sys.argv = ["orchestra", "index", "list"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
import orchestra_cli, prefs.profile, tools.index
print(orchestra_cli.__file__, prefs.profile.__file__, tools.index.__file__, sep="\\n")
"""


def pip(*arguments: str | Path) -> None:
    """pip, offline."""
    quiet = ("--no-index", "--no-deps", "--quiet", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", *map(str, arguments), *quiet]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked beside its `bin`."""
    target = tmp_path_factory.mktemp("installed")
    pip("install", "--target", target, wheel)
    return target


@pytest.fixture
def impostors(tmp_path: Path) -> Path:
    """A folder whose `tools` and `prefs` must not be imported."""
    folder = tmp_path / "impostors"
    for name in ("tools", "prefs"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise SystemExit('impostor {name}')\n")
    return folder


def path_of(*folders: Path) -> str:
    return os.pathsep.join(map(str, folders))


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    on_disk = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert on_disk - held == set()
    assert {
        "orchestra_cli/models/catalog.toml",
        "orchestra_cli/experts/providers.toml",
        "orchestra_cli/experts/card_tasks.toml",
        "prefs/presets.toml",
        "prefs/spoken.toml",
        "orchestra_cli/views/schemas/event.schema.json",
        "orchestra_cli/views/schemas/trajectory.schema.json",
    } <= held
    assert not [name for name in held if name.startswith("tests/")]


@pytest.mark.parametrize("arguments", [["--version"], ["index", "list"], ["models", "list"]])
def test_impostors_on_pythonpath_lose(
    installed: Path, impostors: Path, arguments: list[str]
) -> None:
    env = environment(PYTHONPATH=path_of(impostors, installed))
    done = finished([str(installed / "bin" / "orchestra"), *arguments], env=env)
    assert done.returncode == 0, done.stderr
    assert "impostor" not in done.stderr


def test_every_package_comes_from_the_wheel(installed: Path, impostors: Path) -> None:
    env = environment(PYTHONPATH=path_of(impostors, installed))
    done = finished([sys.executable, "-c", WHERE_FROM], env=env)
    assert done.returncode == 0, done.stderr
    assert [Path(line).is_relative_to(installed) for line in done.stdout.split()] == [True] * 3


def test_a_question_is_answered_from_the_wheel(
    installed: Path, impostors: Path, embedded: Path
) -> None:
    """Which holds the adapter too: a missing one is an error."""
    env = environment(PYTHONPATH=path_of(impostors, installed))
    script = str(installed / "bin" / "orchestra")
    done = finished([script, "ask", "-q", "--offline", "What is 2+2?"], env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4" in done.stdout


@pytest.mark.parametrize("arguments", [["--version"], ["index", "list"]])
def test_python_m_in_a_folder_with_tools_of_its_own(impostors: Path, arguments: list[str]) -> None:
    (impostors / "typer.py").write_text("raise SystemExit('impostor typer')\n")
    done = finished([sys.executable, "-m", "orchestra_cli", *arguments], folder=impostors)
    assert done.returncode == 0, done.stderr


def test_help_names_the_commands() -> None:
    done = orchestra("--help")
    commands = done.stdout.partition("Commands:")[2].split("\n")
    assert {line.split()[0] for line in commands if line.strip()} >= {"ask", "index", "models"}
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    done = finished([sys.executable, "-X", "importtime", COMMAND, *arguments])
    loaded = {line.rpartition("|")[2].split(".")[0].strip() for line in done.stderr.splitlines()}
    assert {"typer", "orchestra_cli"} <= loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("orchestra a", ["ask"]), ("orchestra ask --js", ["--json", "--jsonl"])],
    ids=["command", "option"],
)
def test_bash_completes(typed: str, completed: list[str]) -> None:
    script = f"""
        eval "$(_ORCHESTRA_COMPLETE=source_bash "$ORCHESTRA")"
        COMP_WORDS=({typed}) COMP_CWORD={len(typed.split()) - 1}
        _orchestra_completion "$ORCHESTRA"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = shell(script)
    assert done.stdout.split() == completed, done.stderr
