"""Rollouts by each kind of engine: groups in order, failures as data, nothing drawn twice alike."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from openai_server import OpenAIServer, refused, streamed, tool_call
from tiny_llama import tiny_model, tiny_tokenizer, write_tiny, write_tiny_adapter
from training_episodes import ENVIRONMENTS, KEYS, Chance, replies, rolled

from orchestra_cli.engines.base import Completion, EngineError, Request
from orchestra_cli.engines.remote import RemoteEngine
from orchestra_cli.prompts.template import ChatTemplate
from orchestra_cli.training.environment import Episode
from orchestra_cli.training.rollouts.endpoint import EndpointRollouts, TemplatedEngine
from orchestra_cli.training.rollouts.in_process import InProcessRollouts, NewestAdapter
from orchestra_cli.training.torch_engine import TorchEngine
from orchestra_cli.trajectory import StopReason, Trajectory
from prefs.metrics import RunMetrics
from tools.endpoint import Endpoint


class Moody(Chance):
    """Fails as an engine does, each third time; the fourth time with a bug."""

    count = 0

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        self.count += 1
        if self.count % 3 == 0:
            raise EngineError("out of memory")
        if self.count == 4:
            raise ZeroDivisionError
        return (yield from super().stream(request))


def test_groups_come_in_the_order_of_their_keys() -> None:
    groups = rolled(InProcessRollouts(ENVIRONMENTS, Chance))
    assert [group.episode_key for group in groups] == KEYS
    for group in groups:
        assert len(group.rollouts) == 3
        assert len({rollout.task_id for rollout in group.rollouts}) == 1
        assert len({rollout.samples[0].prompt for rollout in group.rollouts}) == 1
        assert all(rollout.metrics is not None for rollout in group.rollouts)
        assert all(r.is_well_formed and r.has_answer for r in group.rollouts)


def test_every_reply_of_every_rollout_is_drawn_anew() -> None:
    source = InProcessRollouts(ENVIRONMENTS, Chance)
    numbers = [reply for group in rolled(source) for pair in replies(group) for reply in pair]
    digits = ["".join(filter(str.isdigit, reply)) for reply in numbers]
    assert len(digits) == len(set(digits)) == 18
    assert [replies(group) for group in rolled(source)] == [replies(g) for g in rolled(source)]
    (other,) = source.roll(KEYS[:1], group_size=3, sampling_seed=2)
    assert replies(other) != replies(rolled(source)[0])


def test_a_rollout_that_fails_is_data_and_its_siblings_go_on() -> None:
    engine = Moody()
    (group,) = rolled(InProcessRollouts(ENVIRONMENTS, lambda: engine), KEYS[:1], size=5)
    failed = [r for r in group.rollouts if r.metrics is None]
    assert len(group.rollouts) == 5 and 0 < len(failed) < 5
    assert {r.trajectory.stop_reason for r in failed} == {StopReason.FAILED}
    assert "out of memory" in {r.trajectory.error for r in failed}


class Unscored:
    """An environment whose scoring has a bug."""

    name = "unscored"

    def __len__(self) -> int:
        return 1

    def episode(self, index: int, *, seed: int) -> Episode:
        return replace(ENVIRONMENTS["tools"].episode(index, seed=seed), score=self._score)

    def _score(self, trajectory: Trajectory) -> RunMetrics | None:
        raise KeyError("our bug")


def test_what_cannot_be_scored_is_never_0() -> None:
    source = InProcessRollouts({"unscored": Unscored()}, Chance)
    (group,) = rolled(source, [("unscored", 0, 0)])
    assert [rollout.metrics for rollout in group.rollouts] == [None] * 3
    assert all(rollout.trajectory.answer for rollout in group.rollouts)


def test_an_interrupt_goes_through() -> None:
    class Interrupted(Chance):
        def stream(self, request: Request) -> Generator[str, None, Completion]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rolled(InProcessRollouts(ENVIRONMENTS, Interrupted))


# The engines


def test_the_model_under_training_rolls_by_itself() -> None:
    engine = TorchEngine(tiny_model(), tiny_tokenizer(), context_tokens=2500)
    source = InProcessRollouts(ENVIRONMENTS, lambda: engine)
    torch.set_num_threads(1)
    (group,) = rolled(source, KEYS[:1], size=2)
    assert all(rollout.samples for rollout in group.rollouts)
    assert len(set(replies(group))) == 2  # noise, and another noise
    before = engine.evaluated_tokens
    prompt = engine.count_tokens(group.rollouts[0].samples[0].prompt)
    drawn = sum(line.output_tokens for r in group.rollouts for line in r.trajectory.usage)
    read = sum(line.input_tokens for r in group.rollouts for line in r.trajectory.usage)
    assert before < read + drawn - prompt  # the prompt that they share was read once


def test_llama_cpp_takes_the_newest_adapter(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter.gguf"
    base = write_tiny(tmp_path / "base.gguf", tiny_model())
    newest = NewestAdapter(base, adapter, context_tokens=1024)
    request = Request(({"role": "user", "content": "Hi"},))
    try:
        bare = newest().score(request, ["Hello"]).log_likelihoods
        assert newest() is newest()
        write_tiny_adapter(adapter, seed=1)
        first = newest().score(request, ["Hello"]).log_likelihoods
        write_tiny_adapter(adapter, seed=2)
        second = newest().score(request, ["Hello"]).log_likelihoods
        assert len({bare, first, second}) == 3
    finally:
        newest.close()


@pytest.fixture
def endpoint(server: OpenAIServer) -> Iterator[EndpointRollouts]:
    remote = RemoteEngine(Endpoint(server.base_url, "m"), name="m")
    engine = TemplatedEngine(remote, ChatTemplate(None))
    source = EndpointRollouts(ENVIRONMENTS, engine, at_once=4)
    yield source
    source.close()


def test_an_endpoint_rolls_several_at_once(
    server: OpenAIServer, endpoint: EndpointRollouts
) -> None:
    server.script(streamed("It is 7."))
    groups = rolled(endpoint)
    assert [group.episode_key for group in groups] == KEYS
    bodies = [request.body for request in server.requests]
    assert len(bodies) == 9 and len({body["seed"] for body in bodies}) == 9
    assert {body["temperature"] for body in bodies} == {1.0}
    assert replies(groups[0]) == [("It is 7.",)] * 3
    prompt = groups[0].rollouts[0].samples[0].prompt
    assert prompt.startswith("<|im_start|>system\n") and prompt.endswith("assistant\n")


def test_structured_calls_are_written_as_the_model_writes_them(
    server: OpenAIServer, endpoint: EndpointRollouts
) -> None:
    called = streamed(calls=[tool_call("python", {"code": "print(1)"}, id="c1")])
    server.script(called, streamed("1"))
    (group,) = rolled(endpoint, KEYS[:1], size=1)
    assert replies(group) == [
        ('<tool_call>\n{"name": "python", "arguments": {"code": "print(1)"}}\n</tool_call>', "1")
    ]


def test_an_endpoint_that_refuses_is_data(server: OpenAIServer, endpoint: EndpointRollouts) -> None:
    server.script(refused(401, "no key"))
    (group,) = rolled(endpoint, KEYS[:1], size=2)
    assert [rollout.metrics for rollout in group.rollouts] == [None, None]
    assert "401" in (group.rollouts[0].trajectory.error or "")


def test_rollouts_of_many_threads_do_not_mix() -> None:
    source = InProcessRollouts(ENVIRONMENTS, Chance)
    alone = [replies(group) for group in rolled(source)]
    found: list[list[list[tuple[str, ...]]]] = []
    threads = [
        threading.Thread(target=lambda: found.append([replies(g) for g in rolled(source)]))
        for _ in range(3)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [alone] * 3
