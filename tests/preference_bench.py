"""A bench whose orchestrator is plain rules, in the world of the made-up experts."""

from __future__ import annotations

from collections.abc import Generator

from orchestra_cli.config import Config
from orchestra_cli.engines.base import Completion, Request, Sampling
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.preference_test.runs import Bench
from orchestra_cli.preference_test.simulated import (
    SimulatedExpert,
    World,
    built_in_world,
    load_tasks,
)
from tools.experts import ExpertCard
from tools.prices import FREE


class NeverAsked:
    """The engine of those who do not need one."""

    name = "idle"
    context_tokens = 8_192

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        raise AssertionError("plain rules ask no model")

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    def close(self) -> None:
        pass


def plain_rules() -> LoadedOrchestrator:
    """An orchestrator of rules, which has no model to fall back on either."""
    card = ExpertCard("idle", "idle-model", price=FREE, leaves_machine=False)
    return LoadedOrchestrator(
        engine=NeverAsked(),
        prompt_style="chat",
        policy="rule",
        sampling=Sampling(),
        own_expert=SimulatedExpert(card, {}),
        leaves_machine=False,
        is_small=False,
        notes=(),
    )


def made_up_bench(world: World | None = None, *, per_domain: int | None = None) -> Bench:
    """The tasks in that world, or in the built-in one."""
    world = world or built_in_world()
    return Bench(Config(), plain_rules(), world, load_tasks(per_domain))
