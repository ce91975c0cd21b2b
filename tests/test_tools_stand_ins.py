"""The next expert of the role stands in where a provider fails, and the view says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from expert_calls import IMPATIENT, card, context
from openai_server import OpenAIServer, Reply, delta, events, plain, raw, refused, streamed
from scripted_searcher import Searcher

from tools.base import Observation, ToolError
from tools.budget import Budget
from tools.endpoint import Endpoint
from tools.endpoint_expert import EndpointExpert
from tools.experts import Expert
from tools.prices import FREE, FlatPrice, Price
from tools.slots import AnswerSlot, SearchSlot

GOOD = streamed("Rossini", tokens=(100, 10))
DOWN = refused(503, "no capacity")
PRICE = FlatPrice(1.0, 2.0)


@dataclass
class Staff:
    """An expert for each letter, each behind a server of its own."""

    servers: dict[str, OpenAIServer] = field(default_factory=dict)

    def expert(
        self, name: str, *replies: Reply, price: Price | None = PRICE, leaves_machine: bool = True
    ) -> Expert:
        server = self.servers[name] = OpenAIServer()
        server.__enter__()
        server.script(*replies)
        known = card(name, price=price, leaves_machine=leaves_machine)
        at = Endpoint(server.base_url, "m", stall_timeout_s=0.05)
        return EndpointExpert(known, at, patience=IMPATIENT)

    @property
    def asked(self) -> dict[str, int]:
        return {name: len(server.requests) for name, server in self.servers.items()}

    def close(self) -> None:
        for server in self.servers.values():
            server.__exit__(None, None, None)


@pytest.fixture
def staff() -> Iterator[Staff]:
    staff = Staff()
    yield staff
    staff.close()


def answer(
    *experts: Expert, alias: str = "answer-1", cap_usd: float | None = None
) -> tuple[Observation, str]:
    """(what the slot saw, what was shown meanwhile)."""
    shown: list[str] = []
    told = context(emit=shown.append, budget=Budget(cap_usd))
    return AnswerSlot(experts).run({"model": alias}, told), "".join(shown)


def test_the_next_one_answers_and_it_is_said(staff: Staff) -> None:
    seen, shown = answer(staff.expert("a", DOWN), staff.expert("b", GOOD))
    assert seen.attempt == "Rossini" and seen.error is None
    (note,) = seen.notes
    assert note.startswith("a: 127.0.0.1:") and note.endswith("no capacity: b stands in")
    assert f"\n[{note}]\n" in shown and shown.endswith("Rossini")
    assert "trying again in" in shown
    assert staff.asked == {"a": 2, "b": 1}
    first, second = seen.usage
    assert (first.who, first.calls, first.cost_usd) == ("a", 0, 0.0)
    assert first.latency_s > 0.01, "its seconds were spent"
    assert second.who == "b" and second.cost_usd == pytest.approx(120e-6)


def test_they_stand_in_in_their_order_and_start_again_from_the_first(staff: Staff) -> None:
    experts = [staff.expert("a", GOOD), staff.expert("b", DOWN), staff.expert("c", DOWN)]
    seen, _ = answer(*experts, alias="answer-2")
    assert [note.rpartition(": ")[2] for note in seen.notes] == ["c stands in", "a stands in"]
    assert staff.asked == {"a": 1, "b": 2, "c": 2}


def test_a_mended_try_is_told_with_the_answer(staff: Staff) -> None:
    seen, shown = answer(staff.expert("a", DOWN, GOOD), staff.expert("b", GOOD))
    assert seen.attempt == "Rossini"
    (note,) = seen.notes
    assert "no capacity; tried again after" in note and "stands in" not in note
    assert "trying again in" in shown
    assert staff.asked == {"a": 2, "b": 0}


def test_half_a_thought_does_not_hide_the_rest(staff: Staff) -> None:
    """The connection breaks inside `<think>`; the second reply has no thought at all."""
    broken = streamed("<think>let me", ending="cut")
    seen, shown = answer(staff.expert("a", broken, GOOD))
    assert seen.attempt == "Rossini"
    assert "let me" not in shown
    assert "trying again" in shown and shown.endswith("Rossini")


@pytest.mark.parametrize("fails", [True, False])
def test_an_expert_on_this_machine_is_never_replaced_by_one_that_is_not(
    staff: Staff, fails: bool
) -> None:
    local = staff.expert("here", DOWN, price=FREE, leaves_machine=False)
    remote = staff.expert("there", GOOD)
    also_local = staff.expert("here-too", DOWN if fails else GOOD, price=FREE, leaves_machine=False)
    slot = AnswerSlot([local, remote, also_local])
    assert not slot.leaves_machine({"model": "answer-1"})
    if fails:
        with pytest.raises(ToolError, match="here: .*here-too stands in; here-too: "):
            slot.run({"model": "answer-1"}, context())
    else:
        assert slot.run({"model": "answer-1"}, context()).attempt == "Rossini"
    assert staff.asked["there"] == 0


def test_a_remote_expert_may_be_replaced_by_a_local_one(staff: Staff) -> None:
    local = staff.expert("here", GOOD, price=FREE, leaves_machine=False)
    seen, _ = answer(staff.expert("there", DOWN), local)
    assert "here stands in" in seen.notes[0]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (raw(b'data: {"choices": [{"de'), "no chat completion"),
        (raw(b'{"choices": [{"mess', content_type="application/json"), "no chat completion"),
        (events({"choices": []}, "[DONE]"), "empty reply"),
        (plain(None), "empty reply"),
        (plain(""), "empty reply"),
        (streamed("<think>all of it</think>"), "empty reply"),
        (events({"type": "response.created"}, {"type": "response.done"}), "no chat completion"),
        (events({"type": "response.created"}, "[DONE]"), "no chat completion"),
        (raw(b'{"output": [{"text": "Rossini"}]}', content_type="application/json"), "no chat"),
        (raw(b'["Rossini"]', content_type="application/json"), "no chat completion"),
        (raw(b"<html>hello</html>", content_type="text/html"), "no chat completion"),
    ],
)
def test_what_the_provider_says_wrongly_is_an_observation(
    staff: Staff, reply: Reply, words: str
) -> None:
    """Not asked again, and nobody stands in: the provider works."""
    with pytest.raises(ToolError, match=words) as caught:
        answer(staff.expert("a", reply), staff.expert("b", GOOD))
    assert staff.asked == {"a": 1, "b": 0}
    (line,) = caught.value.usage
    assert line.who == "a" and line.calls == 1 and line.input_tokens > 0


def test_strange_events_among_good_ones_are_passed_over(staff: Staff) -> None:
    ping = {"type": "ping"}
    seen, _ = answer(staff.expert("a", events(ping, delta(content="Rossini"), ping, delta("stop"))))
    assert seen.attempt == "Rossini"


def test_when_all_fail_every_word_and_every_cent_is_told(staff: Staff) -> None:
    experts = [
        staff.expert("a", refused(401, "who are you")),
        staff.expert("b", streamed("x" * 40, ending="cut")),
        staff.expert("c", DOWN),
    ]
    with pytest.raises(ToolError) as caught:
        answer(*experts)
    words = str(caught.value)
    assert "\n" not in words
    for part in ("who are you: b stands in", "broke off", "c stands in; c: ", "no capacity"):
        assert part in words
    assert [line.who for line in caught.value.usage] == ["a", "b", "c"]
    assert [line.calls for line in caught.value.usage] == [0, 2, 0]
    assert caught.value.usage[1].output_tokens == 20
    assert staff.asked == {"a": 1, "b": 2, "c": 2}


def test_nobody_stands_in_when_the_time_is_over(staff: Staff) -> None:
    slow = staff.expert("a", Reply((b": ping\n",) * 99, pause_s=0.02))
    slot = AnswerSlot([slow, staff.expert("b", GOOD)])
    with pytest.raises(ToolError, match="a was stopped before its reply was whole") as caught:
        slot.run({"model": "answer-1"}, context(deadline=time.monotonic() + 0.2))
    assert staff.asked["b"] == 0
    assert caught.value.usage[0].estimated


def test_under_a_limit_one_that_can_be_paid_for_stands_in(staff: Staff) -> None:
    """Also where the first has spent what was left; one of unknown price is never asked."""
    dear = staff.expert("dear", streamed("x", ending="cut"), price=FlatPrice(1.0, 500.0))
    unknown = staff.expert("unknown", GOOD, price=None)
    free = staff.expert("free", GOOD, price=FREE)
    seen, _ = answer(dear, unknown, free, cap_usd=0.05)
    assert seen.attempt == "Rossini"
    assert any("unknown: its price is not known" in note for note in seen.notes)
    assert staff.asked == {"dear": 1, "unknown": 0, "free": 1}


def test_an_expert_with_two_aliases_is_asked_once(staff: Staff) -> None:
    down = staff.expert("a", DOWN)
    with pytest.raises(ToolError):
        AnswerSlot([down], math_experts=[down]).run({"model": "answer-math-1"}, context())
    assert staff.asked == {"a": 2}


def test_a_searcher_gets_the_stand_ins_query(staff: Staff) -> None:
    experts = [staff.expert("a", DOWN), staff.expert("b", streamed("<query>Rossini</query>"))]
    searcher = Searcher({"Rossini": ("doc",)})
    seen = SearchSlot(experts, [searcher]).run({"model": "search-1"}, context())
    assert seen.documents == ("doc",)
    assert "b stands in" in seen.notes[0]
