"""`orchestra doctor` as a user runs it."""

import json
from pathlib import Path

import pyte
import pytest
from orchestra_command import contacts, environment, orchestra, write_config

from orchestra_cli.doctor.report import render_lines, render_table
from orchestra_cli.doctor.row import Row, Status

GROUPS = ["settings", "install", "llama.cpp", "models", "speed", "experts", "prices", "tools"]
ROW_KEYS = {"group", "name", "status", "found", "fix", "figures"}


def test_a_fresh_machine_is_well_and_stays_untouched(home: Path) -> None:
    done = orchestra("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[-1].endswith("skipped")
    assert " 0 failed," in lines[-1]
    starts = {line.index(" fix: ") for line in lines if " fix: " in line}
    assert len(starts) == 1
    assert "\x1b" not in done.stdout
    assert contacts() == []
    assert not home.exists()


def test_json_is_one_document_of_the_published_form() -> None:
    done = orchestra("doctor", "--json", "--no-speed", "--offline")
    document = json.loads(done.stdout)
    assert document["schema_version"] == 1
    assert document["exit_code"] == done.returncode == 0
    assert sum(document["counts"].values()) == len(document["checks"])
    assert list(dict.fromkeys(row["group"] for row in document["checks"])) == [*GROUPS, "folders"]
    for row in document["checks"]:
        assert set(row) == ROW_KEYS
        assert row["status"] in {"ok", "warning", "failed", "skipped"}
        assert (row["fix"] is None) == (row["status"] == "ok")
        assert all(isinstance(figure, int | float) for figure in row["figures"].values())


def test_a_wrong_config_exits_with_3_and_the_rest_is_checked() -> None:
    write_config("[orchestrator]\nmodle = 1\n")
    done = orchestra("doctor", "--no-speed")
    assert done.returncode == 3
    assert "modle" in done.stdout
    assert "python: monty" in done.stdout


def test_a_missing_model_exits_with_4() -> None:
    write_config("[orchestrator]\nmodel = '/nowhere/x.gguf'\n")
    assert orchestra("doctor", "--no-speed").returncode == 4


def test_an_expert_out_of_reach_exits_with_5_and_no_key_is_printed() -> None:
    key = "a-key-of-the-tests-12345"
    write_config(
        '[experts.here]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\napi_key_env = "MY_KEY"\n'
    )
    for flags in (["--no-speed"], ["--no-speed", "--json"]):
        done = orchestra("doctor", *flags, env=environment(MY_KEY=key))
        assert done.returncode == 5
        assert "127.0.0.1:9" in done.stdout
        assert key not in done.stdout + done.stderr


def test_a_llama_cpp_that_dies_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "llama_cpp.py").write_text("import os; os.abort()")
    done = orchestra("doctor", env=environment(PYTHONPATH=str(tmp_path)))
    assert done.returncode == 4
    assert "llama.cpp died of SIGABRT" in done.stdout
    assert "--force-reinstall llama-cpp-python==" in done.stdout


def test_a_foreign_tools_package_does_not_get_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text("raise ImportError('not ours')")
    done = orchestra("doctor", "--no-speed", env=environment(PYTHONPATH=str(tmp_path)))
    assert done.returncode == 0, done.stdout


ROWS = [
    Row("group", "a", Status.OK, "well"),
    Row("group", "longer", Status.WARNING, "[red]not[/red] well", "mend [it]"),
]


def test_lines_are_aligned() -> None:
    assert render_lines(ROWS) == [
        "ok       group  a       well",
        "warning  group  longer  [red]not[/red] well",
        "                        fix: mend [it]",
        "1 ok, 1 warning, 0 failed, 0 skipped",
    ]


@pytest.mark.parametrize("no_color", [None, "1"])
def test_a_terminal_has_colours_unless_they_are_unwanted(
    no_color: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    from rich.console import Console

    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=60, color_system="standard")
    console.print(render_table(ROWS))
    assert ("\x1b[33m" in stream.getvalue()) is (no_color is None)
    screen = pyte.Screen(60, 8)
    pyte.Stream(screen).feed(stream.getvalue().replace("\n", "\r\n"))
    assert [line.rstrip() for line in screen.display[:3]] == [
        "ok       group  a       well",
        "warning  group  longer  [red]not[/red] well",
        "                        fix: mend [it]",
    ]
