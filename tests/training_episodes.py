"""Episodes for tests of training: drawn tasks, engines without a model, runs and rollouts."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from random import Random

from orchestra_cli.engines.base import Completion, Request
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.policy import Policy
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.prompts.template import ChatTemplate
from orchestra_cli.training.environment import Environment, Episode, Golden
from orchestra_cli.training.environments.tools import ToolsEnvironment
from orchestra_cli.training.recorder import RecordingPolicy
from orchestra_cli.training.rollout import Group
from orchestra_cli.training.rollouts.base import Key, RolloutSource
from orchestra_cli.trajectory import Trajectory
from tools.base import ToolCall, Usage


class TemplateEngine:
    """Renders as ChatML; says what it is given to say, reply by reply."""

    name = "template"
    context_tokens = 4096

    def __init__(self, *replies: str, truncated: bool = False) -> None:
        self._replies = list(replies)
        self._template = ChatTemplate(None)
        self._truncated = truncated

    def render(self, request: Request) -> str:
        return self._template.render(
            request.messages, () if request.functions_listed else request.functions
        )

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        text = self._replies.pop(0)
        yield text
        return Completion(text, Usage("orchestrator"), truncated=self._truncated)

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class Drawn:
    """A tool task, as the environment takes it."""

    task: EvalTask
    golden: Golden
    documents: Mapping[str, str] = field(default_factory=dict)


KINDS = ("sum", "look-up", "greeting", "hard")


def draw(kind: str, rng: Random) -> Drawn:
    """A sum for python, a look-up in four notes, a greeting, and one for an expert."""
    a, b = rng.randint(100, 999), rng.randint(100, 999)
    if kind == "sum":
        task = EvalTask(f"sum-{a}-{b}", f"What is {a} + {b}?", answer=a + b, judge="numeric")
        call = ToolCall("python", {"code": f"print({a} + {b})"})
        return Drawn(task, Golden((call,), str(a + b)))
    if kind == "look-up":
        names = rng.sample(["Ada", "Bela", "Carl", "Dora", "Emil", "Fred"], 4)
        codes = {name: rng.randint(1000, 9999) for name in names}
        notes = {
            f"notes/{n.lower()}.md": f"# {n}\n\nThe locker of {n} has the code {c}.\n"
            for n, c in codes.items()
        }
        task = EvalTask(
            f"look-up-{a}",
            f"Which code has {names[0]}'s locker?",
            answer=codes[names[0]],
            judge="numeric",
        )
        call = ToolCall("local_search", {"query": f"locker {names[0]}"})
        return Drawn(task, Golden((call,), str(codes[names[0]])), notes)
    if kind == "greeting":
        task = EvalTask(f"greeting-{a}", "Hello!", answer="Hello!")
        return Drawn(task, Golden((), "Hello!"))
    task = EvalTask(f"hard-{a}", "Why is there something?", judge="model")
    return Drawn(task, Golden((ToolCall("answer", {"model": "answer-4"}),)))


def tools_environment(*kinds: str, size: int = 40) -> ToolsEnvironment:
    """Over the kinds above."""
    return ToolsEnvironment(draw, dict.fromkeys(kinds or KINDS, 1.0), size=size, style=BriefStyle())


def play(episode: Episode, policy: Policy) -> tuple[Trajectory, RecordingPolicy]:
    """One run, recorded."""
    recording = RecordingPolicy(policy, episode.style, TemplateEngine())
    agent = episode.agent(recording)
    try:
        return agent.run(episode.asked), recording
    finally:
        agent.close()


ENVIRONMENTS: dict[str, Environment] = {"tools": tools_environment("sum")}
KEYS: list[Key] = [("tools", 0, 0), ("tools", 1, 0), ("tools", 2, 9)]


class Chance(TemplateEngine):
    """Answers with a number drawn from the request's seed, after a call of Python."""

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        number = Random(request.sampling.seed).randint(0, 10**9)
        assert request.sampling.temperature == 1.0
        text = f"It is {number}."
        if "Output:" not in request.messages[1]["content"]:
            call = f'{{"name": "python", "arguments": {{"code": "print({number})"}}}}'
            text = f"<tool_call>\n{call}\n</tool_call>"
        yield text
        return Completion(text, Usage("orchestrator"))


def rolled(source: RolloutSource, keys: list[Key] = KEYS, *, size: int = 3) -> list[Group]:
    """All groups."""
    return list(source.roll(keys, group_size=size, sampling_seed=1))


def replies(group: Group) -> list[tuple[str, ...]]:
    """Of each rollout."""
    return [tuple(sample.reply for sample in r.samples) for r in group.rollouts]
