"""`orchestra index` as a user runs it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestra_cli.commands.index import app
from orchestra_cli.errors import ConfigError, OrchestraError, UsageError
from orchestra_cli.folders import data_folder

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / ".git").mkdir(parents=True)
    (folder / "a.md").write_text("# Birds\n\nthe penguin swims\n")
    (folder / "b.txt").write_text("the okapi walks\n")
    (folder / "c.bin").write_bytes(b"\0")
    return folder


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def succeed(*arguments: object) -> Result:
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result


def fail(*arguments: object) -> OrchestraError:
    result = invoke(*arguments)
    assert isinstance(result.exception, OrchestraError), result.output
    assert "\n" not in str(result.exception)
    return result.exception


def test_add_tells_what_it_did_on_stderr(notes: Path) -> None:
    result = succeed("add", notes)
    assert result.stdout == ""
    assert result.stderr == (
        "2 added, 0 updated, 0 unchanged, 0 removed, 2 skipped (1 hidden, 1 not text)\n"
    )
    (notes / "b.txt").write_text("the okapi walks on\n")
    (notes / "c.bin").unlink()
    (notes / "a.md").unlink()
    again = "0 added, 1 updated, 0 unchanged, 1 removed, 1 skipped (1 hidden)\n"
    assert succeed("add", notes).stderr == again
    assert (data_folder() / "index.sqlite3").is_file()


def test_list_shows_roots(notes: Path) -> None:
    succeed("add", notes, notes / "a.md")
    result = succeed("list")
    assert result.stdout == f"       2  {notes}\n       1  {notes / 'a.md'}\n"
    assert result.stderr.startswith("2 files, 2 chunks, ")


def test_list_as_json(notes: Path) -> None:
    succeed("add", notes)
    path = data_folder() / "index.sqlite3"
    assert json.loads(succeed("list", "--json").stdout) == {
        "index": str(path),
        "size_bytes": path.stat().st_size,
        "num_files": 2,
        "num_chunks": 2,
        "roots": [{"path": str(notes), "num_files": 2}],
    }


def test_an_empty_index_says_how_to_fill_it() -> None:
    for arguments in (["list"], ["search", "penguin"]):
        result = succeed(*arguments)
        assert result.stdout == "" and "orchestra index add PATH" in result.stderr
    assert json.loads(succeed("search", "penguin", "--json").stdout) == []
    assert json.loads(succeed("list", "--json").stdout)["roots"] == []
    assert not data_folder().exists()


def test_search_prints_hits(notes: Path) -> None:
    succeed("add", notes)
    result = succeed("search", "penguin okapi")
    assert f"{notes / 'a.md'}:1\n# Birds\n\nthe penguin swims\n" in result.stdout
    assert f"{notes / 'b.txt'}:1\nthe okapi walks\n" in result.stdout
    assert len(json.loads(succeed("search", "the okapi", "--limit", 1, "--json").stdout)) == 1
    nothing = succeed("search", "walrus")
    assert (nothing.stdout, nothing.stderr) == ("", "nothing found\n")


def test_search_as_json(notes: Path) -> None:
    succeed("add", notes)
    (hit,) = json.loads(succeed("search", "penguin", "--json").stdout)
    assert hit.pop("score") > 0
    assert hit == {
        "path": str(notes / "a.md"),
        "first_line": 1,
        "last_line": 3,
        "text": "# Birds\n\nthe penguin swims",
    }


def test_control_characters_of_a_file_never_reach_the_terminal(notes: Path) -> None:
    (notes / "evil.txt").write_text("penguin \x1b]0;owned\x07 \x1b[2J\u202e\n")
    succeed("add", notes)
    shown = succeed("search", "penguin owned").stdout
    assert "owned" in shown and not set("\x1b\x07\u202e") & set(shown)


def test_remove_forgets(notes: Path) -> None:
    succeed("add", notes)
    assert succeed("remove", notes / "a.md").stderr == "1 removed\n"
    assert succeed("search", "penguin").stdout == ""
    assert succeed("remove", notes).stderr == "1 removed\n"
    assert json.loads(succeed("list", "--json").stdout)["roots"] == []
    assert (notes / "b.txt").exists()


@pytest.mark.parametrize("command", ["add", "remove"])
def test_a_missing_path_is_a_usage_error(notes: Path, command: str) -> None:
    error = fail(command, notes / "missing")
    assert isinstance(error, UsageError) and error.exit_code == 2
    assert str(notes / "missing") in str(error) and "orchestra index" in str(error)


@pytest.mark.parametrize("arguments", [["add"], ["search"], ["search", "a", "--limit", "0"]])
def test_bad_usage_exits_with_2(arguments: list[str]) -> None:
    assert invoke(*arguments).exit_code == 2


@pytest.mark.parametrize("arguments", [["list"], ["search", "a"], ["add", "."], ["remove", "."]])
def test_a_broken_index_names_the_file_and_the_fix(arguments: list[str]) -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "index.sqlite3").write_text("no database " * 1000)
    error = fail(*arguments)
    assert isinstance(error, ConfigError)
    assert "index.sqlite3" in str(error) and "delete this file" in str(error)


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, typer; before = set(sys.modules); import orchestra_cli.commands.index;"
        "print({'rich.console', 'sqlite3', 'tools.index', 'platformdirs'}"
        " & (set(sys.modules) - before))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, cwd=REPOSITORY, text=True) == "set()\n"


@pytest.mark.parametrize("on_terminal", [True, False])
def test_progress_is_for_terminals_only(notes: Path, on_terminal: bool) -> None:
    code = "from orchestra_cli.commands.index import app; app()"
    ours, theirs = pty.openpty() if on_terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", code, "add", str(notes)],
        cwd=REPOSITORY,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = _read_all(ours)
    assert process.communicate()[0] == b"" and process.returncode == 0
    assert b"2 added" in shown
    assert (b"\x1b[" in shown) is on_terminal


def _read_all(descriptor: int) -> bytes:
    """What a pipe or a terminal gives until the other end is closed."""
    shown = b""
    try:
        while part := os.read(descriptor, 4096):
            shown += part
    except OSError:  # a terminal's way to say that nobody writes any more
        pass
    finally:
        os.close(descriptor)
    return shown
