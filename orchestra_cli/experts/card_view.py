"""What a person sees of the measuring: a bar with the running bill, and the cards at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from orchestra_cli.experts.card_plan import CardPlan
from orchestra_cli.experts.cards import Outcome, TaskResult, card_of
from orchestra_cli.experts.listing import card_to_json
from orchestra_cli.experts.measuring import Measured
from orchestra_cli.trajectory import Bill
from orchestra_cli.views.clean_text import one_line
from orchestra_cli.views.short_forms import counted, short_dollars, short_seconds
from tools.base import JsonObject

Show = Callable[[CardPlan, TaskResult], None]


@contextmanager
def shown_progress(plans: Sequence[CardPlan], console: Console) -> Iterator[Show]:
    """A bar on a terminal, a line for each result elsewhere, and what it all came to."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
    total = sum(len(plan.tasks) for plan in plans)
    task = bar.add_task("", total=total)
    results: list[TaskResult] = []

    def show(plan: CardPlan, result: TaskResult) -> None:
        results.append(result)
        cost = short_dollars(Bill.of(each.usage for each in results).cost_usd)
        if not console.is_interactive:
            line = f"{result.usage.who}: {result.domain}, {result.task}: {result.outcome.value}"
            console.print(Text(one_line(line)), soft_wrap=True)
        bar.update(task, description=one_line(f"{plan.expert.card.name}, {cost}"), advance=1)

    if console.is_interactive and total:
        bar.start()
    try:
        yield show
    finally:
        bar.stop()
        if results:
            bill = Bill.of(each.usage for each in results)
            right = sum(each.outcome is Outcome.RIGHT for each in results)
            parts = (
                counted(len(results), "task"),
                f"{right} right",
                f"{short_seconds(bill.latency_s)} of waiting",
                f"{short_dollars(bill.cost_usd)} spent",
            )
            console.print(Text(f"orchestra: {', '.join(parts)}"), soft_wrap=True)


def card_document(plan: CardPlan, outcome: Measured) -> JsonObject:
    """An element of `experts cards --json`. Raises `RecordsError`."""
    measured = card_of(plan.store.load())
    return {
        "name": plan.expert.card.name,
        "model": plan.expert.card.model,
        "card": None if measured is None else card_to_json(measured),
        "tasks_left": outcome.left,
        "failure": outcome.failure,
        "out_of_budget": outcome.out_of_budget,
    }


def render_card(plan: CardPlan, outcome: Measured) -> Iterator[str]:
    """What the orchestrator reads, and what to know of it. Raises `RecordsError`."""
    measured = card_of(plan.store.load())
    text = measured.text if measured else ""
    yield f"{plan.expert.card.name}: {text or 'nothing measured'}"
    if measured and measured.latency_s is not None:
        yield f"  {measured.latency_s:.2g} s a call, measured {measured.day}"
    if measured and measured.unreached:
        yield f"  {counted(measured.unreached, 'task')} not answered"
    if outcome.left:
        why = "the cost limit" if outcome.out_of_budget else "failures"
        yield f"  {counted(outcome.left, 'task')} left because of {why}"
    if outcome.failure:
        yield f"  the last failure: {one_line(outcome.failure)}"
