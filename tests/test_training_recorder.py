"""What a run leaves to learn from: prompts as the model reads them, replies as it writes them."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from llama_requests import SEARCH, engine_over
from scripted import ScriptedPolicy
from tiny_llama import tiny_model, write_tiny
from training_episodes import TemplateEngine, play, tools_environment

from orchestra_cli.engines.base import Sampling
from orchestra_cli.engines.llama import LlamaEngine
from orchestra_cli.parsing import parse_reply
from orchestra_cli.policy import Decision, State, Task
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.training.environment import Golden
from orchestra_cli.training.recorder import GoldenPolicy, RecordingPolicy, SampledPolicy
from orchestra_cli.training.rollout import Sample
from tools.accept import AcceptTool
from tools.base import Buffers, ToolCall

SUM = tools_environment("sum").episode(0, seed=0)
GREETING = tools_environment("greeting").episode(0, seed=0)
CODE = '<tool_call>\n{"name": "python", "arguments": {"code": "print(1)"}}\n</tool_call>'


def model(*replies: str, truncated: bool = False) -> SampledPolicy:
    engine = TemplateEngine(*replies, truncated=truncated)
    return SampledPolicy(engine, BriefStyle(), sampling=Sampling(temperature=1.0))


def drained(choosing: Generator[str, None, Decision]) -> Decision:
    while True:
        try:
            next(choosing)
        except StopIteration as done:
            decision: Decision = done.value
            return decision


def samples_of(*replies: str) -> list[Sample]:
    return play(SUM, model(*replies))[1].samples


def test_every_reply_is_a_sample_with_the_prompt_that_it_answers() -> None:
    first, second = samples_of(CODE, "It is 1.")
    assert (first.reply, second.reply) == (CODE, "It is 1.")
    assert first.prompt.endswith("<|im_start|>assistant\n") and "Output: 1" not in first.prompt
    assert "print(1)\nOutput: 1" in second.prompt
    assert SUM.asked.problem_with_preference in first.prompt
    assert first.is_legal and first.ended and second.is_legal and second.ended


def test_a_format_error_is_a_sample_of_its_own() -> None:
    bad, good = samples_of('<tool_call>\n{"name": "nothing", "arguments": {}}\n</tool_call>', "1")
    assert (bad.is_legal, good.is_legal) == (False, True)
    assert "there is no function" in good.prompt and "there is no function" not in bad.prompt


def test_a_call_that_is_no_json_is_illegal() -> None:
    assert [each.is_legal for each in samples_of("<tool_call>\n{oops", "1")] == [False, True]


def test_a_reply_that_was_cut_has_not_ended() -> None:
    _, recording = play(
        SUM, model("The sum of", "the two", "is", CODE, *"12345678", truncated=True)
    )
    assert not any(each.ended for each in recording.samples)
    assert [each.is_legal for each in recording.samples[:4]] == [False, False, False, True]


def test_options_are_whole_calls() -> None:
    accept = AcceptTool()
    attempts = ["attempt-1", "attempt-2"]
    function = {
        "name": "accept",
        "description": "",
        "parameters": {
            "type": "object",
            "properties": {"attempt": {"type": "string", "enum": attempts}},
        },
    }
    state = State(SUM.asked, (), Buffers(), (function,), tools=(accept,))
    call = ToolCall("accept", {"attempt": "attempt-2"})
    recording = RecordingPolicy(GoldenPolicy(Golden((call,))), BriefStyle(), TemplateEngine())
    drained(recording.choose(state))
    (sample,) = recording.samples
    assert len(sample.options) == 2 and sample.options[1] == sample.reply
    assert parse_reply(sample.options[0]).calls == (ToolCall("accept", {"attempt": "attempt-1"}),)


def test_no_options_where_something_is_left_to_write() -> None:
    assert samples_of(CODE, "1")[0].options == ()


def test_a_golden_run_is_written_as_the_model_should() -> None:
    assert SUM.golden is not None
    trajectory, recording = play(SUM, GoldenPolicy(SUM.golden))
    call, answer = recording.samples
    assert call.reply.startswith('<tool_call>\n{"name": "python", "arguments": {"code": "print(')
    assert call.reply.endswith('"}}\n</tool_call>')
    assert parse_reply(call.reply).calls == SUM.golden.calls
    assert answer.reply == trajectory.answer == SUM.golden.answer


def test_letters_of_any_language_stay_as_they_are() -> None:
    call = ToolCall("local_search", {"query": "Zürich 東京"})
    recording = play(SUM, GoldenPolicy(Golden((call,), "Grüße")))[1]
    assert "Zürich 東京" in recording.samples[0].reply


def test_golden_calls_that_end_nothing_are_an_error() -> None:
    call = ToolCall("python", {"code": "1"})
    trajectory, recording = play(SUM, GoldenPolicy(Golden((call,))))
    assert trajectory.answer is None or trajectory.stop_reason != "answered"
    assert not recording.samples[-1].is_legal


def test_rules_and_scripts_are_recorded_too() -> None:
    trajectory, recording = play(GREETING, ScriptedPolicy([Decision(answer="Hi", reply="Hi")]))
    assert (trajectory.answer, recording.name) == ("Hi", "scripted")
    assert [each.reply for each in recording.samples] == ["Hi"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    path = write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf", tiny_model())
    with engine_over(path, context=2048) as engine:
        yield engine


@pytest.mark.parametrize("style", [BriefStyle(), ChatStyle()], ids=lambda style: style.name)
def test_the_prompt_is_what_the_engine_evaluates(
    engine: LlamaEngine, style: BriefStyle | ChatStyle
) -> None:
    policy = SampledPolicy(engine, style, sampling=Sampling(), max_tokens=2)
    recording = RecordingPolicy(policy, style, engine)
    state = State(Task("Hello!"), (), Buffers(), (SEARCH,), tools=(AcceptTool(),))
    decision = drained(recording.choose(state))
    prompt = recording.samples[0].prompt
    assert decision.usage[0].input_tokens == engine.count_tokens(prompt)
    assert ("# Tools" in prompt) is (style.name == "chat")
