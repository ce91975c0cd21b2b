"""`never` and @remote hold in 10,000 random configurations, whatever the policy tries.

Each has random experts, tools, rules, weights (up to 1 for what is forbidden), β up to 100 and
maybe a cost limit, and is assembled as `orchestra ask` does it. The orchestrator's model is one
that calls what it must not, by names it has not been offered; experts and tools note that they
were called. What is forbidden is worked out here anew, from the rules' own words.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from orchestra_cli.agent import Agent
from orchestra_cli.assembly import TOOL_NAMES, assemble
from orchestra_cli.config import Config, ExpertTable, OrchestratorTable, ToolTables
from orchestra_cli.engines.base import Completion, RawCall, Request, Sampling, Scores
from orchestra_cli.errors import RefusedError
from orchestra_cli.events import CallChosen, RunFinished, RunStarted, TurnFinished, TurnStarted
from orchestra_cli.folders import data_folder
from orchestra_cli.options import OWN_ANSWER
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import Task
from orchestra_cli.trajectory import ORCHESTRATOR
from prefs.presets import load_presets
from prefs.profile import REMOTE, HardRules, Overrides, Profile
from prefs.steering import Worth
from prefs.vector import PreferenceVector
from tools.base import CallContext, JsonObject, Observation, Tool, Usage
from tools.experts import Expert, ExpertCard, ExpertReply
from tools.index import Index
from tools.prices import FREE, FlatPrice
from tools.slots import SLOTS

NUM_CONFIGURATIONS = 10_000
BATCHES = 20
REMOTE_TOOLS = {"web_search", "web_page"}
NAMES = ("gpt-5", "gpt-5-mini", "llama", "qwen-math", "near", "far", "python", "own")
MODELS = ("gpt-5", "gpt-5-mini-2025", "llama-3.3:70b", "qwen2.5-math", "m")
ADDRESSES = {
    "http://127.0.0.1:9/v1": False,
    "http://localhost:9/v1": False,
    "https://api.example/v1": True,
    "http://192.168.1.7:8000/v1": True,
}
"""Whether the address is off this machine."""
GLOBS = ("gpt-*", "*mini*", "llama*", "*", "web_*", "*search", "qwen?5*", "[gl]*", "own*", "near")
ROLES = ("search", "reason", "answer", "answer-math")
QUESTIONS = (
    "What is 17 * 23?",
    "What is the latest news?",
    "What does https://example.com/a say?",
    "Who was Euler?",
    "hi",
)


@dataclass
class Wilful:
    """An engine, or an expert, that writes calls of anything; it can score where `scores`."""

    rng: random.Random
    name: str = "own"
    context_tokens: int = 8_192

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        yield "I will."
        if self.rng.random() < 0.1:
            return Completion("My own answer.", Usage("orchestrator"))
        return Completion("", Usage("orchestrator"), calls=(self._call(),))

    def _call(self) -> RawCall:
        name = self.rng.choice([*TOOL_NAMES, *NAMES])
        alias = f"{self.rng.choice(['answer', 'search', 'reasoner', 'answer-math'])}-"
        given = self.rng.choice([alias + str(self.rng.randint(1, 5)), *NAMES])
        key = {"python": "code", "web_page": "url", "ask_user": "question"}.get(name, "model")
        key = "query" if name in ("web_search", "local_search") else key
        value = "https://example.com/" if key == "url" else given
        return RawCall(name, f'{{"{key}": "{value}"}}')

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    def close(self) -> None:
        pass


class Scoring(Wilful):
    """One that can also score, at random."""

    def score(self, request: Request, continuations: Sequence[str]) -> Scores:
        likely = tuple(-self.rng.expovariate(0.3) for _ in continuations)
        return Scores(likely, Usage("orchestrator"))


@dataclass
class Noting:
    """An expert that notes that it was asked."""

    card: ExpertCard
    asked: list[ExpertCard] = field(default_factory=list)

    def complete(
        self, messages: list[JsonObject], *, max_tokens: int, context: CallContext
    ) -> ExpertReply:
        self.asked.append(self.card)
        return ExpertReply("<query>x</query> It is so.", Usage(self.card.name))


@dataclass(frozen=True)
class Setting:
    """A random configuration."""

    config: Config
    profile: Profile
    loaded: LoadedOrchestrator
    offline: bool

    @property
    def never(self) -> tuple[str, ...]:
        return (*self.profile.rules.never, *([REMOTE] if self.offline else []))

    def forbids(self, *names: str, remote: bool) -> bool:
        """By the words of the rules."""
        if remote and REMOTE in self.never:
            return True
        return any(n == rule or fnmatchcase(n, rule) for rule in self.never for n in names)

    def forbids_expert(self, card: ExpertCard) -> bool:
        table = self.config.experts.get(card.name)
        if table is None or card.model == "own-model":
            return self.forbids(card.name, remote=self.loaded.leaves_machine)
        return self.forbids(card.name, table.model, remote=ADDRESSES[table.base_url])


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files for local_search, so that it is there to be forbidden."""
    folder = tmp_path_factory.mktemp("notes")
    (folder / "note.txt").write_text("Euler was a mathematician.\n")
    Index(folder / "index.sqlite3").add([folder / "note.txt"])
    return folder / "index.sqlite3"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_what_is_forbidden_is_never_offered_weighed_or_called(batch: int, indexed: Path) -> None:
    data_folder().mkdir(parents=True, exist_ok=True)
    (data_folder() / "index.sqlite3").symlink_to(indexed)
    ended: dict[str, int] = {}
    for number in range(NUM_CONFIGURATIONS // BATCHES):
        rng = random.Random(f"{batch}:{number}")
        outcome = check(random_setting(rng), rng)
        ended[outcome] = ended.get(outcome, 0) + 1
    assert ended["called"] > 50 and ended["steered"] > 50 and ended["refused"] > 5, ended


def random_setting(rng: random.Random) -> Setting:
    names = rng.sample(NAMES, rng.randint(0, 5))
    tools = {name: {"enabled": rng.random() < 0.8} for name in TOOL_NAMES[:5]}
    limit = rng.choice([None, None, 0.0, 0.5])
    config = Config(
        orchestrator=OrchestratorTable(max_turns=rng.randint(1, 3), max_cost_usd=limit),
        experts={name: random_expert(rng) for name in names},
        tools=ToolTables.model_validate(tools),
    )
    return Setting(config, random_profile(rng), random_orchestrator(rng), rng.random() < 0.15)


def random_expert(rng: random.Random) -> ExpertTable:
    prices = rng.choice([{}, {"price_in_usd_per_mtok": 1.0, "price_out_usd_per_mtok": 9.0}])
    return ExpertTable.model_validate(
        {
            "base_url": rng.choice([*ADDRESSES]),
            "model": rng.choice(MODELS),
            "roles": rng.sample(ROLES, rng.randint(1, 4)),
            "success_rate": rng.random(),
            **prices,
        }
    )


def random_profile(rng: random.Random) -> Profile:
    known = [*NAMES, *MODELS, *TOOL_NAMES, *GLOBS]
    never = rng.sample([*known, REMOTE], rng.choice([0, 1, 1, 2, 3]))
    # What is ruled out is also what is liked best.
    liked = {name: 1.0 for name in never} | {rng.choice(known): rng.random()}
    accuracy, cost, latency = (rng.choice([0.0, 1.0, rng.random()]) for _ in range(3))
    profile = Profile(
        preference=PreferenceVector(accuracy, cost, latency, liked),
        rules=HardRules(tuple(never)),
        worth=Worth(10 ** rng.uniform(-3, 1), 10 ** rng.uniform(-1, 2)),
        beta=rng.choice([0.0, 20.0, 100.0, rng.uniform(0, 100)]),
    )
    preset = rng.choice([None, *load_presets()])
    words = rng.choice(["", "", "be quick", "cheap, and not gpt-5", "use llama, keep it local"])
    return profile.overridden(Overrides(preset=preset, prefer=words), known)


def random_orchestrator(rng: random.Random) -> LoadedOrchestrator:
    engine = rng.choice([Wilful, Scoring])(rng)
    leaves = rng.random() < 0.1
    price = rng.choice([FREE, FlatPrice(1.0, 1.0)]) if leaves else FREE
    card = ExpertCard("own", "own-model", price=price, leaves_machine=leaves)
    return LoadedOrchestrator(
        engine=engine,
        prompt_style=rng.choice(["chat", "toolorchestra"]),
        policy=rng.choice(["rule", "model", "model"]),
        sampling=Sampling(temperature=rng.choice([0.0, 1.0]), seed=rng.randrange(99)),
        own_expert=Noting(card),
        leaves_machine=leaves,
        is_small=True,
        notes=(),
    )


def check(setting: Setting, rng: random.Random) -> str:
    """One run; how far it came."""
    own = setting.loaded
    asker = rng.choice([None, lambda question: "me"])
    try:
        agent = assemble(
            setting.config, setting.profile, own, offline=setting.offline, ask_user=asker
        )
    except RefusedError:
        assert setting.forbids("own", remote=own.leaves_machine)
        return "refused"
    experts, used = with_noting_tools(agent)
    for cards in experts.values():
        assert not any(setting.forbids_expert(each.card) for each in cards.values())
    outcome = check_events(agent, experts, setting, rng)
    agent.close()
    for each in [own.own_expert, *(e for cards in experts.values() for e in cards.values())]:
        assert isinstance(each, Noting)
        assert not any(setting.forbids_expert(card) for card in each.asked)
    assert not any(forbids_tool(setting, name) for name in used)
    return outcome


def with_noting_tools(agent: Agent) -> tuple[dict[str, dict[str, Expert]], list[str]]:
    """Nothing is really called; (experts by slot and alias, names of the tools that were run)."""
    experts: dict[str, dict[str, Expert]] = {}
    used: list[str] = []
    for tool in searchers_and(agent):
        if isinstance(tool, SLOTS):
            choices = tool.choices
            noting = {expert.card.name: Noting(expert.card) for expert in choices.experts.values()}
            choices.experts = {a: noting[e.card.name] for a, e in choices.experts.items()}
            experts[tool.name] = choices.experts
        else:
            vars(tool)["run"] = noting_run(tool.name, used)
    return experts, used


def searchers_and(agent: Agent) -> Iterator[Tool]:
    """Every tool, those inside a slot as well."""
    for tool in agent._toolbox.tools.values():
        yield tool
        yield from getattr(tool, "_searchers", ())
        if hasattr(tool, "_python"):
            yield tool._python


def noting_run(name: str, used: list[str]) -> Any:
    def run(arguments: JsonObject, context: CallContext) -> Observation:
        used.append(name)
        return Observation("seen", documents=(f"a document of {name}",))

    return run


def check_events(
    agent: Agent, experts: dict[str, dict[str, Expert]], setting: Setting, rng: random.Random
) -> str:
    cards = {alias: each.card for slot in experts.values() for alias, each in slot.items()}
    outcome = "ended"
    for event in agent.stream(Task(rng.choice(QUESTIONS), preference=setting.profile.words)):
        match event:
            case RunStarted():
                assert not any(forbids_tool(setting, name) for name in event.tools)
            case TurnStarted():
                assert not any(forbids_tool(setting, name) for name in event.offered)
            case CallChosen():
                outcome = "steered" if event.candidates else outcome
                outcome = "called" if outcome == "ended" else outcome
                assert not forbids_tool(setting, event.tool)
                if event.slot:
                    assert not setting.forbids_expert(cards[event.slot])
                assert not (event.leaves_machine and REMOTE in setting.never)
            case TurnFinished():
                check_weighed(
                    [each.candidate.name for each in event.turn.candidates], cards, setting
                )
            case RunFinished():
                billed = {usage.who for usage in event.trajectory.usage}
                known = {card.name for card in cards.values()}
                assert billed <= {*known, *TOOL_NAMES, ORCHESTRATOR}
    return outcome


def check_weighed(names: Sequence[str], cards: dict[str, ExpertCard], setting: Setting) -> None:
    for name in names:
        if name in cards:
            assert not setting.forbids_expert(cards[name])
        elif name != OWN_ANSWER:
            assert not forbids_tool(setting, name)


def forbids_tool(setting: Setting, name: str) -> bool:
    return setting.forbids(name, remote=name in REMOTE_TOOLS)
