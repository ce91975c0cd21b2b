"""Which episodes a recipe gives, and what is taught with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_training import write_data
from training_episodes import TemplateEngine

from orchestra_cli.errors import ConfigError
from orchestra_cli.training.recipe import Recipe, Recorded
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


def test_a_domain_reading_asks_for_the_name_of_a_train_question_s_domain(tmp_path: Path) -> None:
    table = Recorded(records="made_up.jsonl.gz", judge="choice", answers=4, share=1.0)
    sources = Sources(Recipe(recorded=[table]), data=write_data(tmp_path))
    (environment,) = sources.recorded.values()
    known = {environment.episode(at, seed=0).task.domain for at in range(len(environment))}
    lessons = list(sources.domain_readings(3, 5, TemplateEngine()))
    assert len(lessons) == 5
    for name, (sample,) in lessons:
        assert name == "domain" and sample.reply in known
        offered = sample.prompt.partition("Domain: ")[2].partition("?")[0].split(", ")
        assert sample.reply in offered and set(offered) <= known
    assert lessons == list(sources.domain_readings(3, 5, TemplateEngine()))
    assert lessons != list(sources.domain_readings(4, 5, TemplateEngine()))
