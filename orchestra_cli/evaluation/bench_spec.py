"""What a bench is opened with: data alone, which travels to every worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestra_cli.agent import Limits
from orchestra_cli.config import Config
from orchestra_cli.evaluation.policies.base import FittedPolicy
from orchestra_cli.evaluation.records import Record
from orchestra_cli.evaluation.roster import Roster
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.tasks import EvalTask
from prefs.profile import Profile


@dataclass(frozen=True, slots=True)
class BenchSpec:
    """All that a worker needs; picklable."""

    config: Config
    profiles: Mapping[str, Profile]
    tasks: Mapping[str, EvalTask]
    policies: Mapping[Cell, FittedPolicy] = field(default_factory=dict)
    """The fitted ones; the orchestrator and the rules are made where they run."""
    records: Mapping[str, Record] = field(default_factory=dict)
    """By task; empty for live runs."""
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    """By variant; empty for live runs."""
    files: Path | None = None
    """What local search finds in live runs; None is what the user has indexed."""
    offline: bool = False
    judge_model: str | None = None
    judge_api_key_env: str | None = None
    processes: int = 1
    """How many benches run at the same time."""

    def limits(self, max_cost_usd: float | None) -> Limits:
        """The configured ones; the lower of the configured cost limit and this one."""
        table = self.config.orchestrator
        both = [usd for usd in (table.max_cost_usd, max_cost_usd) if usd is not None]
        return Limits(
            max_turns=table.max_turns,
            max_time_s=table.max_time_s,
            max_cost_usd=min(both, default=None),
        )

    @property
    def is_live(self) -> bool:
        """Whether experts are really called."""
        return not self.records
