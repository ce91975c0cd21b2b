"""A suite: which tasks, whose recorded answers, at which prices. Built in, or the user's own file.

A suite of recorded experts is a TOML file that names a file of records inside a data folder, the
experts and their dated prices. Any other file is a set of tasks, run live with the user's own
experts.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.records import Record
from orchestra_cli.evaluation.suite_files import files_beside
from orchestra_cli.evaluation.tasks import EvalTask, JudgeName
from prefs.strict_toml import TomlError, load_toml

SMALL = "small"
EASY = "easy"
LIVE = {
    EASY: "The project's own easy questions, offline, with the orchestrator alone",
    SMALL: "The project's own small tasks, offline",
}
"""The project's own tasks: no data folder, no network, no money."""


_CALL_FORM = (
    "Do not carry it out: answer with the calls to make, as one JSON list and nothing else, like "
    '[{"name": "f", "arguments": {"x": 1}}], or with [] where no function fits.'
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class PriceTable(_Table):
    """What an expert costs, and the list that says so."""

    input_usd_per_mtok: float = Field(ge=0)
    output_usd_per_mtok: float = Field(ge=0)
    price_list: str
    """A key of [price_lists]."""
    listed_as: str = ""
    """The name in that list, where it is another one."""


class ExpertTable(PriceTable):
    """A recorded model as an expert."""

    record: str
    """Its name in the file of records."""


class SuiteFile(_Table):
    """The TOML form."""

    title: str
    records: str
    """The file, inside the data folder."""
    judge: JudgeName
    split: str = "test"
    """What is reported on. `train` is fitted to, `dev` is chosen on."""
    notes: list[str] = []
    """What the records lack, for the reader."""
    answers_cut_at: int | None = None
    """Answers of so many characters were cut when they were recorded: no judge can read them."""
    published: str = ""
    """The benchmark whose published figures stand beside ours."""
    price_lists: dict[str, str]
    """Each list's source and date, by the name used here."""
    experts: dict[str, ExpertTable] = Field(min_length=1)
    unseen_experts: dict[str, ExpertTable] = {}
    """Offered instead, in the variant `unseen-experts`: no policy is fitted to them."""
    unseen_prices: dict[str, PriceTable] = {}
    """Asked instead, in the variant `unseen-prices`."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What `orchestra eval SUITE` runs."""

    name: str
    title: str
    split: str
    tasks: tuple[EvalTask, ...]
    """Those that are reported on."""
    file: SuiteFile | None = None
    """None for a live suite, whose experts are the user's own."""
    records: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    """By split."""
    notes: tuple[str, ...] = ()
    files: Path | None = None
    """What local search finds in a live suite; None is what the user has indexed."""
    is_alone: bool = False
    """Whether of all that the user has configured the orchestrator alone takes part, offline."""

    @property
    def is_live(self) -> bool:
        """Whether experts are really called, for real money."""
        return self.file is None


def built_in_suites() -> dict[str, str]:
    """Name and title of each."""
    suites = dict(LIVE)
    for name in sorted(_built_in()):
        suites[name] = _load_file(_built_in()[name]).title
    return suites


def load_suite(
    name: str,
    *,
    data: Path | None,
    split: str | None,
    limit: int | None,
    form: str | None = None,
) -> Suite:
    """A built-in suite, a suite's .toml, or a file or folder of tasks. Raises UsageError.

    `form` names the benchmark of a file of tasks, where its fields do not tell.
    """
    path = _built_in().get(name) or Path(name)
    if name in LIVE:
        suite = _live(name, _suites() / f"{name}.jsonl", split, form)
    elif path.suffix == ".toml":
        suite = _recorded(name, path, data, split)
    elif path.exists():
        suite = _live(name, path, split, form)
    else:
        known = [*LIVE, *_built_in()]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise UsageError(f"{name}: no such suite or file of tasks: {hint}")
    if limit is None or limit >= len(suite.tasks):
        return suite
    return _first(suite, limit)


def _recorded(name: str, path: Path, data: Path | None, split: str | None) -> Suite:
    from orchestra_cli.evaluation.record_file import read_records

    file = _load_file(path)
    folder = data or (None if name in _built_in() else path.parent)
    if folder is None:
        raise UsageError(
            f"{name}: its records ({file.records}) are not part of the program: give the folder "
            "that holds them with --data, or in ORCHESTRA_EVAL_DATA"
        )
    source = folder / file.records
    if not source.is_file():
        raise UsageError(f"{source}: no such file: --data must be the folder that holds it")
    experts = {**file.experts, **file.unseen_experts}
    names = {ours: table.record for ours, table in experts.items()}
    records, left_out = read_records(source, names, judge=file.judge)
    by_split: dict[str, list[Record]] = {}
    for record in records:
        by_split.setdefault(record.task.split, []).append(record)
    wanted = split or file.split
    if wanted not in by_split:
        raise UsageError(f"--split {wanted}: {source.name} has {', '.join(sorted(by_split))}")
    notes = list(file.notes)
    if left_out:
        notes.append(
            f"{left_out:,} questions are left out: the record lacks the outcome of some expert"
        )
    return Suite(
        name=path.stem,
        title=file.title,
        split=wanted,
        tasks=tuple(record.task for record in by_split[wanted]),
        file=file,
        records={name: tuple(records) for name, records in by_split.items()},
        notes=tuple(notes),
    )


def _live(name: str, path: Path, split: str | None, form: str | None) -> Suite:
    from orchestra_cli.evaluation.loaders.detect import load_tasks

    loaded = load_tasks(path, form=form)
    tasks = loaded.tasks
    if split is not None:
        tasks = tuple(task for task in tasks if task.split == split)
        if not tasks:
            raise UsageError(f"--split {split}: no task of {path} is in it")
    tasks = tuple(_with_functions(task) for task in tasks)
    return Suite(
        name=path.stem,
        title=LIVE.get(name, path.stem),
        split=split or "",
        tasks=tasks,
        notes=tuple(loaded.notes),
        files=files_beside(path),
        is_alone=name == EASY,
    )


def _with_functions(task: EvalTask) -> EvalTask:
    """What may be called, and how to write it, are part of the question."""
    if not task.functions or task.attachment:
        return task
    functions = "\n".join(json.dumps(each, ensure_ascii=False) for each in task.functions)
    return replace(task, attachment=f"Functions:\n{functions}\n\n{_CALL_FORM}")


def _first(suite: Suite, limit: int) -> Suite:
    """An even spread over the file, which may be sorted by domain; the same for every policy."""
    total = len(suite.tasks)
    return replace(suite, tasks=tuple(suite.tasks[at * total // limit] for at in range(limit)))


def _load_file(path: Path) -> SuiteFile:
    if not path.is_file():
        raise UsageError(f"{path}: no such suite")
    try:
        file = load_toml(path, SuiteFile)
    except TomlError as error:
        raise UsageError(str(error)) from None
    tables = {**file.experts, **file.unseen_experts, **file.unseen_prices}
    for name, table in tables.items():
        if table.price_list not in file.price_lists:
            known = ", ".join(file.price_lists) or "none"
            raise UsageError(
                f"{path}: {name}: price_list {table.price_list!r} is not in [price_lists]: {known}"
            )
    if unknown := [name for name in file.unseen_prices if name not in file.experts]:
        raise UsageError(f"{path}: [unseen_prices] {unknown[0]}: there is no such expert")
    return file


def built_in_file(name: str) -> SuiteFile:
    """What the program's own suite of recorded experts says. Raises UsageError."""
    return _load_file(_built_in().get(name, Path(name)))


def _built_in() -> dict[str, Path]:
    return {path.stem: path for path in sorted(_suites().glob("*.toml"))}


def _suites() -> Path:
    return Path(str(resources.files(__package__).joinpath("suites")))
