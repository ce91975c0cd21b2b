"""What a run is scored by where nothing is paid: right or wrong, fixed seconds, the calls.

    latency_s = Σ turns (1 s for the reply + 0.1 s for a tool's call, or the asked expert's seconds)

Measured seconds would have a group's rewards depend on how busy the machine was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from orchestra_cli.trajectory import Trajectory, Turn
from prefs.metrics import RunMetrics

_REPLY_S = 1.0
_CALL_S = 0.1


def free_metrics(
    trajectory: Trajectory, *, is_right: bool, expert_s: Mapping[str, float] | None = None
) -> RunMetrics:
    """Of a run that was judged; `expert_s` has an expert's seconds by its name."""
    seconds = expert_s or {}
    called = Counter(turn.expert or turn.tool for turn in trajectory.turns)
    return RunMetrics(
        is_right=is_right,
        cost_usd=0.0,
        latency_s=sum(_seconds(turn, seconds) for turn in trajectory.turns),
        calls={name: count for name, count in called.items() if name is not None},
    )


def _seconds(turn: Turn, expert_s: Mapping[str, float]) -> float:
    if turn.tool is None:
        return _REPLY_S
    return _REPLY_S + expert_s.get(turn.expert or "", _CALL_S)
