"""Following a training run from its folder: one that goes on in another process, or a finished one.

Its files are read anew whenever one has changed, since a resumed run cuts off what it repeats.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.run_files import check_run_folder, last_steps, metrics_files, read_run
from orchestra_cli.training.views.live import is_capable, training_view
from orchestra_cli.training.views.training_view import TrainingView

if TYPE_CHECKING:
    from rich.console import Console

_Stamp = tuple[tuple[int, int, int], ...]
"""What tells a changed file: a resumed run puts a new one in its place."""


def watch_run(
    folder: Path,
    console: Console,
    *,
    is_going: Callable[[], bool] = lambda: True,
    poll_s: float = 0.5,
) -> None:
    """Show what the run does until it ends, `is_going` says that it has, or Ctrl-C.

    Where there is no terminal: what is written so far, and no waiting.
    """
    check_run_folder(folder)
    of = last_steps(folder)
    with training_view(console, of=of) as show:
        if not is_capable(console):
            for metrics in read_run(folder):
                show(metrics)
            return
        try:
            for metrics in follow(folder, of=of, is_going=is_going, poll_s=poll_s):
                show(metrics)
        except KeyboardInterrupt:
            return


def follow(
    folder: Path, *, of: Mapping[str, int], is_going: Callable[[], bool], poll_s: float
) -> Iterator[StepMetrics]:
    """Each record once, as it is written; those that a resumed run writes anew come again."""
    seen: list[StepMetrics] = []
    stamp: _Stamp = ()
    while True:
        goes_on = is_going()  # asked before reading, so that the last records are not missed
        if (now := _stamp(folder)) != stamp:
            stamp, before = now, seen
            seen = list(read_run(folder))
            yield from seen[_num_equal(before, seen) :]
        if not goes_on or _has_ended(seen, of):
            return
        time.sleep(poll_s)


def _num_equal(before: list[StepMetrics], after: list[StepMetrics]) -> int:
    pairs = zip(before, after, strict=False)
    return next(
        (index for index, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after))
    )


def _has_ended(seen: list[StepMetrics], of: Mapping[str, int]) -> bool:
    """After the last step, and the evaluation that follows it in a run that has any."""
    view = TrainingView(of=of)
    for each in seen:
        view = view.apply(each, 0.0)
    is_evaluated = not view.dev or view.dev[-1].step == view.step
    return view.is_finished and is_evaluated


def _stamp(folder: Path) -> _Stamp:
    stats = (path.stat() for path in metrics_files(folder) if path.exists())
    return tuple((each.st_ino, each.st_size, each.st_mtime_ns) for each in stats)
