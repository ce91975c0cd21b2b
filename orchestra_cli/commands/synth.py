"""`orchestra synth`: function-calling tasks made from the seeds of domains, each of them verified.

stdout carries the table or JSON; progress and remarks go to stderr. Run again with the same folder,
it goes on: nothing that was answered or tried is asked or tried again.
"""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from orchestra_cli.errors import ExitCode, RefusedError, UsageError

if TYPE_CHECKING:
    from orchestra_cli.synthesis.asking import Asked
    from orchestra_cli.synthesis.enriching import Wanted
    from orchestra_cli.synthesis.generating import Made
    from tools.experts import Expert


def synth(
    *,
    out: Annotated[
        Path | None, typer.Option(help="The folder for domains, tasks and manifest.")
    ] = None,
    domain: Annotated[
        list[str] | None,
        typer.Option(help="A built-in seed or a seed's .toml, again and again; else all."),
    ] = None,
    tasks: Annotated[int, typer.Option(min=1, help="From generators, for each domain.")] = 100,
    seed: Annotated[int, typer.Option(help="The same number makes the same files.")] = 0,
    expert: Annotated[
        str | None, typer.Option(help="An expert that rewords tasks and proposes others.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, metavar="USD", help="The expert costs at most this.")
    ] = None,
    policy: Annotated[
        Literal["model"] | None,
        typer.Option(help="Drop the tasks that this policy never solves: `model`."),
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, help="Tries of the policy for each task.")] = 8,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", envvar="ORCHESTRA_MODEL", help="Which model, as in `ask`."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Nothing leaves this machine.")
    ] = False,
    check: Annotated[
        Path | None, typer.Option(help="Only say whether this seed's .toml is any good.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False,
) -> int:
    """Make tasks with golden calls from domains' seeds; every one of them is verified."""
    from orchestra_cli.synthesis.check import check_seed
    from orchestra_cli.synthesis.folder import open_folder, write_folder

    if check is not None:
        for line in check_seed(check, seed_number=seed):
            typer.echo(line)
        return ExitCode.ANSWERED
    if out is None:
        raise UsageError("--out is missing: name the folder for the tasks")
    open_folder(out)
    all_made = _generated(domain or [], tasks, seed)
    settings: dict[str, Any] = {"seed": seed, "tasks_per_domain": tasks}
    asked = None
    if expert is not None:
        asker = _expert(expert, offline=offline)
        asked = _enrich(all_made, asker, out, seed, max_cost_usd=max_cost)
        settings["expert"] = {"model": asker.card.model, "unanswered": asked.unanswered}
    if policy is not None:
        settings["policy"] = _try_all(all_made, out, k, model=model, offline=offline)
    manifest = write_folder(out, all_made, settings)
    _show(manifest, out, as_json=as_json)
    return _code(asked)


def _generated(names: list[str], num_tasks: int, seed_number: int) -> list[Made]:
    from orchestra_cli.synthesis.generating import generate
    from orchestra_cli.synthesis.seed_file import load_seed

    seeds = {path: load_seed(path) for path in _paths(names)}
    if twice := [
        s.name for s in seeds.values() if [o.name for o in seeds.values()].count(s.name) > 1
    ]:
        raise UsageError(f"--domain: two seeds are named {twice[0]}: give one another name")
    all_made = []
    for path, seed in seeds.items():
        made = generate(seed, num_tasks, seed_number=seed_number, where=str(path))
        if len(made.candidates) < num_tasks:
            _remark(f"{seed.name}: only {len(made.candidates)} tasks, then its seed is exhausted")
        all_made.append(made)
    return all_made


def _paths(names: list[str]) -> list[Path]:
    from orchestra_cli.synthesis.seed_file import seed_paths

    known = seed_paths()
    paths = []
    for name in dict.fromkeys(names or known):
        if name not in known and not name.endswith(".toml"):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise UsageError(f"--domain {name}: no such seed: {hint}")
        paths.append(known.get(name) or Path(name))
    return paths


def _expert(name: str, *, offline: bool) -> Expert:
    from orchestra_cli.commands.expert_cards import selected
    from orchestra_cli.experts.configured import build_expert

    expert = build_expert(name, selected([name])[name])
    if offline and expert.card.leaves_machine:
        raise RefusedError(f"--expert {name} is not on this machine: leave out --offline")
    return expert


def _enrich(
    all_made: list[Made], expert: Expert, out: Path, seed: int, *, max_cost_usd: float | None
) -> Asked:
    """Ask the expert, and add what passes."""
    from orchestra_cli.synthesis.enriching import add_replies, wanted_of
    from orchestra_cli.synthesis.folder import REPLIES
    from orchestra_cli.synthesis.ledger import Ledger

    ledger = Ledger(out / REPLIES)
    wanted = [wanted_of(made, seed_number=seed) for made in all_made]
    asked = _ask([each for some in wanted for each in some], expert, ledger, max_cost_usd)
    for made, some in zip(all_made, wanted, strict=True):
        add_replies(made, some, ledger, model=expert.card.model)
    return asked


def _ask(wanted: list[Wanted], expert: Expert, ledger: Any, max_cost_usd: float | None) -> Asked:
    from orchestra_cli.synthesis.asking import ask_all, open_questions, worst_cost_usd
    from orchestra_cli.synthesis.progress import progress_bar
    from orchestra_cli.views.short_forms import short_dollars
    from tools.budget import Budget

    questions = open_questions(expert, [each.question for each in wanted], ledger)
    worst_usd = worst_cost_usd(expert.card, questions)
    if worst_usd != 0 and max_cost_usd is None:
        price = "an unknown price" if worst_usd is None else f"up to {short_dollars(worst_usd)}"
        raise RefusedError(
            f"{len(questions):,} questions to {expert.card.name} may cost something ({price}): "
            "say with --max-cost how much they may"
        )
    spent: list[float | None] = []

    def words(cost_usd: float | None) -> str:
        spent.append(cost_usd)
        return short_dollars(None if None in spent else sum(cost or 0.0 for cost in spent))

    with progress_bar(sys.stderr, expert.card.name, len(questions)) as advance:
        try:
            return ask_all(
                expert,
                questions,
                ledger,
                budget=Budget(max_cost_usd),
                show=lambda cost_usd: advance(words(cost_usd)),
            )
        except KeyboardInterrupt:
            _remark("stopped; what was answered is kept: run it again to go on")
            raise


def _try_all(
    all_made: list[Made], out: Path, k: int, *, model: str | None, offline: bool
) -> dict[str, Any]:
    """Drop what the model never solves."""
    from contextlib import closing

    from orchestra_cli.config import config_path, load_config
    from orchestra_cli.evaluation.conductor import Conductor
    from orchestra_cli.synthesis.folder import TRIES
    from orchestra_cli.synthesis.ledger import Ledger
    from orchestra_cli.synthesis.passing import Tries, drop_unsolved, model_policies
    from orchestra_cli.synthesis.progress import progress_bar

    config = load_config(config_path()).with_orchestrator(model=model)
    total = sum(len(made.candidates) for made in all_made)
    with closing(Conductor(config, offline=offline)) as conductor:
        loaded = conductor.load("model")
        tries = Tries(loaded.engine.name, model_policies(loaded, k), k)
        ledger, solved = Ledger(out / TRIES), list[bool]()
        with progress_bar(sys.stderr, "solved", total) as advance:
            for made in all_made:
                drop_unsolved(
                    made,
                    tries,
                    ledger,
                    show=lambda right: advance(f"{sum([*solved, right])}/{_add(solved, right)}"),
                )
    return {"model": tries.policy, "k": k, "solved": sum(solved), "tried": len(solved)}


def _add(solved: list[bool], right: bool) -> int:
    solved.append(right)
    return len(solved)


def _show(manifest: dict[str, Any], out: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(manifest, indent=2, ensure_ascii=False))
        return
    width = max(map(len, manifest["domains"]))
    for name, domain in manifest["domains"].items():
        dropped = sum(domain["dropped"].values())
        harder = domain["num_tasks"] - domain["evolved"].get("plain", 0)
        typer.echo(
            f"{name.ljust(width)}  {domain['num_tasks']:6,} tasks, {harder:,} of them harder; "
            f"{domain['tools']} tools, {domain['database_entries']:,} rows; {dropped:,} dropped"
        )
    splits = ", ".join(f"{number:,} {name}" for name, number in manifest["splits"].items())
    typer.echo(f"{manifest['num_tasks']:,} tasks ({splits}) in {out}")


def _code(asked: Asked | None) -> ExitCode:
    if asked is None or not asked.unanswered:
        return ExitCode.ANSWERED
    if asked.out_of_budget:
        _remark(f"{asked.unanswered:,} questions were not asked: --max-cost is reached")
        return ExitCode.BUDGET
    _remark(f"{asked.unanswered:,} questions have no answer ({asked.failure}): run it again")
    return ExitCode.FAILED


def _remark(text: str) -> None:
    typer.echo(f"orchestra: {text}", err=True)
