"""Every reason to drop a candidate, each provoked by a seed that is bad in that way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from synthesis_seeds import made_of

from orchestra_cli.errors import UsageError
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason, digest_of
from orchestra_cli.synthesis.generating import Made, generate
from orchestra_cli.synthesis.seed_file import load_seed
from orchestra_cli.synthesis.verifying import verify
from tools.base import ToolCall

ORDER = ', where = [["$buyer.blocked", "=", false]] }\nbind.good = { row = "goods", where = [["$good.stock", ">", 0]] }'  # noqa: E501
SEEDS: dict[DropReason, tuple[tuple[str, str], ...]] = {
    # the tool's own rule stands in no `where`
    DropReason.GOLDEN_FAILS: ((ORDER, ' }\nbind.good = { row = "goods" }'),),
    # the town is the one that is noted already
    DropReason.NOTHING_TO_DO: ((', where = [["$town", "!=", "$buyer.town"]] }', " }"),),
    # the price stands in the question
    DropReason.GIVEN_AWAY: (("What does <good> cost?", "Does <good> cost {good.price}?"),
                            ("Tell me the price of <good>.", "Is {good.price} right for <good>?")),
    # the town is in no word of the user's
    DropReason.UNKNOWN_VALUE: (("I live in {town} now: note that.", "I have moved."),
                               ("My new town is {town}.", "Note my new address.")),
    # the colour is never looked up
    DropReason.UNKNOWN_WORDS: (('say = ["$sold.price"]', 'say = ["$buyer.town"]'),),
    # two goods have one title
    DropReason.AMBIGUOUS: (("the {good.colour} {good.title}", "the {good.title}"),),
    # either wish sets the same town
    DropReason.ORDER_MATTERS: (),
    # one good, one wording
    DropReason.DUPLICATE: (("count = [6, 8]", "count = [1, 1]"),
                           ("pick = [0, 1, 5]", "pick = [1]")),
}  # fmt: skip


@pytest.mark.parametrize("reason", SEEDS, ids=lambda reason: reason.name)
def test_a_bad_seed_has_its_tasks_dropped_and_counted(tmp_path: Path, reason: DropReason) -> None:
    made = made_of(tmp_path, *SEEDS[reason], num_tasks=50)
    assert made.dropped[reason] > 0
    assert made.examples[reason].startswith(str(reason))
    for candidate in made.candidates.values():
        verify(candidate)


def test_a_seed_of_which_nothing_passes_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no task passes: a golden call fails: ring: broken"):
        _bell(tmp_path, 'steps = [{ do = "require", that = [1, "=", 2], error = "broken" }]')


def test_looking_alone_is_no_task(tmp_path: Path) -> None:
    steps = 'steps = [{ do = "lookup", table = "bells", key = "b", as = "bell" }]'
    with pytest.raises(UsageError, match="no task passes: doing nothing solves it"):
        _bell(tmp_path, steps)


def _bell(folder: Path, steps: str) -> Made:
    path = folder / "bell.toml"
    path.write_text(
        'name = "bell"\ntitle = "A bell"\npolicy = ""\n[tables.bells.b]\nrung = false\n'
        f'[[tools]]\nname = "ring"\ndescription = "Ring it."\n{steps}\n'
        '[intents.ring]\ncalls = [{ name = "ring" }]\ninstructions = ["Ring [it|the bell]."]\n'
    )
    return generate(load_seed(path), 5, seed_number=0, where=str(path))


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    made = made_of(tmp_path, num_tasks=20)
    return next(c for c in made.candidates.values() if c.intents == ("price",) and not c.evolved)


def reason_of(candidate: Candidate) -> DropReason:
    with pytest.raises(Dropped) as caught:
        verify(candidate)
    return caught.value.reason


def test_calls_that_somebody_made_up_are_executed(candidate: Candidate) -> None:
    unknown = replace(candidate, actions=(ToolCall("get_goods", {}),))
    assert reason_of(unknown) is DropReason.GOLDEN_FAILS
    no_such = replace(candidate, actions=(ToolCall("get_good", {"good_id": "G??"}),))
    assert reason_of(no_such) is DropReason.GOLDEN_FAILS
    assert reason_of(replace(candidate, actions=())) is DropReason.NOTHING_TO_DO
    assert reason_of(replace(candidate, say=("a million",))) is DropReason.UNKNOWN_WORDS
    assert reason_of(replace(candidate, say=())) is DropReason.NOTHING_TO_DO


def test_case_and_signs_make_no_other_task(candidate: Candidate) -> None:
    same = candidate.instruction.upper().replace("?", " !")
    assert digest_of(same, candidate.actions) == candidate.digest
    assert digest_of(candidate.instruction, ()) != candidate.digest
