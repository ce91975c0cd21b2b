"""A candidate for a task, and what becomes of it: a verified task, or a reason to drop it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from orchestra_cli.evaluation.domains.must_say import tokens
from orchestra_cli.evaluation.tasks import EvalTask, Json
from orchestra_cli.synthesis.worlds import World
from tools.base import ToolCall

Source = Literal["template", "reworded", "proposed"]
DOMAINS_FOLDER = "domains"
_TRAIN, _DEV = 80, 90
"""Percent of all families that are in train, and in train or dev."""


class DropReason(StrEnum):
    """Why a candidate is no task."""

    GOLDEN_FAILS = "a golden call fails"
    NOTHING_TO_DO = "doing nothing solves it"
    GIVEN_AWAY = "the instruction itself says all that must be found out"
    UNKNOWN_VALUE = "a golden call needs a value that cannot be known"
    UNKNOWN_WORDS = "what must be said cannot be known"
    AMBIGUOUS = "a mention fits two rows"
    ORDER_MATTERS = "the order of the wishes matters"
    DUPLICATE = "it is there already"
    UNREADABLE = "the expert's reply has not the form that was asked for"
    LOST_VALUE = "a rewording has lost a value"
    NEVER_SOLVED = "the policy never solves it"


class Dropped(Exception):
    """The candidate is no task."""

    def __init__(self, reason: DropReason, why: str = "") -> None:
        super().__init__(f"{reason}: {why}" if why else str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task that has not been verified."""

    world: World
    instruction: str
    actions: tuple[ToolCall, ...]
    """The golden calls."""
    say: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    evolved: tuple[str, ...] = ()
    """How it was made harder."""
    starts: tuple[int, ...] = ()
    """Where the calls of each wish begin; those before the first look up who writes."""
    keeps: tuple[str, ...] = ()
    """Values that stand in the instruction and that no rewording may lose."""
    source: Source = "template"
    family: str = ""
    """The digest of the task that it varies; empty where it varies none."""

    @property
    def digest(self) -> str:
        """The same for the same golden calls asked for in the same words."""
        return digest_of(self.instruction, self.actions)

    def as_task(self) -> EvalTask:
        """In the form that `orchestra eval` reads; its domain's file is named beside it."""
        family = self.family or self.digest
        actions: list[Json] = [{"name": c.name, "arguments": c.arguments} for c in self.actions]
        name = self.world.domain.name
        return EvalTask(
            id=f"{name}-{self.digest[:12]}",
            question=self.instruction,
            answer={"actions": actions, "communicate": list(self.say), "touch": True},
            judge="state",
            domain=name,
            split=split_of(family),
            tags={
                "domain_file": f"{DOMAINS_FOLDER}/{self.world.name}.toml",
                "family": family[:12],
                "intents": list(self.intents),
                "evolved": list(self.evolved),
                "source": self.source,
            },
        )


def digest_of(instruction: str, actions: Sequence[ToolCall]) -> str:
    """Of the words, whatever their case and signs, and of the calls."""
    calls = [[call.name, call.arguments] for call in actions]
    text = json.dumps([" ".join(tokens(instruction)), calls], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def split_of(family: str) -> str:
    """By hash, so that a task stays where it is; variants of one task are never in two splits."""
    percent = int(hashlib.sha256(f"split/{family}".encode()).hexdigest()[:8], 16) % 100
    if percent < _TRAIN:
        return "train"
    return "dev" if percent < _DEV else "test"
