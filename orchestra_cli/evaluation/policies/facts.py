"""What the policies of one setting have in common: who is cheapest, who strongest, what was seen.

Computed when first needed and kept, since many policies are fitted to one setting.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache
from statistics import fmean
from typing import TYPE_CHECKING

from orchestra_cli.evaluation.policies.asking import Experts
from orchestra_cli.evaluation.policies.base import Setting, UnavailableError
from orchestra_cli.evaluation.policies.learned import Seen
from orchestra_cli.evaluation.policies.outcomes import Outcomes
from orchestra_cli.evaluation.policies.success import DomainAverage
from orchestra_cli.evaluation.policies.worth import ExpectedCost, Worth
from orchestra_cli.expectations import own_success

if TYPE_CHECKING:
    from orchestra_cli.evaluation.figures.bootstrap import Floats

_USUAL_CHARS = 1_000
"""Of a question, where none was ever seen."""


class Facts:
    """Of one setting."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.names = tuple(setting.cards)
        self.experts = Experts.of(setting.aliases, self.names)
        self._cards = [setting.cards[name] for name in self.names]

    @cached_property
    def success(self) -> tuple[float, ...]:
        """The share right on train rows, as on the card; a guess from the price without it."""
        return tuple(own_success(card) for card in self._cards)

    @cached_property
    def domain_average(self) -> DomainAverage:
        """By expert and domain, as on the card."""
        overall = dict(zip(self.names, self.success, strict=True))
        return DomainAverage.of(overall, self.setting.domain_success)

    @cached_property
    def worth(self) -> Worth:
        """Under the profile."""
        return Worth.under(self.setting.profile, self._cards)

    @cached_property
    def strongest(self) -> int:
        """The highest share right; of two the cheaper one."""
        costs = self.mean_costs
        return max(range(len(costs)), key=lambda at: (self.success[at], -costs[at]))

    @cached_property
    def mean_costs(self) -> tuple[float, ...]:
        """Of a call on train rows; what is expected of one where the expert was not seen."""
        import numpy as np

        table = self._train_table
        chars = [len(task.problem) for task in table.tasks]
        expected = self.expected_cost.of_chars(round(fmean(chars)) if chars else _USUAL_CHARS)
        return tuple(
            guess if np.isnan(column).all() else float(np.nanmean(column))
            for guess, column in zip(expected, table.cost_usd.T, strict=True)
        )

    @cached_property
    def expected_cost(self) -> ExpectedCost:
        """Scaled to train rows; experts that were not seen by the mean scale of the others."""
        import numpy as np

        expected = ExpectedCost.by(self._cards)
        table = self._train_table
        if not table.rows:
            return expected
        guessed = np.array([expected.of(task) for task in table.tasks])
        scales = [
            float(np.nansum(real) / guess[~np.isnan(real)].sum())
            if guess[~np.isnan(real)].sum() > 0
            else None
            for real, guess in zip(table.cost_usd.T, guessed.T, strict=True)
        ]
        known = [scale for scale in scales if scale is not None]
        usual = fmean(known) if known else 1.0
        filled = tuple(usual if scale is None else scale for scale in scales)
        return replace(expected, scales=filled)

    @cached_property
    def _train_table(self) -> Outcomes:
        """Experts that no policy may be fitted to are NaN."""
        import numpy as np

        setting = self.setting
        table = Outcomes.of(setting.train, self.names, setting.cost_usd)
        for place, name in enumerate(self.names):
            if name in setting.unseen:
                table.right[:, place] = table.cost_usd[:, place] = np.nan
        return table

    @cached_property
    def train(self) -> Outcomes:
        """What may be learned from. Raises UnavailableError."""
        import numpy as np

        table = self._train_table
        lacking = [
            name
            for name, column in zip(self.names, table.right.T, strict=True)
            if np.isnan(column).all()
        ]
        if lacking:
            raise UnavailableError(f"needs training rows of {_listed(lacking)}")
        return table

    @property
    def seen(self) -> Seen:
        """The key of what was learned from train rows. Raises UnavailableError."""
        return Seen(self.train.rows, self.names)

    @cached_property
    def dev(self) -> Outcomes:
        """What a threshold or a share is set on. Raises UnavailableError."""
        names = self.seen.names  # an expert without train rows has no dev rows either
        table = Outcomes.of(self.setting.dev, names, self.setting.cost_usd).whole()
        if not table.rows:
            raise UnavailableError("needs dev rows with an outcome of every expert")
        return table

    def preferring(self, place: int) -> tuple[float, ...]:
        """Scores: this expert first, the others by strength."""
        return tuple(2.0 if at == place else rate for at, rate in enumerate(self.success))

    def cost_cap(self, table: Outcomes, share: float) -> float:
        """This share of what the strongest expert costs on these rows, a task."""
        costs: Floats = table.cost_usd[:, self.strongest]
        return share * float(costs.mean())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def facts_of(setting: Setting) -> Facts:
    """The same for the same setting: what was computed for one policy serves the next."""
    return _facts_of(_ByIdentity(setting))


class _ByIdentity:
    """A key for what cannot be hashed; the cache keeps it alive, so that no other takes its id."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def __hash__(self) -> int:
        return id(self.setting)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.setting is self.setting


@lru_cache(maxsize=1)
def _facts_of(key: _ByIdentity) -> Facts:
    return Facts(key.setting)
