"""An expert rewords and proposes; whatever it writes goes through the same door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer, plain, refused
from synthesis_seeds import made_of

from orchestra_cli.errors import UsageError
from orchestra_cli.synthesis.asking import Asked, ask_all
from orchestra_cli.synthesis.candidate import Candidate, Dropped, DropReason
from orchestra_cli.synthesis.enriching import add_replies, wanted_of
from orchestra_cli.synthesis.generating import Made
from orchestra_cli.synthesis.ledger import Ledger
from orchestra_cli.synthesis.proposing import proposals
from orchestra_cli.synthesis.reply_json import json_list
from orchestra_cli.synthesis.rewording import kept_values, rewordings
from tools.budget import Budget
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.experts import ExpertCard
from tools.metered_endpoint import Patience
from tools.prices import FREE


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return made_of(tmp_path, num_tasks=12)


@pytest.fixture
def candidate(made: Made) -> Candidate:
    return next(c for c in made.candidates.values() if "look-ups" in c.evolved)


def expert_at(server: OpenAIServer, **card: Any) -> EndpointExpert:
    values = {"price": FREE, "leaves_machine": False} | card
    return EndpointExpert(
        ExpertCard("writer", "m", **values),
        Endpoint(server.base_url, "m"),
        patience=Patience(max_tries=1),
    )


def ask(made: Made, server: OpenAIServer, folder: Path, budget: Budget | None = None) -> Asked:
    expert, ledger = expert_at(server), Ledger(folder / "replies.jsonl")
    wanted = wanted_of(made, seed_number=0)
    questions = [each.question for each in wanted]
    asked = ask_all(expert, questions, ledger, budget=budget or Budget(), show=lambda _: None)
    add_replies(made, wanted, ledger, model="m")
    return asked


def test_a_rewording_keeps_every_value_and_its_family(candidate: Candidate) -> None:
    kept = kept_values(candidate)
    text = f"Well, it is about {', '.join(kept)}, you see."
    (found,) = rewordings(candidate, f"Here you are:\n```json\n{json.dumps([text])}\n```")
    assert isinstance(found, Candidate)
    assert (found.instruction, found.source) == (text, "reworded")
    assert found.family == (candidate.family or candidate.digest)
    assert found.as_task().split == candidate.as_task().split
    assert found.actions == candidate.actions


def test_a_rewording_that_loses_any_value_is_dropped(candidate: Candidate) -> None:
    kept = kept_values(candidate)
    assert kept
    for lost in kept:
        text = f"About {', '.join(value for value in kept if value != lost)}."
        (found,) = rewordings(candidate, json.dumps([text]))
        assert isinstance(found, Dropped)
        assert found.reason is DropReason.LOST_VALUE
        assert lost in str(found)


@pytest.mark.parametrize("reply", ["", "I cannot do that.", "[1, 2", "[[1]]", '[""]', "[7]", "{}"])
def test_a_reply_in_no_form_is_dropped(candidate: Candidate, reply: str) -> None:
    found = [*rewordings(candidate, reply), *proposals(candidate.world, reply)]
    assert {each.reason for each in found if isinstance(each, Dropped)} == {DropReason.UNREADABLE}


def test_the_first_whole_list_of_a_reply_counts() -> None:
    assert json_list('[see below] then [1, [2]] and ["x"]') == [1, [2]]
    assert json_list("[" * 100_000) is None


def proposed(made: Made, *tasks: dict[str, Any]) -> None:
    world = next(iter(made.worlds.values()))
    for found in proposals(world, json.dumps(tasks)):
        assert isinstance(found, Candidate)
        made.add(found)


def test_proposals_pass_the_same_door(made: Made) -> None:
    world = next(iter(made.worlds.values()))
    key, good = next(iter(world.domain.database["goods"].items()))
    look = {"name": "get_good", "arguments": {"good_id": key}}
    wish = f"How dear is article {key}?"
    right = {"instruction": wish, "calls": [look], "say": [good["price"]]}
    made.candidates.clear()
    proposed(
        made,
        right,
        {**right, "instruction": wish.upper()},
        {**right, "instruction": f"And {key}?", "say": ["nothing of the kind"]},
        {**right, "instruction": "How dear is that article?"},
        {**right, "calls": [{"name": "get_good", "arguments": {}}]},
    )
    (kept,) = made.candidates.values()
    assert (kept.instruction, kept.source) == (wish, "proposed")
    for reason in (DropReason.DUPLICATE, DropReason.UNKNOWN_WORDS, DropReason.UNKNOWN_VALUE,
                   DropReason.GOLDEN_FAILS):  # fmt: skip
        assert made.dropped[reason] >= 1


def test_what_was_answered_is_not_asked_again(
    made: Made, server: OpenAIServer, tmp_path: Path
) -> None:
    server.script(plain("[]"))
    assert ask(made, server, tmp_path) == Asked(0)
    num_asked = len(server.requests)
    assert num_asked == 12 + 2
    assert ask(made, server, tmp_path) == Asked(0)
    assert len(server.requests) == num_asked


def test_a_torn_line_is_asked_again_and_nothing_else(
    made: Made, server: OpenAIServer, tmp_path: Path
) -> None:
    server.script(plain("[]"))
    ask(made, server, tmp_path)
    ledger, num_asked = tmp_path / "replies.jsonl", len(server.requests)
    ledger.write_bytes(ledger.read_bytes()[:-5])
    assert ask(made, server, tmp_path) == Asked(0)
    assert len(server.requests) == num_asked + 1
    assert all(json.loads(line)["reply"] == "[]" for line in ledger.read_text().splitlines())


def test_an_expert_that_fails_is_given_up_and_asked_later(
    made: Made, server: OpenAIServer, tmp_path: Path
) -> None:
    server.script(plain("[]"), refused(401, "no such key"))
    asked = ask(made, server, tmp_path)
    assert asked.unanswered == 13
    assert "no such key" in (asked.failure or "")
    assert len(server.requests) == 1 + 3
    server.script(plain("[]"))
    assert ask(made, server, tmp_path) == Asked(0)


def test_the_ledger_names_a_line_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text('{"key": "a", "reply": ""}\nnonsense\n')
    with pytest.raises(UsageError, match=r"replies\.jsonl: line 2: is no answer"):
        Ledger(path)
