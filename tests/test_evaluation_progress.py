"""The view of a run that goes on: a bar on a terminal, lines in a log, stdout left alone."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pexpect
import pytest
from evaluation_benches import DigitSums, jobs_of, run_in

from orchestra_cli.evaluation import progress as module
from orchestra_cli.evaluation.execution.base import Totals
from orchestra_cli.evaluation.execution.running import Progress
from orchestra_cli.evaluation.progress import ProgressLines, figure_words, progress_view

_PROGRAM = """
import sys
from pathlib import Path
from evaluation_benches import MANIFEST, DigitSums, jobs_of
from orchestra_cli.evaluation.execution.running import run_jobs
from orchestra_cli.evaluation.execution.serial import SerialExecutor
from orchestra_cli.evaluation.progress import progress_view
from orchestra_cli.evaluation.run_folder import RunFolder

with RunFolder.create(Path(sys.argv[1]), MANIFEST) as folder, progress_view(sys.stderr) as show:
    run_jobs(
        [*jobs_of("sum", "wrong", count=600), *jobs_of("slow", count=4)],
        executor=SerialExecutor(), open_bench=DigitSums(), folder=folder,
        max_cost_usd=5.0, show=show, is_live=False,
    )
print("the table")
"""


def at(done: int, **changes: object) -> Progress:
    values: dict[str, object] = {
        "total": 1200,
        "skipped": 0,
        "done": done,
        "totals": Totals(rows=done, right=done / 2, judged=done, cost_usd=done / 100),
        "spent_usd": done / 100,
        "max_cost_usd": None,
        "elapsed_s": done / 10,
    }
    return Progress(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (at(0), "$0.00"),
        (at(300), "50.0% right · $3.00 · 1:30 left"),
        (at(1200), "50.0% right · $12.00 · done in 2:00"),
        (at(3, max_cost_usd=5.0), "50.0% right · $0.0300 of $5.00 · 2:00 left"),
        (at(100, skipped=1000), "50.0% right · $1.00 · 0:10 left"),
        (at(1, totals=Totals(rows=1, failed=1, unpriced=1)), "$0.0100+ · 1 failed · 2:00 left"),
        (at(1, elapsed_s=60), "50.0% right · $0.0100 · 19:59:00 left"),
    ],
    ids=["start", "half", "end", "capped", "resumed", "failed", "long"],
)
def test_the_figures(progress: Progress, words: str) -> None:
    assert figure_words(progress) == words


def test_a_log_gets_a_line_for_each_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST_S", 0.0)
    stream = io.StringIO()
    show = ProgressLines(stream)
    for done in range(0, 1201, 7):
        show(at(done))
    show(at(1200))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[0] == "0/1,200 · $0.00"
    assert lines[5] == "602/1,200 · 50.0% right · $6.02 · 1:00 left"
    assert lines[-1] == "1,200/1,200 · 50.0% right · $12.00 · done in 2:00"


def test_a_quick_run_does_not_fill_a_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    shown: list[Progress] = []
    run_in(tmp_path / "run", jobs_of("sum", count=500), DigitSums(), shown=shown)
    with progress_view(stream) as show:
        for progress in shown:
            show(progress)
    lines = stream.getvalue().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["0/500", "500/500"]
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_a_bar_that_is_rewritten_and_stdout_nothing_of_it(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(_PROGRAM)
    out = tmp_path / "out.txt"
    command = f'"{sys.executable}" "{script}" "{tmp_path / "run"}" > "{out}"'
    terminal = pexpect.spawn(
        "/bin/sh",
        ["-c", command],
        env={"PYTHONPATH": str(Path(__file__).parent), "TERM": "xterm", "LANG": "C.UTF-8"},
        dimensions=(24, 100),
        encoding="utf-8",
        timeout=30,
    )
    terminal.expect(r"1,20\d/1,204 .*50\.\d% right · \$1\.20 of \$5\.00 · 0:0\d left")
    terminal.expect(r"1,204/1,204 .*50\.2% right · \$1\.20 of \$5\.00 · done in 0:0\d")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert out.read_text() == "the table\n"
