"""pass@k: a task that a policy never solves in k tries is dropped, as too hard or wrong.

A try is a run of `Agent.stream` over the domain's own tools, judged by the database that it leaves.
Tries end with the first that is right. Each result is kept at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.conducting import build_policy
from orchestra_cli.engines.base import EngineError, Sampling
from orchestra_cli.errors import ModelError
from orchestra_cli.evaluation.domains.domain import Session
from orchestra_cli.evaluation.judges.state import score_state
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import Policy
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason
from orchestra_cli.synthesis.generating import Made
from orchestra_cli.synthesis.ledger import Ledger, key_of
from orchestra_cli.trajectory import Orchestrator, StopReason, Trajectory
from prefs.profile import Profile
from tools.toolbox import Toolbox

_MAX_TURNS = 30
_LEAST_TEMPERATURE = 0.7
"""Greedy tries would all be the same."""

MakePolicy = Callable[[int], Policy]
"""The policy of a try, by its number from 0."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How tasks are tried."""

    policy: str
    """Its name: tries of another one count anew."""
    make_policy: MakePolicy
    k: int
    limits: Limits = Limits(max_turns=_MAX_TURNS)


def drop_unsolved(
    made: Made, tries: Tries, ledger: Ledger, *, show: Callable[[bool], None]
) -> None:
    """Drop what is never solved; `show` is called after each task. Raises ModelError."""
    for digest, candidate in tuple(made.candidates.items()):
        solved = _is_solved(candidate, tries, ledger)
        if not solved:
            del made.candidates[digest]
            made.drop(Dropped(DropReason.NEVER_SOLVED, candidate.instruction), candidate.intents)
        show(solved)
    used = {candidate.world.name for candidate in made.candidates.values()}
    made.worlds = {name: world for name, world in made.worlds.items() if name in used}


def model_policies(loaded: LoadedOrchestrator, k: int) -> MakePolicy:
    """The model's, drawn with another random seed at each try."""
    sampling = loaded.sampling
    if k > 1:
        sampling = replace(sampling, temperature=max(sampling.temperature, _LEAST_TEMPERATURE))

    def make(number: int) -> Policy:
        drawn: Sampling = replace(sampling, seed=sampling.seed + number)
        conductor = replace(loaded, policy="model", sampling=drawn)
        return build_policy(conductor, ChatStyle(), replace(Profile(), beta=0.0), [])

    return make


def _is_solved(candidate: Candidate, tries: Tries, ledger: Ledger) -> bool:
    for number in range(tries.k):
        key = key_of(tries.policy, candidate.world.name, candidate.digest, number)
        known = ledger.get(key)
        if known is None:
            known = {"right": _is_right(candidate, tries, number), "task": candidate.digest[:12]}
            ledger.add(key, known)
        if known["right"]:
            return True
    return False


def _is_right(candidate: Candidate, tries: Tries, number: int) -> bool:
    task, domain = candidate.as_task(), candidate.world.domain
    session = domain.open()
    trajectory = _played(tries.make_policy(number), tries, candidate, session)
    return score_state(domain, task, session, trajectory.answer or "").right is True


def _played(policy: Policy, tries: Tries, candidate: Candidate, session: Session) -> Trajectory:
    agent = Agent(
        policy,
        Toolbox(session.tools),
        orchestrator=Orchestrator(tries.policy, policy.name, ChatStyle().name),
        limits=tries.limits,
    )
    asked = replace(candidate.as_task(), attachment=session.domain.policy).as_task()
    try:
        trajectory = agent.run(asked)
    except EngineError as error:
        raise ModelError(f"{tries.policy}: {error}: what was tried is kept, run it again") from None
    finally:
        agent.close()
    if trajectory.stop_reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
    return trajectory


def count_tasks(all_made: Sequence[Made]) -> int:
    """Of all domains."""
    return sum(len(made.candidates) for made in all_made)
