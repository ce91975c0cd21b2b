"""The money of a whole run: nothing is started once `--max-cost` is spent.

Recorded runs spend nothing that is real: their dollars are summed as rows come back, and what was
out by then is finished and counted too. Live runs are held to the cap strictly. A task gets an
allowance before it starts: an equal share of what is left for each worker that is idle, at most
what a single task may cost anyway. So at any time

    spent + allowances of the tasks that run ≤ cap

(a judging model's dollars, which no allowance bounds, are counted once they are known), and what a
task did not use comes back with its row. A task that stops at its allowance, rather than at the
user's own limit for a task, says nothing about the policy: its row is not saved. Shares from then
on are at least twice that allowance, so that fewer tasks run at a time as money runs out, and none
is begun that cannot be paid for.
"""

from __future__ import annotations

import math

_SLACK_USD = 1e-9
"""What adding up in binary may lose."""


class Ledger:
    """What is spent, and what the tasks that run may still spend."""

    def __init__(
        self,
        max_cost_usd: float | None,
        *,
        workers: int,
        is_live: bool,
        task_max_cost_usd: float | None = None,
        spent_usd: float = 0.0,
    ) -> None:
        """`spent_usd` is what the run had cost when it was resumed."""
        self.max_cost_usd = max_cost_usd
        self.spent_usd = spent_usd
        self._workers = workers
        self._gives_allowances = is_live and max_cost_usd is not None
        self._task_max_usd = math.inf if task_max_cost_usd is None else task_max_cost_usd
        self._least_usd = _SLACK_USD
        self._out: list[float] = []

    @property
    def gives_allowances(self) -> bool:
        """Whether each task goes alone, with an allowance."""
        return self._gives_allowances

    @property
    def is_spent(self) -> bool:
        """Whether the cap is reached. Allowances that are out may come back yet."""
        return self.max_cost_usd is not None and self.spent_usd >= self.max_cost_usd - _SLACK_USD

    def allow(self) -> float | None:
        """An allowance for one task; None where what is left does not do."""
        assert self.max_cost_usd is not None
        left_usd = self.max_cost_usd - self.spent_usd - sum(self._out)
        idle = max(1, self._workers - len(self._out))
        least_usd = min(self._least_usd, self._task_max_usd)
        allowance_usd = min(self._task_max_usd, max(left_usd / idle, least_usd))
        if left_usd <= _SLACK_USD or allowance_usd > left_usd + _SLACK_USD:
            return None
        allowance_usd = min(allowance_usd, left_usd)
        self._out.append(allowance_usd)
        return allowance_usd

    def settle(self, cost_usd: float, *, allowance_usd: float | None) -> None:
        """Rows came back that cost so much."""
        self.spent_usd += cost_usd
        if allowance_usd is not None:
            self._out.remove(allowance_usd)

    def cut_short(self, allowance_usd: float | None) -> bool:
        """Whether a task that stopped at its cost limit did so for want of a larger allowance."""
        if allowance_usd is None or allowance_usd >= self._task_max_usd - _SLACK_USD:
            return False
        self._least_usd = max(self._least_usd, 2 * allowance_usd)
        return True
