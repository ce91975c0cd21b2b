"""The folder of a run: it holds one run, survives kills, and refuses what does not belong."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.rows import Cell, Row
from orchestra_cli.evaluation.run_folder import RunFolder, read_manifest, read_rows

MANIFEST = {"suite": "small", "tasks": {"digest": "ab", "limit": None}, "profiles": ["default"]}
ROW = Row(
    task="t1", cell=Cell("rule", "default"), answer="naïve 🎻 \ud800", cost_usd=0.25, right=1.0
)


def saved(path: Path, *rows: Row) -> Path:
    with RunFolder.resume(path, MANIFEST) as folder:
        folder.append("".join(row.to_line() for row in rows))
    return path


def test_rows_come_back_as_they_were_saved(tmp_path: Path) -> None:
    rows = [replace(ROW, task=f"t{n}", calls={"a": n}) for n in range(3)]
    saved(tmp_path / "run", *rows[:2])
    saved(tmp_path / "run", rows[2])
    assert read_rows(tmp_path / "run") == rows
    assert read_manifest(tmp_path / "run") == MANIFEST


def test_a_folder_that_holds_a_run_is_not_begun_again(tmp_path: Path) -> None:
    saved(tmp_path, ROW)
    with pytest.raises(UsageError, match="holds a run already.*--resume"):
        RunFolder.create(tmp_path, MANIFEST)
    assert read_rows(tmp_path) == [ROW]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"suite": "large"}, 'suite was "small" and is "large" now'),
        ({"tasks": {"digest": "ab", "limit": 5}}, "tasks.limit was null and is 5 now"),
        ({"profiles": ("default", "x")}, 'profiles was ["default"] and is ["default", "x"] now'),
        ({"judge": None}, "judge was not there and is null now"),
    ],
    ids=["value", "nested", "list", "new"],
)
def test_a_changed_run_is_not_resumed(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    saved(tmp_path, ROW)
    with pytest.raises(UsageError) as raised:
        RunFolder.resume(tmp_path, MANIFEST | change)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'manifest.json'}: {words}: ")
    assert "new folder" in message and "\n" not in message
    saved(tmp_path)  # the lock is free again


def test_a_tuple_in_the_manifest_is_the_list_that_json_makes_of_it(tmp_path: Path) -> None:
    saved(tmp_path, ROW)
    RunFolder.resume(tmp_path, MANIFEST | {"profiles": ("default",)}).close()


def test_a_torn_last_line_is_not_read_and_is_cut_off_when_the_run_goes_on(tmp_path: Path) -> None:
    saved(tmp_path, ROW)
    line = replace(ROW, task="t2").to_line().encode("utf-8", "surrogatepass")
    with (tmp_path / "rows.jsonl").open("ab") as file:
        file.write(line[:-1])  # whole but for its end: nobody can tell
    assert read_rows(tmp_path) == [ROW]
    other = replace(ROW, task="t3")
    saved(tmp_path, other)
    assert read_rows(tmp_path) == [ROW, other]


def test_a_line_that_is_no_row_is_named(tmp_path: Path) -> None:
    saved(tmp_path, ROW)
    with (tmp_path / "rows.jsonl").open("a") as file:
        file.write('{"task": "t2"}\n')
    with pytest.raises(UsageError, match=r"rows\.jsonl: line 2 is no row"):
        read_rows(tmp_path)


def test_two_writers_do_not_share_a_folder(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from orchestra_cli.evaluation.run_folder import RunFolder\n"
        "try: RunFolder.resume(pathlib.Path(sys.argv[1]), {})\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    with RunFolder.create(tmp_path, {}):
        command = [sys.executable, "-c", program, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("UsageError another process writes to")
    assert read_manifest(tmp_path) == {}  # reading needs no lock
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_a_writer_that_is_killed_leaves_whole_rows_and_no_lock(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, itertools\n"
        "from orchestra_cli.evaluation.run_folder import RunFolder\n"
        "from orchestra_cli.evaluation.rows import Cell, Row\n"
        "folder = RunFolder.create(pathlib.Path(sys.argv[1]), {})\n"
        "for n in itertools.count():\n"
        "    row = Row(task=str(n), cell=Cell('p', 'd'), answer='x' * 5000)\n"
        "    folder.append(row.to_line() * 10)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    rows = tmp_path / "rows.jsonl"
    while not rows.exists() or rows.stat().st_size < 1_000_000:
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    with RunFolder.resume(tmp_path, {}) as folder:
        assert [row.task for row in folder.saved] == [
            str(n // 10) for n in range(len(folder.saved))
        ]
        assert len(folder.saved) >= 190
    assert rows.read_bytes().endswith(b"\n")


def test_failed_rows_stand_unless_they_are_to_be_run_again(tmp_path: Path) -> None:
    failed = replace(ROW, task="t2", stop_reason="failed", cost_usd=0.5, error="connection refused")
    answered = replace(ROW, stop_reason="answered")
    saved(tmp_path, answered, failed)
    with RunFolder.resume(tmp_path, MANIFEST) as folder:
        assert folder.saved == (answered, failed)
        assert folder.set_aside_rows == ()
    with RunFolder.resume(tmp_path, MANIFEST, retry_failed=True) as folder:
        assert folder.saved == (answered,)
        assert folder.set_aside_rows == (failed,)  # it was paid for all the same
        folder.append(replace(failed, stop_reason="answered").to_line())
    assert [row.stop_reason for row in read_rows(tmp_path)] == ["answered", "answered"]


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "holds no run"), ("{", "cannot be read"), ("[]", "is no manifest")],
    ids=["none", "broken", "list"],
)
def test_a_folder_without_a_run_is_said_to_be_one(
    tmp_path: Path, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match=words):
        read_rows(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file.*name another folder"):
        RunFolder.create(tmp_path / "file", MANIFEST)


def test_many_rows_are_read_within_seconds(tmp_path: Path) -> None:
    values = json.loads(replace(ROW, calls={"gpt-5": 1, "gpt-5-mini": 1}).to_line())
    lines = [json.dumps(values | {"task": f"task-{n}"}) + "\n" for n in range(20_000)]
    with RunFolder.create(tmp_path, MANIFEST) as folder:
        folder.append("".join(lines))
    started = time.process_time()
    rows = read_rows(tmp_path)
    assert len(rows) == 20_000 and rows[-1].task == "task-19999"
    assert time.process_time() - started < 2.0  # 0.2 s on a quiet machine
