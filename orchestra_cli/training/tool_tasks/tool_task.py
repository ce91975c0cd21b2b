"""A task with a run that is right and the files that it may need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.training.environment import Golden


@dataclass(frozen=True, slots=True)
class ToolTask:
    """What a policy is asked, and how a good one would go about it."""

    task: EvalTask
    golden: Golden
    documents: Mapping[str, str]
    """By file name, or by a page's address; empty where nothing is looked up."""
