"""A run from its plan to its reports: run what is left, sum up, write."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.bench import open_bench
from orchestra_cli.evaluation.conclude import conclude
from orchestra_cli.evaluation.execution.base import Executor
from orchestra_cli.evaluation.execution.running import Ran, Show, run_jobs
from orchestra_cli.evaluation.figures.published_route_llm import PublishedRouter, published_routers
from orchestra_cli.evaluation.plan import Plan, Request, manifest
from orchestra_cli.evaluation.run_folder import MANIFEST, RunFolder, read_rows
from orchestra_cli.evaluation.summary import Summary
from orchestra_cli.folders import data_folder


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of it."""

    summary: Summary
    ran: Ran
    published: tuple[PublishedRouter, ...]
    """What others report on the same records."""


def evaluate(
    request: Request,
    plan: Plan,
    executor: Executor,
    folder: RunFolder,
    *,
    max_cost_usd: float | None,
    show: Show,
    command: str,
) -> Evaluated:
    """Run every job whose row is not in the folder; KeyboardInterrupt leaves what was finished."""
    ran = run_jobs(
        plan.jobs,
        executor=executor,
        open_bench=partial(open_bench, replace(plan.spec, processes=executor.workers)),
        folder=folder,
        max_cost_usd=max_cost_usd,
        show=show,
        is_live=request.suite.is_live,
        task_max_cost_usd=request.config.orchestrator.max_cost_usd,
    )
    summary = _summed_up(request, plan, folder.path, command=command)
    file = request.suite.file
    return Evaluated(summary, ran, published_routers(file.published) if file else ())


def _summed_up(request: Request, plan: Plan, folder: Path, *, command: str) -> Summary:
    """Of all rows that the folder holds; those of policies that were run before included."""
    variants = set(plan.spec.rosters) or {"seen"}
    rows = [row for row in read_rows(folder) if row.cell.variant in variants]
    return conclude(request, plan, rows, command=command)


def open_folder(
    request: Request, path: Path | None, *, resume: bool, retry_failed: bool, now: str
) -> RunFolder:
    """The folder that is named, the newest of this suite, or a new one. Raises UsageError."""
    root, name = data_folder() / "evals", request.suite.name
    facts = manifest(request)
    if not resume:
        return RunFolder.create(path or root / f"{name}-{now}", facts)
    if path is None:
        begun = sorted(root.glob(f"{name}-*/{MANIFEST}"), key=lambda file: file.stat().st_mtime)
        if not begun:
            raise UsageError(f"--resume: there is no run of {name} in {root}: name it with --out")
        path = begun[-1].parent
    return RunFolder.resume(path, facts, retry_failed=retry_failed)


def write_reports(evaluated: Evaluated, folder: Path) -> list[str]:
    """Write the summary beside the rows; what was written, and what could not be."""
    from orchestra_cli.evaluation.report.csv_report import render_csv
    from orchestra_cli.evaluation.report.html import render_html
    from orchestra_cli.evaluation.report.json_report import summary_document
    from orchestra_cli.evaluation.report.markdown import render_markdown

    summary, published = evaluated.summary, evaluated.published
    texts = {
        "report.json": json.dumps(summary_document(summary), indent=2, ensure_ascii=False) + "\n",
        "report.csv": render_csv(summary),
        "report.md": render_markdown(summary, published=published),
    }
    problems: list[str] = []
    try:
        texts["report.html"] = render_html(summary, published=published)
    except UsageError as error:  # the extra is not installed; the other forms say the same
        problems.append(str(error))
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [f"saved in {folder}: {', '.join(texts)}", *problems]
