"""What `orchestra experts cards` is about to do, and what it may cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestra_cli.errors import RefusedError
from orchestra_cli.experts.card_tasks import CardTask, load_task_set
from orchestra_cli.experts.cards import ResultStore
from orchestra_cli.experts.measuring import to_do, worst_cost_usd
from tools.experts import Expert

_ROUNDING = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class CardPlan:
    """An expert and the tasks that it has not answered yet."""

    expert: Expert
    tasks: tuple[CardTask, ...]
    store: ResultStore

    @property
    def worst_usd(self) -> float | None:
        """Dollars if every answer is as long as it may be; None where the price is not known."""
        return worst_cost_usd(self.expert.card, self.tasks)


def make_plans(
    experts: Sequence[Expert], *, per_domain: int | None, afresh: bool
) -> list[CardPlan]:
    """A plan for each expert. Raises `RecordsError`."""
    task_set = load_task_set()
    wanted = task_set.first(per_domain)
    plans = []
    for expert in experts:
        store = ResultStore(expert.card.name, expert.card.model, task_set.digest)
        done = [] if afresh else store.load()
        plans.append(CardPlan(expert, tuple(to_do(wanted, done)), store))
    return plans


def most_usd(plans: Sequence[CardPlan], *, max_cost_usd: float | None) -> float | None:
    """The limit for all plans together; None is no limit. Raises `RefusedError`.

    It is the worst case where that is known, so that retries cannot go beyond what was agreed to.
    """
    worst = [plan.worst_usd for plan in plans]
    unknown = [plan.expert.card.name for plan in plans if plan.worst_usd is None]
    if not unknown:
        total = sum(cost for cost in worst if cost is not None) * _ROUNDING
        return total if max_cost_usd is None else min(total, max_cost_usd)
    if max_cost_usd is None:
        return None
    raise RefusedError(
        f"the price of {', '.join(unknown)} is not known, and --max-cost is given: set "
        f"price_in_usd_per_mtok and price_out_usd_per_mtok of [experts.{unknown[0]}] in config.toml"
    )
