"""One rollout: an episode conducted by the policy under training, its replies kept and scored.

A rollout that fails is data: its trajectory says why, it has no metrics, and its siblings go on.
Only Ctrl-C goes through.
"""

from __future__ import annotations

from random import Random

from orchestra_cli.engines.base import Sampling
from orchestra_cli.events import RunFinished
from orchestra_cli.policy import Policy
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.recorder import RecordingPolicy, RenderingEngine, SampledPolicy
from orchestra_cli.training.rollout import Rollout
from orchestra_cli.training.rollouts.base import Key
from orchestra_cli.trajectory import StopReason, Trajectory
from prefs.metrics import RunMetrics


def roll_out(
    episode: Episode, engine: RenderingEngine, *, key: Key, number: int, sampling_seed: int
) -> Rollout:
    """The rollout of this number in the group of `key`, at temperature 1."""
    seed = Random(f"{sampling_seed}/{key}/{number}").getrandbits(31)
    policy = SampledPolicy(
        engine,
        episode.style,
        sampling=Sampling(temperature=1.0, seed=seed),
        max_tokens=episode.style.reply_tokens(engine),
    )
    return record(episode, policy, engine)


def record(episode: Episode, policy: Policy, engine: RenderingEngine) -> Rollout:
    """A run of any policy, as a rollout of the model that `engine` renders for."""
    recording = RecordingPolicy(policy, episode.style, engine)
    trajectory, failed = _run(episode, recording)
    return Rollout(
        task_id=episode.task.id,
        trajectory=trajectory,
        samples=tuple(recording.samples),
        metrics=None if failed else _score(episode, trajectory),
    )


def conduct(episode: Episode, policy: Policy) -> Trajectory:
    """A run to its end. Ctrl-C, which the agent takes for an end, goes on to whoever trains."""
    agent = episode.agent(policy)
    try:
        trajectory = agent.run(episode.asked)
    finally:
        agent.close()
    if trajectory.stop_reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
    return trajectory


def _run(episode: Episode, policy: RecordingPolicy) -> tuple[Trajectory, bool]:
    """(the trajectory, whether an exception has ended it)."""
    agent = episode.agent(policy)
    trajectory, failed = None, False
    try:
        for event in agent.stream(episode.asked):
            if isinstance(event, RunFinished):
                trajectory = event.trajectory
    except Exception:  # the agent has noted it in the trajectory
        failed = True
    finally:
        agent.close()
    assert trajectory is not None
    if trajectory.stop_reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
    return trajectory, failed


def _score(episode: Episode, trajectory: Trajectory) -> RunMetrics | None:
    """None where scoring fails: 0 would train on our own bug."""
    try:
        return episode.score(trajectory)
    except Exception:
        return None
