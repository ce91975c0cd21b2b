"""The built-in seeds: what each must hold, and that what it makes is right, solvable and varied."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from orchestra_cli.evaluation.domains.domain_file import ToolFile
from orchestra_cli.evaluation.domains.must_say import says
from orchestra_cli.evaluation.judges.state import changed_entries, score_state, verify_golden
from orchestra_cli.synthesis.candidate import Candidate, DropReason
from orchestra_cli.synthesis.generating import Made, generate
from orchestra_cli.synthesis.seed_file import SeedFile, load_seed, seed_paths
from orchestra_cli.synthesis.wording import scalars_in, values_in

NUM_TASKS = 52
WRITES = {"set", "append", "remove", "insert", "delete"}
EXAMPLE = "library"
"""The seed that the documentation shows: shorter, and nothing in it is refused."""
DOMAINS = sorted(seed_paths())
REFUSING = [name for name in DOMAINS if name != EXAMPLE]


@cache
def seed_of(name: str) -> SeedFile:
    return load_seed(seed_paths()[name])


@cache
def made_of(name: str) -> Made:
    return generate(seed_of(name), NUM_TASKS, seed_number=0, where=name)


def candidates_of(name: str) -> list[Candidate]:
    return list(made_of(name).candidates.values())


def is_refused(candidate: Candidate, seed: SeedFile) -> bool:
    """Whether a rule's own words must be said: the policy has them in quotation marks."""
    return any(f'"{words}"' in seed.policy for words in candidate.say if " " in words)


def writes(tool: ToolFile) -> bool:
    return any(step.do in WRITES for step in tool.steps)


def changes_nothing(candidate: Candidate) -> bool:
    session = candidate.world.domain.open()
    session.replay(candidate.actions)
    return not changed_entries(session)


def test_there_are_ten_domains_or_more() -> None:
    assert len(DOMAINS) >= 10
    assert [seed_of(name).name for name in DOMAINS] == DOMAINS
    policies = {seed_of(name).policy for name in DOMAINS}
    assert len(policies) == len(DOMAINS)


@pytest.mark.parametrize("name", DOMAINS)
def test_the_tools_are_distinct_typed_and_of_both_kinds(name: str) -> None:
    tools = seed_of(name).tools
    assert len({tool.name for tool in tools}) == len(tools) >= 10
    assert len({tool.description for tool in tools}) == len(tools)
    for tool in tools:
        assert tool.description.endswith(".")
        assert all("type" in schema for schema in tool.parameters.values()), tool.name
    assert min(Counter(map(writes, tools)).values()) >= 4


@pytest.mark.parametrize("name", DOMAINS)
def test_there_are_many_wishes_in_many_words(name: str) -> None:
    seed = seed_of(name)
    assert len(seed.intents) >= 8
    assert sum(bool(intent.cases) for intent in seed.intents.values()) >= 2
    assert len(seed.introductions) >= 4 or seed.who is None
    least, spread = (3, 1.0) if name == EXAMPLE else (6, 1.5)
    for intent in seed.intents.values():
        assert len(set(intent.instructions)) == len(intent.instructions) >= least
        chars = [len(text) for text in intent.instructions]
        assert max(chars) > spread * min(chars)  # from terse to talkative


@pytest.mark.parametrize("name", DOMAINS)
def test_every_wording_of_a_wish_holds_the_same_values(name: str) -> None:
    """What one wording says of the drawn values that calls need, no other may leave out."""
    for intent in seed_of(name).intents.values():
        drawn = {bound for bound, spec in intent.bind.items() if "row" not in spec}
        needed = [drawn & set(values_in(text)) for text in intent.instructions]
        assert all(values == needed[0] for values in needed), intent.instructions[0]


@pytest.mark.parametrize("name", DOMAINS)
def test_rows_are_of_many_types(name: str) -> None:
    tables = next(iter(made_of(name).worlds.values())).domain.database
    types = {
        type(value) for rows in tables.values() for row in rows.values() for value in row.values()
    }
    assert {str, int} <= types
    assert len(types) >= 3
    assert len(tables) >= 3


