"""One question of the user's, from settings to trajectory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

from orchestra_cli.assembly import TOOL_NAMES, assemble
from orchestra_cli.commands.models import fetch_shown
from orchestra_cli.config import Config
from orchestra_cli.engines.base import Engine
from orchestra_cli.events import Events, RunFinished
from orchestra_cli.experts.history import ExpertHistory
from orchestra_cli.orchestrator import load_orchestrator
from orchestra_cli.policy import Task
from orchestra_cli.prompts.trim import keep_head
from orchestra_cli.terminal import asker
from orchestra_cli.trajectory import Trajectory
from orchestra_cli.views.base import View
from prefs.language import parse_preference
from prefs.profile import Overrides, Profile


def answer_question(
    question: str,
    piped: str,
    config: Config,
    profile: Profile,
    overrides: Overrides,
    *,
    offline: bool,
    views: Sequence[View],
) -> Trajectory:
    """Run the agent over the question; the last of the views is the one for eyes."""
    names = _names_in_words(config)
    profile = profile.overridden(overrides, names)
    with ExitStack() as stack:
        loaded = load_orchestrator(
            config.orchestrator, fetch=lambda entry: fetch_shown(entry, offline=offline)
        )
        stack.callback(loaded.engine.close)
        agent = assemble(
            config,
            profile,
            loaded,
            offline=offline,
            ask_user=asker(views[-1]),
            notes=_understood(overrides.prefer, names),
        )
        stack.callback(agent.close)
        task = _task(question, piped, profile.words, loaded.engine)
        for view in views:
            stack.enter_context(view)
        trajectory = _show(agent.stream(task), views)
    ExpertHistory().record_trajectory(trajectory, agent.experts)
    return trajectory


def _names_in_words(config: Config) -> list[str]:
    """What --prefer may name: tools, experts and their models."""
    return [*TOOL_NAMES, *config.experts, *(table.model for table in config.experts.values())]


def _understood(prefer: str, names: Sequence[str]) -> tuple[str, ...]:
    """What was read out of the user's words, for the user to check."""
    if not prefer:
        return ()
    understood = parse_preference(prefer, names).understood
    said = "; ".join(understood) or "nothing beyond the words, which the orchestrator reads"
    return (f"--prefer was understood as: {said}",)


def _show(events: Events, views: Sequence[View]) -> Trajectory:
    """Every event to every view. A Ctrl-C that hits a view is the loop's to take: it says so."""
    event = next(events)
    while True:
        try:
            for view in views:
                view(event)
            if isinstance(event, RunFinished):
                last = event
            event = next(events)
        except StopIteration:
            return last.trajectory
        except KeyboardInterrupt as interrupt:
            event = events.throw(interrupt)


def _task(question: str, piped: str, preference: str, engine: Engine) -> Task:
    """The question with the user's preference in words; piped text trimmed to half the context."""
    if not piped:
        return Task(question, preference=preference)
    attachment = keep_head(piped, engine, max_tokens=engine.context_tokens // 2)
    if len(attachment) < len(piped):
        print(
            f"orchestra: kept the first {len(attachment):,} of {len(piped):,} characters of "
            "standard input: half of the model's context",
            file=sys.stderr,
        )
    return Task(question, attachment=attachment, preference=preference)
