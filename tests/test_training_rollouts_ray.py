"""Rollouts by Ray actors: the same as in the process, whoever dies on the way."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from training_episodes import ENVIRONMENTS, KEYS, Chance, replies, rolled

from orchestra_cli.engines.base import Completion, Request
from orchestra_cli.training.rollouts.in_process import InProcessRollouts
from orchestra_cli.training.rollouts.ray_actors import RayRollouts

pytest.importorskip("ray", reason="needs the extra [ray]")

ONCE, ALWAYS = (ENVIRONMENTS["tools"].episode(n, seed=s).task.question for _, n, s in KEYS[1:])


class Deadly(Chance):
    """Takes its process down at one question once, at another always."""

    def __init__(self, notes: Path) -> None:
        super().__init__()
        self._notes = notes

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        asked = request.messages[1]["content"]
        if ALWAYS in asked or (ONCE in asked and not self._notes.exists()):
            self._notes.touch()
            os._exit(1)
        return (yield from super().stream(request))


@contextmanager
def actors(notes: Path, patch: pytest.MonkeyPatch) -> Iterator[RayRollouts]:
    """No fixture: between it and its test, pytest would put back the stdout that is silenced."""
    folder = tempfile.mkdtemp(prefix="ray")  # the paths of Ray's sockets must be short
    patch.setenv("RAY_TMPDIR", folder)
    patch.setenv("PYTHONPATH", str(Path(__file__).parent))
    source = RayRollouts(
        "local", lambda: InProcessRollouts(ENVIRONMENTS, lambda: Deadly(notes)), workers=2
    )
    try:
        yield source
    finally:
        source.close()
        shutil.rmtree(folder, ignore_errors=True)


def test_an_actor_that_dies_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    here = rolled(InProcessRollouts(ENVIRONMENTS, Chance))
    with actors(tmp_path / "notes", monkeypatch) as source:
        groups = rolled(source)
        left = source.roll(KEYS[:2], group_size=1, sampling_seed=0)
        next(left)
        left.close()  # type: ignore[attr-defined]
        again = rolled(source, KEYS[:1])
    assert [group.episode_key for group in groups] == KEYS
    for mine, theirs in zip(groups[:2], here, strict=False):
        assert replies(mine) == replies(theirs)
        assert [r.metrics for r in mine.rollouts] == [r.metrics for r in theirs.rollouts]
    assert groups[2].rollouts == ()
    assert replies(again[0]) == replies(here[0])
    assert tuple(capfd.readouterr()) == ("", "")