@pytest.mark.parametrize("name", DOMAINS)
def test_every_domain_yields_verified_tasks(name: str) -> None:
    made = made_of(name)
    assert len(made.candidates) == NUM_TASKS
    assert sum(made.dropped.values()) <= NUM_TASKS // 10
    assert not {DropReason.UNKNOWN_VALUE, DropReason.UNKNOWN_WORDS} & set(made.dropped)
    for candidate in made.candidates.values():
        domain, task = candidate.world.domain, candidate.as_task()
        session = domain.open()
        session.replay(candidate.actions)
        assert verify_golden(domain, candidate.actions) == ()
        assert score_state(domain, task, session, " and ".join(candidate.say)).right
        assert not score_state(domain, task, domain.open(), task.question).right


@pytest.mark.parametrize("name", DOMAINS)
def test_no_instruction_lacks_a_value_that_its_calls_need(name: str) -> None:
    for candidate in candidates_of(name):
        session = candidate.world.domain.open()
        known = f"{candidate.instruction}\n{seed_of(name).policy}"
        for call in candidate.actions:
            for value in scalars_in(call.arguments):
                assert says(known, value), (candidate.instruction, call)
            known += f"\n{session.call(call)}"


@pytest.mark.parametrize("name", DOMAINS)
def test_all_wishes_and_all_kinds_of_harder_variants_come_up(name: str) -> None:
    candidates = candidates_of(name)
    assert {intent for each in candidates for intent in each.intents} == set(seed_of(name).intents)
    kinds = Counter(kind for each in candidates for kind in each.evolved)
    assert set(kinds) == {"look-ups", "lookalikes", "combined", "condition"}
    assert min(kinds.values()) >= 5


@pytest.mark.parametrize("name", DOMAINS)
def test_no_two_tasks_differ_in_numbers_alone(name: str) -> None:
    words = Counter(re.sub(r"\S*\d\S*", "#", each.instruction) for each in candidates_of(name))
    assert len(words) >= 0.97 * NUM_TASKS


@pytest.mark.parametrize("name", REFUSING)
def test_what_the_policy_forbids_is_looked_at_and_refused(name: str) -> None:
    seed = seed_of(name)
    alone = [each for each in candidates_of(name) if len(each.intents) == 1]
    refused = [each for each in alone if is_refused(each, seed)]
    assert 2 <= len(refused) < len(alone) / 2
    for candidate in refused:
        assert candidate.actions
        assert changes_nothing(candidate), candidate.instruction


@pytest.mark.parametrize("name", REFUSING)
def test_no_instruction_gives_the_words_of_a_refusal_away(name: str) -> None:
    seed = seed_of(name)
    quoted = re.findall(r'(?:that it is|that it|that it is) "([^"]+)"', seed.policy)
    assert len(set(quoted)) == 1
    texts = [*seed.asides, *seed.closings, *seed.introductions]
    texts += [text for intent in seed.intents.values() for text in intent.instructions]
    assert not [text for text in texts if quoted[0] in text]


@pytest.mark.parametrize("name", DOMAINS)
def test_some_tasks_read_and_most_write(name: str) -> None:
    read_only = sum(changes_nothing(each) for each in candidates_of(name))
    assert 0.05 * NUM_TASKS < read_only < 0.6 * NUM_TASKS


@pytest.mark.parametrize("name", REFUSING)
def test_who_asks_for_what_may_be_forbidden_cannot_tell_from_the_words(name: str) -> None:
    """A wish that is refused in one case is granted in another."""
    seed = seed_of(name)
    refusals = [
        [any(f'"{words}"' in seed.policy for words in case.say) for case in intent.cases]
        for intent in seed.intents.values()
    ]
    mixed = [cases for cases in refusals if any(cases) and not all(cases)]
    assert len(mixed) >= 2
