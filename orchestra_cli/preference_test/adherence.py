"""How far a run did what the preference asks: the paper's measure, against a run without steering.

    M      = [calls of each tool …, 1 if right, cents, seconds]      of a run; M0 of the baseline
    s(k)   = M(k) / max(1, M0(k))      for tools and the outcome
    s(k)   = M0(k) / max(1, M(k))      for cents and seconds
    score  = s · P where the answer is right, else 0;     summed over the tasks

P is the preference vector with a weight for each tool. Two properties to know: a run below a cent
or a second counts as one of a cent or a second, so that differences below that do not show; and a
wrong answer scores nothing, however cheap it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from prefs.metrics import RunMetrics
from prefs.vector import PreferenceVector


def adherence(run: RunMetrics, baseline: RunMetrics, preference: PreferenceVector) -> float:
    """The score of one task."""
    if not run.is_right:
        return 0.0
    names = sorted({*run.calls, *baseline.calls})
    tools = [run.calls.get(name, 0) / max(1, baseline.calls.get(name, 0)) for name in names]
    outcome = float(run.is_right) / max(1.0, float(baseline.is_right))
    cents = 100 * baseline.cost_usd / max(1.0, 100 * run.cost_usd)
    seconds = baseline.latency_s / max(1.0, run.latency_s)
    return preference.dot([*tools, outcome, cents, seconds], names)


def total_adherence(
    runs: Sequence[RunMetrics], baselines: Sequence[RunMetrics], preference: PreferenceVector
) -> float:
    """The sum over the tasks, which stand in the same order in both."""
    pairs = zip(runs, baselines, strict=True)
    return sum(adherence(run, baseline, preference) for run, baseline in pairs)
