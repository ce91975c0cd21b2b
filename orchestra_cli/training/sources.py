"""What a step trains on: the environments of a recipe, and which of their episodes come when.

Everything is drawn from the stage and the number of the step, so that a run that is taken up again
goes on with the very episodes that it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from orchestra_cli.errors import ConfigError, UsageError
from orchestra_cli.evaluation.suite import built_in_file
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.domain import DomainStyle
from orchestra_cli.training.environment import Environment, Episode, Golden
from orchestra_cli.training.environments.domains import DomainsEnvironment
from orchestra_cli.training.environments.recorded import RecordedEnvironment
from orchestra_cli.training.environments.recorded_pool import load_pool
from orchestra_cli.training.environments.tools import ToolsEnvironment
from orchestra_cli.training.recipe import Recipe, Recorded
from orchestra_cli.training.recorder import GoldenPolicy, RecordingPolicy, RenderingEngine
from orchestra_cli.training.rollout import Sample
from orchestra_cli.training.rollouts.base import Key
from orchestra_cli.training.rollouts.running import conduct
from tools.prices import FlatPrice

_SEED_STRIDE = 7_368_787
"""How far apart the tasks of two seeds begin."""
_TOOLS, _DOMAINS = ToolsEnvironment.name, DomainsEnvironment.name
_DOMAIN = "domain"
"""What the loss of domain readings is called."""


class Sources:
    """The environments of a recipe, by name."""

    def __init__(self, recipe: Recipe, *, data: Path | None) -> None:
        """Raises UsageError where the recipe wants data that are not there."""
        if recipe.recorded and data is None:
            raise UsageError(
                "the recipe trains on recorded outcomes: give the folder that holds them with "
                "--data, or in ORCHESTRA_EVAL_DATA"
            )
        self._seed = recipe.seed
        self.environments: dict[str, Environment] = {}
        self.recorded: dict[str, RecordedEnvironment] = {}
        self._shares: dict[str, float] = {}
        self._short: dict[str, list[int]] = {}
        for table in recipe.recorded:
            assert data is not None  # as was just checked
            environment = _recorded(table, data)
            self.recorded[environment.name] = environment
            self._shares[environment.name] = table.share
            self._short[environment.name] = [
                index
                for index in range(len(environment))
                if environment.num_chars(index) <= table.max_question_chars
            ]
        self.environments |= self.recorded
        if recipe.tool_tasks:
            self.environments[_TOOLS] = _tools(recipe)
        if recipe.domains is not None:
            self.environments[_DOMAINS] = _domains(Path(recipe.domains))

    def episode(self, key: Key) -> Episode:
        """The same in any process."""
        name, index, seed = key
        return self.environments[name].episode(index, seed=seed)

    def recorded_keys(self, stage: str, step: int, number: int) -> list[Key]:
        """As many questions before one table of experts."""
        if not self.recorded or not number:
            return []
        rng = Random(f"{self._seed}/{stage}/{step}")
        (name,) = rng.choices(list(self._shares), list(self._shares.values()))
        seed, short = rng.randrange(2**31), self._short[name]
        return [(name, index, seed) for index in rng.sample(short, k=min(number, len(short)))]

    def other_keys(self, step: int, *, tools: int, domains: int) -> list[Key]:
        """The next tasks of the other environments, each in turn."""
        wanted = {_TOOLS: tools, _DOMAINS: domains}
        first = self._seed * _SEED_STRIDE
        return [
            (name, (first + step * number + at) % len(self.environments[name]), first + step)
            for name, number in wanted.items()
            if name in self.environments
            for at in range(number)
        ]

    def group_keys(
        self, stage: str, step: int, *, recorded: int, tools: int, domains: int
    ) -> list[Key]:
        """The episodes that a step draws groups of."""
        others = self.other_keys(step, tools=tools, domains=domains)
        return [*self.recorded_keys(stage, step, recorded), *others]

    def lessons(
        self, keys: list[Key], engine: RenderingEngine
    ) -> Iterator[tuple[str, list[Sample]]]:
        """(environment, samples) of given trajectories: the teacher's, and golden ones."""
        for key in keys:
            name, index, seed = key
            episode = self.episode(key)
            if name in self.recorded:
                recording = RecordingPolicy(
                    self.recorded[name].teacher(index, seed=seed), episode.style, engine
                )
            elif episode.golden is not None:
                recording = RecordingPolicy(GoldenPolicy(episode.golden), episode.style, engine)
            else:
                continue
            conduct(episode, recording)
            yield name, recording.samples

    def domain_readings(
        self, step: int, number: int, engine: RenderingEngine
    ) -> Iterator[tuple[str, list[Sample]]]:
        """Questions and the names of their domains, told apart from some others or from all."""
        for key in self.recorded_keys(_DOMAIN, step, number):
            name, index, seed = key
            episode = self.episode(key)
            style = DomainStyle(self.recorded[name].some_domains(index, seed=seed))
            golden = Golden((), episode.task.domain)
            recording = RecordingPolicy(GoldenPolicy(golden), style, engine)
            conduct(episode, recording)
            yield _DOMAIN, recording.samples


def _recorded(table: Recorded, data: Path) -> RecordedEnvironment:
    suite = built_in_file(table.suite) if table.suite else None
    unseen = {each.record for each in suite.unseen_experts.values()} if suite else set()
    pool = load_pool(
        data / table.records,
        judge=table.judge,
        num_answers=table.answers,
        leave_out={*unseen, *table.leave_out},
    )
    experts = suite.experts.values() if suite else ()
    usual = {e.record: FlatPrice(e.input_usd_per_mtok, e.output_usd_per_mtok) for e in experts}
    return RecordedEnvironment(pool, usual=usual)


def _tools(recipe: Recipe) -> ToolsEnvironment:
    from orchestra_cli.training.tool_tasks import KINDS, draw_tool_task

    kinds = recipe.tool_kinds or KINDS
    for kind, share in kinds.items():
        if kind not in KINDS or share <= 0:
            raise ConfigError(
                f"tool_kinds: {kind} = {share:g}: give shares above 0 of {', '.join(KINDS)}"
            )
    return ToolsEnvironment(draw_tool_task, kinds, size=recipe.tool_tasks, style=BriefStyle())


def _domains(folder: Path) -> DomainsEnvironment:
    from orchestra_cli.synthesis.folder import load_synthesised

    tasks = [task for task in load_synthesised(folder) if task.split == "train"]
    return DomainsEnvironment(tasks, style=ChatStyle())
