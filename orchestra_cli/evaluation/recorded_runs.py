"""Runs over recorded experts: the policy chooses, the record answers, nobody is called."""

from __future__ import annotations

from dataclasses import dataclass

from orchestra_cli.agent import Agent
from orchestra_cli.conducting import STYLES, build_policy, checks_answers, in_menu_order
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.conductor import CONDUCTORS, Conductor
from orchestra_cli.evaluation.recorded_experts import RecordedExpert, Replay
from orchestra_cli.evaluation.roster import allowed_experts
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy
from orchestra_cli.rules.policy import RulePolicy
from orchestra_cli.steering import Steering
from orchestra_cli.trajectory import Orchestrator
from tools.accept import AcceptTool
from tools.base import Tool
from tools.experts import Expert, ExpertCard
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

_RULES = ExpertCard("rules", "rules")
"""Nothing is known of the rules' own answers: over recorded experts they give none."""


@dataclass(frozen=True, slots=True)
class _Kit:
    """What all runs of a cell share."""

    policy: Policy
    toolbox: Toolbox
    orchestrator: Orchestrator
    ends_at_answer: bool


class RecordedRuns:
    """Agents whose one tool is `answer`, with the recorded experts behind it."""

    def __init__(self, spec: BenchSpec, conductor: Conductor) -> None:
        self._spec = spec
        self._replay = Replay()
        self._conductor = conductor
        self._kits: dict[Cell, _Kit] = {}

    def agent(self, cell: Cell, task: EvalTask, *, max_cost_usd: float | None) -> Agent:
        """For one run of this task, which is the only one until it ends."""
        if cell not in self._kits:
            self._kits[cell] = self._kit(cell)
        kit = self._kits[cell]
        self._replay.record = self._spec.records[task.id]
        return Agent(
            kit.policy,
            kit.toolbox,
            orchestrator=kit.orchestrator,
            limits=self._spec.limits(max_cost_usd),
            ends_at_answer=kit.ends_at_answer,
        )

    def _kit(self, cell: Cell) -> _Kit:
        spec = self._spec
        roster, profile = spec.rosters[cell.variant], spec.profiles[cell.profile]
        names = allowed_experts(roster, profile)
        experts: list[Expert] = [
            RecordedExpert(roster.cards[name], roster, self._replay) for name in names
        ]
        slot = AnswerSlot(experts, most=len(experts))
        toolbox = Toolbox([slot], at_once=True)
        fitted = spec.policies.get(cell)
        if fitted is not None:
            orchestrator = Orchestrator(fitted.name, fitted.name, "")
            return _Kit(fitted, toolbox, orchestrator, fitted.ends_at_answer)
        if cell.policy == "rule":
            cards = {alias: expert.card for alias, expert in slot.choices.experts.items()}
            steering = Steering(profile, cards, _RULES) if profile.beta else None
            return _Kit(RulePolicy(steering), toolbox, Orchestrator("rules", "rule", ""), True)
        loaded = self._conductor.load(CONDUCTORS[cell.policy])
        style = STYLES[loaded.prompt_style]()
        slot = AnswerSlot(in_menu_order(style, experts, profile), most=len(experts))
        policy = build_policy(loaded, style, profile, [slot])
        orchestrator = Orchestrator(loaded.engine.name, policy.name, style.name)
        tools: list[Tool] = [slot, AcceptTool()] if checks_answers(loaded) else [slot]
        return _Kit(policy, Toolbox(tools, at_once=True), orchestrator, not checks_answers(loaded))
