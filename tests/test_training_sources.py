"""Which episodes a recipe gives."""

from __future__ import annotations

import pytest

from orchestra_cli.errors import ConfigError
from orchestra_cli.training.recipe import Recipe
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.tool_tasks import KINDS


def kinds_of(sources: Sources, *, steps: int) -> set[str]:
    keys = [key for step in range(steps) for key in sources.other_keys(step, tools=4, domains=0)]
    return {sources.episode(key).task.domain or "" for key in keys}


def test_a_recipe_says_which_kinds_of_tool_tasks_there_are() -> None:
    some = Sources(Recipe(tool_tasks=500, tool_kinds={"units": 3.0, "dates": 1.0}), data=None)
    assert kinds_of(some, steps=8) == {"units", "dates"}


def test_a_recipe_that_says_nothing_has_more_kinds() -> None:
    assert len(kinds_of(Sources(Recipe(tool_tasks=500), data=None), steps=8)) > 4


@pytest.mark.parametrize("kinds", [{"riddles": 1.0}, {"units": 0.0}, {"units": -1.0}])
def test_shares_must_be_of_kinds_that_there_are(kinds: dict[str, float]) -> None:
    with pytest.raises(ConfigError) as raised:
        Sources(Recipe(tool_tasks=5, tool_kinds=kinds), data=None)
    assert f"tool_kinds: {next(iter(kinds))}" in str(raised.value)
    assert next(iter(KINDS)) in str(raised.value)
