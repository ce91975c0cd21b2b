"""What is to be run: every policy, fitted, under every profile and variant, on every task."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from orchestra_cli.assembly import assemble
from orchestra_cli.config import Config
from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.bench_spec import BenchSpec
from orchestra_cli.evaluation.conductor import CONDUCTORS, Conductor
from orchestra_cli.evaluation.execution.base import Job
from orchestra_cli.evaluation.judges.judging import Judging
from orchestra_cli.evaluation.judges.model import open_model_judge
from orchestra_cli.evaluation.policies.base import FittedPolicy, Setting, UnavailableError
from orchestra_cli.evaluation.policies.fitting import expand, fit_policies
from orchestra_cli.evaluation.records import Outcome, Record
from orchestra_cli.evaluation.roster import Roster, allowed_experts, rosters
from orchestra_cli.evaluation.rows import Cell
from orchestra_cli.evaluation.suite import Suite
from orchestra_cli.evaluation.suite_files import digest
from orchestra_cli.evaluation.tasks import EvalTask
from prefs.profile import Profile
from tools.base import JsonObject
from tools.slots import AnswerSlot

ALL = "all"
"""Every policy that calls no model: the baselines, and the rules."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks to be evaluated."""

    suite: Suite
    config: Config
    profiles: Mapping[str, Profile]
    policies: Sequence[str]
    with_unseen: bool = False
    offline: bool = False
    judge_model: str | None = None
    judge_api_key_env: str | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the workers get, and what is to be done."""

    spec: BenchSpec
    jobs: tuple[Job, ...]
    left_out: tuple[str, ...]
    """Policies that cannot be had here, and why."""


def make_plan(request: Request) -> Plan:
    """Fit what learns, and list the jobs. Raises UsageError and RefusedError."""
    suite = request.suite
    if request.judge_model is not None:  # what is wrong with it is said before anything runs
        open_model_judge(request.judge_model, api_key_env=request.judge_api_key_env)
    found = rosters(suite.file, suite.records.get("train", ())) if suite.file else {}
    if not request.with_unseen:
        found = {name: roster for name, roster in found.items() if name == "seen"}
    records = _evaluated(suite)
    policies: dict[Cell, FittedPolicy] = {}
    cells: list[Cell] = []
    missing: dict[tuple[str, str], list[str]] = {}
    for profile in request.profiles.values():
        for variant in found or ("seen",):
            setting = (
                _recorded_setting(request, found[variant], profile)
                if found
                else _live_setting(request, profile)
            )
            for name in _names(request.policies, setting):
                cell = Cell(name, profile.name, variant)
                if name not in CONDUCTORS:
                    try:
                        fitted = fit_policies([name], setting, records=records)
                    except UnavailableError as error:
                        missing.setdefault((variant, str(error)), []).append(name)
                        continue
                    policies[cell] = fitted[name]
                cells.append(cell)
    left_out = tuple(
        f"{', '.join(dict.fromkeys(names))} ({variant}): {reason}"
        for (variant, reason), names in missing.items()
    )
    if not cells:
        raise UsageError(f"--policy: none can be had on {suite.name}: {'; '.join(left_out)}")
    spec = BenchSpec(
        config=request.config,
        profiles=request.profiles,
        tasks={task.id: task for task in suite.tasks},
        policies=policies,
        records=records,
        rosters=found,
        files=suite.files,
        offline=request.offline,
        judge_model=request.judge_model,
        judge_api_key_env=request.judge_api_key_env,
    )
    jobs = tuple(Job(task.id, cell) for cell in dict.fromkeys(cells) for task in suite.tasks)
    return Plan(spec, jobs, left_out)


def _names(wanted: Sequence[str], setting: Setting) -> list[str]:
    conductors = [name for name in wanted if name in CONDUCTORS]
    others = [name for name in wanted if name not in CONDUCTORS]
    if ALL in others:
        conductors = ["rule", *(name for name in conductors if name != "rule")]
    return [*conductors, *expand(others, setting)]


def _evaluated(suite: Suite) -> dict[str, Record]:
    """The records of the tasks that are run."""
    wanted = {task.id for task in suite.tasks}
    records = suite.records.get(suite.split, ())
    return {record.task.id: record for record in records if record.task.id in wanted}


def _recorded_setting(request: Request, roster: Roster, profile: Profile) -> Setting:
    names = allowed_experts(roster, profile)
    return Setting(
        cards={name: roster.cards[name] for name in names},
        domain_success=roster.domain_success,
        aliases={name: f"{AnswerSlot.name}-{n}" for n, name in enumerate(names, start=1)},
        profile=profile,
        train=request.suite.records.get("train", ()),
        dev=request.suite.records.get("dev", ()),
        unseen=roster.unseen,
        cost_usd=roster.cost_usd,
        same=Judging().same,
        seed=request.seed,
    )


def _live_setting(request: Request, profile: Profile) -> Setting:
    """The experts that a run would have; nothing is known of them but their cards."""
    conductor = Conductor(request.config, offline=request.offline)
    loaded = replace(conductor.load("orchestrator"), policy="rule")
    agent = assemble(request.config, profile, loaded, offline=request.offline, ask_user=None)
    try:
        slots = [slot for slot in agent.slots if isinstance(slot, AnswerSlot)]
        named = {alias: each.card for slot in slots for alias, each in slot.choices.experts.items()}
    finally:
        agent.close()
        conductor.close()
    return Setting(
        cards={card.name: card for card in named.values()},
        domain_success={},
        aliases={card.name: alias for alias, card in named.items()},
        profile=profile,
        train=(),
        dev=(),
        unseen=frozenset(card.name for card in named.values()),
        cost_usd=_no_record,
        same=Judging().same,
        seed=request.seed,
    )


def _no_record(task: EvalTask, expert: str, outcome: Outcome) -> float:
    raise AssertionError("a live run has no recorded outcomes")


def manifest(request: Request) -> JsonObject:
    """What decides the results: a run that is resumed must have the same.

    The policies are not among it: others can be added to a run.
    """
    suite, config = request.suite, request.config
    facts: JsonObject = {
        "suite": suite.name,
        "split": suite.split,
        "tasks": _digest([[task.id, task.problem, task.answer] for task in suite.tasks]),
        "profiles": {name: profile.to_json() for name, profile in request.profiles.items()},
        "orchestrator": json.loads(config.orchestrator.model_dump_json()),
        "judge_model": request.judge_model,
        "seed": request.seed,
    }
    if suite.file is None:
        live = config.model_dump_json(exclude={"orchestrator"})
        facts |= {"experts and tools": _digest(live), "offline": request.offline}
        if suite.files:
            facts["files"] = digest(suite.files)
        wanted = {task.id: task.right_tools for task in suite.tasks if task.right_tools is not None}
        return facts | ({"right tools": _digest(wanted)} if wanted else {})
    return {**facts, "experts and prices": _digest(suite.file.model_dump_json())}


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
