"""What generators make of a seed: every task right for its golden calls, wrong for nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from synthesis_seeds import made_of, seed_of

from orchestra_cli.evaluation.domains.must_say import says
from orchestra_cli.evaluation.judges.state import score_state, verify_golden
from orchestra_cli.synthesis.candidate import Candidate, DropReason, split_of
from orchestra_cli.synthesis.generating import Made, generate
from orchestra_cli.synthesis.seed_file import load_seed
from orchestra_cli.synthesis.worlds import make_worlds

BELL = """
name = "bell"
title = "A bell"
policy = ""
[tables.bells.b]
rung = false
[[tools]]
name = "ring"
description = "Ring it."
steps = [{ do = "lookup", table = "bells", key = "b", as = "bell" }, { do = "set", at = "$bell.rung", to = true }]
[intents.ring]
calls = [{ name = "ring" }]
instructions = ["Ring the bell."]
"""  # noqa: E501


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_of(tmp_path_factory.mktemp("seed"), num_tasks=120)


def by_evolution(made: Made, name: str) -> list[Candidate]:
    return [each for each in made.candidates.values() if name in each.evolved]


def test_the_golden_calls_of_every_task_are_right_and_nothing_is_wrong(made: Made) -> None:
    assert len(made.candidates) == 120
    for candidate in made.candidates.values():
        domain, task = candidate.world.domain, candidate.as_task()
        session = domain.open()
        session.replay(candidate.actions)
        assert verify_golden(domain, candidate.actions) == ()
        assert score_state(domain, task, session, " and ".join(candidate.say)).right
        assert not score_state(domain, task, domain.open(), task.question).right


def test_every_kind_of_harder_variant_is_made(made: Made) -> None:
    kinds = Counter(kind for each in made.candidates.values() for kind in each.evolved)
    assert set(kinds) == {"look-ups", "lookalikes", "combined", "condition"}
    assert min(kinds.values()) >= 10
    assert any(not each.evolved for each in made.candidates.values())


def test_looked_up_things_are_not_named_by_their_id(made: Made) -> None:
    for candidate in by_evolution(made, "look-ups"):
        assert candidate.actions[0].name in ("find_buyer", "find_goods")
        ids = {value for call in candidate.actions for key, value in call.arguments.items()
               if key.endswith("_id")}  # fmt: skip
        assert not [each for each in ids if says(candidate.instruction, each)]


def test_lookalikes_stand_among_the_rows_and_change_no_answer(made: Made) -> None:
    for candidate in by_evolution(made, "lookalikes"):
        assert candidate.world.name.endswith("-crowded")
        assert "It is raining here." in candidate.instruction
        call = next((c for c in candidate.actions if c.name == "find_goods"), None)
        if call is not None:
            goods = candidate.world.domain.database["goods"].values()
            assert sum(row["title"] == call.arguments["title"] for row in goods) >= 2


def test_combined_wishes_are_one_person_s(made: Made) -> None:
    for candidate in by_evolution(made, "combined"):
        assert len(set(candidate.intents)) == len(candidate.intents) >= 2
        buyers = {c.arguments["buyer_id"] for c in candidate.actions if "buyer_id" in c.arguments}
        assert len(buyers) == 1


def test_conditions_go_either_way(made: Made) -> None:
    conditions = [
        each for each in by_evolution(made, "condition") if each.intents == ("buy_or_move",)
    ]
    last = Counter(each.actions[-1].name for each in conditions)
    assert set(last) == {"order", "move"}
    for candidate in conditions:
        assert "if it is there; if not" in candidate.instruction


def test_variants_of_a_task_are_in_one_split(made: Made) -> None:
    splits: dict[str, set[str]] = {}
    for task in made.tasks:
        splits.setdefault(str(task.tags["family"]), set()).add(task.split)
    assert all(len(split) == 1 for split in splits.values())
    assert max(Counter(task.tags["family"] for task in made.tasks).values()) == 4


def test_splits_are_about_80_10_10() -> None:
    splits = Counter(split_of(str(number)) for number in range(5_000))
    assert splits["train"] / 5_000 == pytest.approx(0.8, abs=0.02)
    assert splits["dev"] / 5_000 == pytest.approx(0.1, abs=0.02)


def test_the_same_number_makes_the_same_tasks(made: Made, tmp_path: Path) -> None:
    again = made_of(tmp_path, num_tasks=120)
    assert list(again.tasks) == list(made.tasks)
    other = generate(seed_of(tmp_path), 120, seed_number=1, where="shop.toml")
    assert not set(other.candidates) & set(made.candidates)


def test_fewer_tasks_are_the_first_of_more(made: Made, tmp_path: Path) -> None:
    few = made_of(tmp_path, num_tasks=20)
    assert list(few.candidates) == list(made.candidates)[:20]


@pytest.mark.parametrize("number", range(5))
def test_a_crowded_world_holds_the_plain_one_and_stays_unique(tmp_path: Path, number: int) -> None:
    pair = make_worlds(seed_of(tmp_path), number, seed_number=3, where="shop.toml")
    assert pair.crowded is not None
    plain, crowded = pair.plain.domain.database, pair.crowded.domain.database
    for table, rows in plain.items():
        assert {key: crowded[table][key] for key in rows} == rows
    goods = [(row["title"], row["colour"]) for row in crowded["goods"].values()]
    assert len(set(goods)) == len(goods)
    assert len(goods) > len(plain["goods"])
    for order in crowded["orders"].values():
        assert order["buyer"] in plain["buyers"]
        assert order["good"] in plain["goods"]


def test_without_lookalikes_there_is_no_crowded_world(tmp_path: Path) -> None:
    made = made_of(tmp_path, ('lookalike = ["title"]\n', ""))
    assert not [name for name in made.worlds if name.endswith("crowded")]
    assert by_evolution(made, "look-ups")
    assert not by_evolution(made, "lookalikes")


def test_a_seed_that_is_exhausted_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "bell.toml"
    path.write_text(BELL)
    made = generate(load_seed(path), 30, seed_number=0, where=str(path))
    assert [c.instruction for c in made.candidates.values()] == ["Ring the bell."]
    assert made.dropped[DropReason.DUPLICATE] > 10
