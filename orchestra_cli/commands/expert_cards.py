"""`orchestra experts cards`: measures experts, with the user's consent to what it may cost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from orchestra_cli.errors import ConfigError, ExitCode, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import ExitStack

    from orchestra_cli.config import ExpertTable
    from orchestra_cli.experts.card_plan import CardPlan
    from orchestra_cli.experts.measuring import Measured
    from tools.budget import Budget
    from tools.experts import Expert

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="As config.toml has it; without one, all experts."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON array.")]


def cards(
    names: Names = None,
    *,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many tasks of each domain.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="Never spend more than so many dollars.")
    ] = None,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Forget what was measured before.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")] = False,
    as_json: Json = False,
) -> int:
    """Measure experts on small tasks and write what the orchestrator reads of them.

    Stopped with Ctrl-C, it goes on from there when it is run again.
    """
    from contextlib import ExitStack

    from orchestra_cli.experts.card_plan import make_plans, most_usd
    from orchestra_cli.experts.records import RecordsError
    from tools.budget import Budget

    tables = selected(names or ())
    try:
        with ExitStack() as stack:
            experts = _built(tables) if tables else [_own_expert(stack)]
            plans = make_plans(experts, per_domain=limit, afresh=afresh)
            bound_usd = most_usd(plans, max_cost_usd=max_cost)
            _ask_consent(plans, bound_usd, yes=yes)
            outcomes = _measure_all(plans, Budget(bound_usd), afresh=afresh)
            _print_cards(plans, outcomes, as_json=as_json)
    except RecordsError as error:
        raise ConfigError(str(error)) from error
    if any(outcome.failure for outcome in outcomes) or len(experts) < len(tables):
        return ExitCode.FAILED
    short = any(outcome.out_of_budget for outcome in outcomes)
    return ExitCode.BUDGET if short else ExitCode.ANSWERED


def selected(names: Iterable[str]) -> Mapping[str, ExpertTable]:
    """The named experts of config.toml, or all of them. Raises `UsageError` and `ConfigError`."""
    from difflib import get_close_matches

    from orchestra_cli.config import config_path, load_config

    tables = load_config(config_path()).experts
    names = list(dict.fromkeys(names))
    for name in names:
        if name not in tables:
            near = get_close_matches(name, tables, n=1, cutoff=0.0)
            hint = f"did you mean {near[0]}?" if near else no_experts()
            raise UsageError(f"no expert is named {name}: {hint}")
    return {name: tables[name] for name in names} if names else tables


def no_experts() -> str:
    """What to do where config.toml has none."""
    from orchestra_cli.config import config_path

    return f"no expert is configured: `orchestra init`, or add [experts.NAME] to {config_path()}"


def remark(text: str) -> None:
    """A line for eyes."""
    typer.echo(f"orchestra: {text}", err=True)


def print_json(value: object) -> None:
    """On standard output; a terminal would obey a control character in a provider's words."""
    typer.echo(json.dumps(value, ensure_ascii=sys.stdout.isatty(), indent=2))


def _built(tables: Mapping[str, ExpertTable]) -> list[Expert]:
    """Those whose keys are there; the others are told of."""
    from orchestra_cli.experts.configured import build_expert

    experts: list[Expert] = []
    problem: ConfigError | None = None
    for name, table in tables.items():
        try:
            experts.append(build_expert(name, table))
        except ConfigError as error:
            problem = problem or error
            remark(f"{name} is left out: {error}")
    if problem and not experts:
        raise problem
    return experts


def _own_expert(stack: ExitStack) -> Expert:
    """The orchestrator's own model, which answers where no expert is configured."""
    from orchestra_cli.commands.models import fetch_shown
    from orchestra_cli.config import config_path, load_config
    from orchestra_cli.orchestrator import load_orchestrator

    table = load_config(config_path()).orchestrator
    loaded = load_orchestrator(table, fetch=lambda entry: fetch_shown(entry, offline=False))
    stack.callback(loaded.engine.close)
    remark(f"{no_experts()}; measuring the orchestrator's own model")
    return loaded.own_expert


def _ask_consent(plans: Sequence[CardPlan], bound_usd: float | None, *, yes: bool) -> None:
    """Nothing that costs, or may cost, is begun before the user has said yes."""
    from orchestra_cli.views.short_forms import counted, short_dollars

    num_tasks = sum(len(plan.tasks) for plan in plans)
    what = f"{counted(len(plans), 'expert')}, {counted(num_tasks, 'task')}"
    price = f"at most {short_dollars(bound_usd)}"
    if bound_usd is None:
        unknown = [plan.expert.card.name for plan in plans if plan.worst_usd is None]
        price = f"at an unknown price: nobody knows what {', '.join(unknown)} costs"
    remark(f"{what}, {price}")
    if yes or bound_usd == 0:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise RefusedError(f"cards may cost something ({price}): give --yes to agree to that")
    if not typer.confirm("Go on?", err=True):
        raise RefusedError("nothing was measured")


def _measure_all(plans: Sequence[CardPlan], budget: Budget, *, afresh: bool) -> list[Measured]:
    """One expert after the other; what is done is kept, however it ends."""
    from functools import partial

    from rich.console import Console

    from orchestra_cli.experts.card_view import shown_progress
    from orchestra_cli.experts.measuring import measure

    outcomes: list[Measured] = []
    try:
        with shown_progress(plans, Console(stderr=True, highlight=False)) as show:
            for plan in plans:
                if plan.tasks:
                    plan.store.clear(all_results=afresh)
                tell = partial(show, plan)
                outcomes.append(
                    measure(plan.expert, plan.tasks, store=plan.store, budget=budget, show=tell)
                )
    except KeyboardInterrupt:
        remark("stopped; what was answered is kept: run it again to go on")
        raise
    return outcomes


def _print_cards(plans: Sequence[CardPlan], outcomes: Sequence[Measured], *, as_json: bool) -> None:
    from orchestra_cli.experts.card_view import card_document, render_card

    pairs = list(zip(plans, outcomes, strict=True))
    if as_json:
        print_json([card_document(plan, outcome) for plan, outcome in pairs])
        return
    for plan, outcome in pairs:
        typer.echo("\n".join(render_card(plan, outcome)))
    if not any(plan.tasks for plan in plans):
        remark("all of it was measured before: --afresh measures it again")
