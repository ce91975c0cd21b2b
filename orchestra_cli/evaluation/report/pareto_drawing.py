"""What the Pareto plot shows under one profile: who is drawn how, and joined by which line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestra_cli.evaluation.figures.curves import family_of
from orchestra_cli.evaluation.report.charts import COLORS, shown
from orchestra_cli.evaluation.report.lines import ORACLE, point
from orchestra_cli.evaluation.report.pareto_scale import Scale
from orchestra_cli.evaluation.summary import CellSummary

MAX_NAME = 26
_HIGHLIGHTED = ("orchestrator", "rule", "model")
_EXPERT = "expert:"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a point looks."""

    name: str
    color: str
    symbol: str = "circle"
    size: int = 9
    is_family: bool = False


OWN = Kind("orchestra itself", "#d6453d", "star", 14)
THE_ORACLE = Kind("the oracle", "#8d97a3", "diamond-open", 11)
SINGLE = Kind("a single expert", "#7c8a99", "square", 8)
OTHER = Kind("other policies", COLORS[0])
_FAMILY_COLORS = COLORS[1:]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn under one profile."""

    cells: Sequence[CellSummary]
    """Those whose dollars and accuracy are known."""
    experts: frozenset[str]
    scale: Scale
    families: Mapping[str, Kind]
    """By name: policies that stand there at several shares of the cost."""

    def kind(self, cell: CellSummary) -> Kind:
        """How it looks."""
        if cell.policy in _HIGHLIGHTED:
            return OWN
        if cell.policy == ORACLE:
            return THE_ORACLE
        if cell.policy.removeprefix(_EXPERT) in self.experts:
            return SINGLE
        return self.families.get(family_of(cell.policy) or cell.policy, OTHER)

    def members(self, family: str) -> list[CellSummary]:
        """Those held to a share, the cheapest first."""
        found = [cell for cell in self.cells if family_of(cell.policy) == family]
        return sorted(found, key=lambda cell: point(cell) or (0.0, 0.0))

    def line(self, family: str) -> list[tuple[float, float]]:
        """From one share to the next."""
        return [each for cell in self.members(family) if (each := point(cell)) is not None]

    def label(self, cell: CellSummary) -> str:
        """As short as can be: the line of a family says which one it is."""
        name = cell.policy.removeprefix(_EXPERT)
        if self.kind(cell).is_family and family_of(name):
            name = name.rpartition("@")[2]
        return shown(name, MAX_NAME)


def families_of(known: Sequence[CellSummary]) -> dict[str, Kind]:
    """Those with several members by name, each in a colour of its own."""
    counts = Counter(each for cell in known if (each := family_of(cell.policy)))
    found = [name for name, count in counts.items() if count > 1]
    colors = _FAMILY_COLORS * len(found)
    return {
        name: Kind(name, color, size=8, is_family=True)
        for name, color in zip(found, colors, strict=False)
    }
