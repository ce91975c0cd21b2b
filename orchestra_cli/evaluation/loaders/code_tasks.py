"""HumanEval and MBPP: a program to write, and the tests that it must pass."""

from __future__ import annotations

import ast
from pathlib import Path

from orchestra_cli.evaluation.loaders.loaded import split_of
from orchestra_cli.evaluation.loaders.table_file import Row, read_rows
from orchestra_cli.evaluation.tasks import EvalTask, Json

DOMAIN = "code"
_COMPLETE = "Complete this Python function. Reply with the whole function in one code block.\n\n{}"
_WRITE = "{}\nReply with the whole program in one code block. It must pass these tests:\n{}"


def load_humaneval(path: Path) -> tuple[EvalTask, ...]:
    """`prompt`, `entry_point` and a `test` that defines check(candidate). Raises UsageError."""
    return tuple(_humaneval_task(row) for row in read_rows(path))


def load_mbpp(path: Path) -> tuple[EvalTask, ...]:
    """`text` (or `prompt`) and a `test_list`; full or sanitized. Raises UsageError."""
    split = split_of(path)
    return tuple(_mbpp_task(row, split=split) for row in read_rows(path))


def _humaneval_task(row: Row) -> EvalTask:
    # not stripped: a program's first indentation counts
    row.text("prompt")
    prompt, name = str(row.values["prompt"]), row.text("entry_point")
    answer: dict[str, Json] = {
        "tests": f"{row.text('test')}\n\ncheck({name})",
        "entry_point": name,
        # some tests need the prompt's imports, or the functions that stand before the asked one
        "prelude": prompt,
    }
    return EvalTask(
        id=row.text("task_id"),
        question=_COMPLETE.format(prompt.strip()),
        answer=answer,
        judge="code",
        domain=DOMAIN,
        split="test",
    )


def _mbpp_task(row: Row, *, split: str) -> EvalTask:
    tests = list(row.texts("test_list"))
    if not tests:
        raise row.wrong("test_list", "is empty: nothing would judge the answer")
    imports = row.texts("test_imports") if row.values.get("test_imports") else ()
    prelude = "\n".join([*imports, str(row.values.get("test_setup_code") or "")]).strip()
    answer: dict[str, Json] = {"tests": list(tests)}
    if name := _tested_function(row, tests[0]):
        answer["entry_point"] = name
    if prelude:
        answer["prelude"] = prelude
    asked = row.text("text" if "text" in row.values else "prompt")
    number = row.text("task_id")
    return EvalTask(
        id=f"mbpp-{number}",
        question=_WRITE.format(asked, "\n".join(test.strip() for test in tests)),
        answer=answer,
        judge="code",
        domain=DOMAIN,
        split=split or _mbpp_split(number),
    )


def _tested_function(row: Row, test: str) -> str | None:
    """What the test calls of what the reference solution defines."""
    try:
        defined = {
            node.name
            for node in ast.walk(ast.parse(str(row.values.get("code") or "")))
            if isinstance(node, ast.FunctionDef)
        }
        called = [
            node.func.id
            for node in ast.walk(ast.parse(test.strip()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
    except (SyntaxError, ValueError):
        return None
    return next((name for name in called if name in defined), None)


def _mbpp_split(number: str) -> str:
    """Its authors test on 11 to 510; what they leave for training is cut as Hugging Face has it."""
    place = int(number) if number.isdecimal() else 0
    if 11 <= place <= 510:
        return "test"
    if 511 <= place <= 600:
        return "dev"
    return "train" if place else ""
