"""Twelve easy questions, worded before the rules were read: is the right tool chosen?

`python tests/test_twelve_questions.py` prints the tables, of the trained model and of the plain
rules; the embedded model must be in the cache.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestra_cli.models.catalog import load_catalog

DATA = Path(__file__).parent / "data" / "twelve"
ENOUGH = 9


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the tool that it is for, and a piece of the right answer where one is sure."""

    question: str
    tool: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `orchestra ask --offline --json` made of it."""

    asked: Question
    tool: str
    answer: str

    @property
    def is_right_tool(self) -> bool:
        return self.tool == self.asked.tool

    @property
    def is_right_answer(self) -> bool | None:
        """None where there is nothing to compare with."""
        if self.asked.answer is None:
            return None
        return self.asked.answer in self.answer.replace(",", "")


def load_questions() -> list[Question]:
    lines = (DATA / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [Question(**json.loads(line)) for line in lines]


def ask_all(home: Path, model: Path, policy: str) -> list[Outcome]:
    """Index the three files and put the questions, each to a fresh process."""
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "models").symlink_to(model.parent)
    files = [path for path in sorted(DATA.iterdir()) if path.suffix != ".jsonl"]
    _orchestra(home, "index", "add", *map(str, files))
    return [_ask(home, question, policy) for question in load_questions()]


def _ask(home: Path, asked: Question, policy: str) -> Outcome:
    how = ("--offline", "--json", "--no-stdin", "--policy", policy)
    stdout = _orchestra(home, "ask", *how, asked.question)
    trajectory = json.loads(stdout)
    assert not any(turn["leaves_machine"] for turn in trajectory["turns"])
    tool = trajectory["turns"][0]["tool"] or "answer"  # of its own
    return Outcome(asked, tool, trajectory["answer"] or "")


def _orchestra(home: Path, *arguments: str) -> str:
    environment = os.environ | {"ORCHESTRA_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "orchestra_cli", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def render(outcomes: list[Outcome]) -> str:
    marks = {True: "right", False: "WRONG", None: "-"}
    rows = [
        f"{marks[o.is_right_tool]:6}{o.tool:14}{marks[o.is_right_answer]:8}"
        f"{o.asked.question[:58]:60}{' '.join(o.answer.split())[:60]}"
        for o in outcomes
    ]
    head = f"{'tool':6}{'':14}{'answer':8}{'question':60}answer given"
    count = sum(o.is_right_tool for o in outcomes)
    return "\n".join([head, *rows, f"right tool: {count} of {len(outcomes)}"])


@pytest.mark.timeout(300)
def test_the_rules_find_the_right_tool_for_most(home: Path, gguf: Path) -> None:
    outcomes = ask_all(home, gguf, "rule")
    table = render(outcomes)
    print(table)
    assert len(outcomes) == 12
    assert sum(o.is_right_tool for o in outcomes) >= ENOUGH, table
    computed = [o for o in outcomes if o.is_right_tool and o.tool == "python"]
    assert all(o.is_right_answer for o in computed), table
    assert all(o.answer for o in outcomes), table


@pytest.mark.timeout(300)
def test_so_does_the_model_that_was_trained_to(home: Path, gguf: Path) -> None:
    outcomes = ask_all(home, gguf, "model")
    table = render(outcomes)
    print(table)
    assert sum(o.is_right_tool for o in outcomes) >= ENOUGH, table
    assert all(o.answer for o in outcomes), table


def main() -> None:
    model = load_catalog()["embedded"].path
    if not model.exists():
        sys.exit("the embedded model is not in the cache: run `orchestra models pull embedded`")
    for policy in ("model", "rule"):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{policy}\n{render(ask_all(Path(folder) / 'home', model, policy))}\n")


if __name__ == "__main__":
    main()
