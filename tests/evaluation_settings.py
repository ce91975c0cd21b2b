"""A made-up world of recorded experts: who is good at what shows in the words of a question."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.evaluation.judges.choice import ChoiceJudge
from orchestra_cli.evaluation.policies.base import Setting
from orchestra_cli.evaluation.policies.fitting import fit_policies
from orchestra_cli.evaluation.recorded_experts import RecordedExpert, Replay
from orchestra_cli.evaluation.records import Outcome, Record
from orchestra_cli.evaluation.roster import Roster, rosters
from orchestra_cli.evaluation.suite import SuiteFile
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy
from orchestra_cli.trajectory import Orchestrator, Trajectory
from prefs.profile import Profile
from tools.experts import Expert
from tools.slots import AnswerSlot
from tools.toolbox import Toolbox

DOMAINS = {
    "algebra": "equation root polynomial factor matrix group field proof",
    "history": "king treaty empire century war revolt crown senate",
    "botany": "leaf petal seed stem pollen moss fern bark",
}
CHANCES = {
    # by domain, in the order of DOMAINS
    "small": (0.35, 0.35, 0.35),
    "solver": (0.95, 0.30, 0.30),
    "botanist": (0.30, 0.30, 0.95),
    "historian": (0.30, 0.92, 0.30),
    "large": (0.75, 0.75, 0.75),
}
PRICES = {"small": 0.1, "solver": 0.5, "botanist": 0.5, "historian": 1.0, "large": 10.0}
LETTERS = "ABCD"
EVEN = Profile()
ME = Orchestrator("fitted", "fitted", "")


def made_up_records(num: int, *, seed: int, names: Sequence[str] = tuple(CHANCES)) -> list[Record]:
    """As many questions, the domains in turn."""
    return [_record(number, random.Random(f"{seed}:{number}"), names) for number in range(num)]


def _record(number: int, chance: random.Random, names: Sequence[str]) -> Record:
    place = number % len(DOMAINS)
    domain = list(DOMAINS)[place]
    words = chance.choices(DOMAINS[domain].split(), k=6)
    golden = chance.choice(LETTERS)
    wrong = [letter for letter in LETTERS if letter != golden]
    task = EvalTask(
        id=f"made-up-{chance.getrandbits(40):x}",
        question=f"Which {' '.join(words)}?",
        answer=golden,
        judge="choice",
        choices=("one", "two", "three", "four"),
        domain=domain,
    )
    outcomes = {}
    for name in names:
        is_right = chance.random() < CHANCES[name][place]
        answer = golden if is_right else chance.choice(wrong)
        outcomes[name] = Outcome(
            float(is_right), answer, 100, output_tokens=chance.randint(150, 250), latency_s=2.0
        )
    return Record(task, outcomes)


@dataclass
class World:
    """A setting, the records of tasks that it has not seen, and the loop over both."""

    setting: Setting
    roster: Roster
    test: list[Record]

    @property
    def records(self) -> dict[str, Record]:
        return {record.task.id: record for record in self.test}

    def fit(self, name: str) -> Any:
        return fit_policies([name], self.setting, records=self.records)[name]

    def run(
        self, policy: Policy, record: Record, *, max_cost_usd: float | None = None
    ) -> Trajectory:
        """The real loop over the recorded experts."""
        replay = Replay(record)
        experts: list[Expert] = [
            RecordedExpert(card, self.roster, replay) for card in self.setting.cards.values()
        ]
        agent = Agent(
            policy,
            Toolbox([AnswerSlot(experts, most=len(experts))], at_once=True),
            orchestrator=ME,
            limits=Limits(max_cost_usd=max_cost_usd),
            ends_at_answer=getattr(policy, "ends_at_answer", True),
        )
        return agent.run(record.task.as_task())

    def asked(self, policy: Policy, record: Record, **limits: Any) -> list[str]:
        """The experts, in the order in which they were asked."""
        turns = self.run(policy, record, **limits).turns
        return [turn.expert for turn in turns if turn.expert]

    def cost_usd(self, record: Record, *names: str) -> float:
        """What these calls cost together."""
        cost = self.roster.cost_usd
        return float(sum(cost(record.task, name, record.outcomes[name]) for name in names))

    def measure(self, policy: Policy, rows: Sequence[Record] | None = None) -> tuple[float, float]:
        """(share right, mean dollars of the experts) over the test records."""
        rows = self.test if rows is None else rows
        rights, costs = [], []
        for row in rows:
            trajectory = self.run(policy, row)
            rights.append(float(trajectory.answer == row.task.answer))
            costs.append(trajectory.bill.cost_usd or 0.0)
        return fmean(rights), fmean(costs)


def made_up_world(
    names: Sequence[str] = tuple(CHANCES),
    *,
    profile: Profile = EVEN,
    num_train: int = 360,
    change: Callable[[Record], Record] = lambda record: record,
) -> World:
    """The experts' cards are written from the train rows, as for a real suite."""
    train, dev, test = (
        [change(record) for record in made_up_records(num, seed=seed, names=names)]
        for seed, num in ((1, num_train), (2, 90), (3, 90))
    )
    roster = rosters(_suite_file(names), train)["seen"]
    setting = Setting(
        cards=roster.cards,
        domain_success=roster.domain_success,
        aliases={name: f"answer-{number}" for number, name in enumerate(names, start=1)},
        profile=profile,
        train=train,
        dev=dev,
        unseen=frozenset(),
        cost_usd=roster.cost_usd,
        same=ChoiceJudge().same,
    )
    return World(setting, roster, test)


def _suite_file(names: Sequence[str]) -> SuiteFile:
    tables: Mapping[str, Any] = {
        name: {
            "record": name,
            "input_usd_per_mtok": PRICES[name],
            "output_usd_per_mtok": PRICES[name],
            "price_list": "made-up",
        }
        for name in names
    }
    return SuiteFile.model_validate(
        {
            "title": "Made up",
            "records": "none",
            "judge": "choice",
            "price_lists": {"made-up": "made up for the tests"},
            "experts": tables,
        }
    )
