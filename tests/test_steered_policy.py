"""A steered choice: read from the model, tilted by the preference, and only then written."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.domain_reader import DomainReader
from orchestra_cli.engines.base import Completion, Engine, Message, Request, Sampling, Scores
from orchestra_cli.options import OWN_ANSWER, beginnings, options_of
from orchestra_cli.policy import Decision, ModelPolicy, State, Task
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.steered_policy import SteeredPolicy
from orchestra_cli.steering import Steering
from orchestra_cli.trajectory import Turn
from prefs.presets import load_presets
from prefs.profile import Profile
from prefs.vector import PreferenceVector
from tools.base import Buffers, JsonObject, Observation, ToolCall, Usage
from tools.experts import ExpertCard
from tools.prices import FREE, FlatPrice

PYTHON: JsonObject = {
    "name": "python",
    "description": "Runs.",
    "parameters": {"type": "object", "properties": {"code": {"type": "string"}}},
}
DEAR = ExpertCard("dear", "m", price=FlatPrice(5.0, 25.0), latency_s=30, success_rate=0.8)
MINI = ExpertCard("mini", "m", price=FlatPrice(0.25, 2.0), latency_s=6, success_rate=0.72)
OWN = ExpertCard("small", "m", price=FREE, success_rate=0.3)
CARDS = {"answer-1": DEAR, "answer-2": MINI}
GREEDY = Sampling()
USED = Usage("orchestrator", input_tokens=10, output_tokens=2)
WEIGHED = Usage("orchestrator", calls=0, input_tokens=100, latency_s=0.1)


def answer_function(*aliases: str) -> JsonObject:
    model = {"type": "string", "enum": list(aliases)}
    parameters = {"type": "object", "properties": {"model": model}}
    return {"name": "answer", "description": "Answers.", "parameters": parameters}


FUNCTIONS = (PYTHON, answer_function("answer-1", "answer-2"))


@dataclass
class Model:
    """An engine that thinks as the test says and writes what it is told to."""

    chances: dict[str, float]
    """By what a continuation holds: the probability of the first key that is in it."""
    says: list[str] = field(default_factory=list)
    name: str = "model"
    context_tokens: int = 8_192
    asked: list[Request] = field(default_factory=list)
    scored: list[tuple[str, ...]] = field(default_factory=list)

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        self.asked.append(request)
        said = self.says.pop(0)
        yield said
        return Completion(request.opening + said, USED)

    def score(self, request: Request, continuations: Sequence[str]) -> Scores:
        self.scored.append((request.opening, *continuations))
        return Scores(tuple(self._log(each) for each in continuations), WEIGHED)

    def _log(self, continuation: str) -> float:
        found = (p for key, p in self.chances.items() if key in continuation)
        return math.log(next(found, 1e-9))

    def count_tokens(self, text: str) -> int:
        return len(text) // 4

    def close(self) -> None:
        """Nothing is held."""


class Style:
    name = "test"
    lists_functions = False
    lists_functions = False

    def __init__(self, *, answers_itself: bool) -> None:
        self.answers_itself = answers_itself

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        return ({"role": "user", "content": state.task.question},)

    def reply_tokens(self, engine: Engine) -> int:
        return 99


def profile_of(preset: str, *, beta: float = 20.0) -> Profile:
    weights = load_presets()[preset]
    vector = PreferenceVector(weights.accuracy, weights.cost, weights.latency)
    return Profile(preference=vector, beta=beta)


def chosen(
    model: Model,
    profile: Profile,
    *,
    answers_itself: bool = False,
    sampling: Sampling = GREEDY,
    functions: tuple[JsonObject, ...] = FUNCTIONS,
    force_call: bool = False,
    turns: tuple[Turn, ...] = (),
    hands_over_after_error: bool = False,
) -> Decision:
    inner = ModelPolicy(model, Style(answers_itself=answers_itself), sampling=sampling)
    policy = SteeredPolicy(
        inner, model, Steering(profile, CARDS, OWN), hands_over_after_error=hands_over_after_error
    )
    state = State(
        task=Task("How far?"),
        turns=turns,
        buffers=Buffers(),
        functions=functions,
        force_call=force_call,
    )
    return decided(policy, state)


def decided(policy: SteeredPolicy, state: State) -> Decision:
    choosing = policy.choose(state)
    while True:
        try:
            next(choosing)
        except StopIteration as done:
            decision: Decision = done.value
            return decision


LEANS_DEAR = {"answer-1": 0.6, "answer-2": 0.3, "python": 0.1, "<think>": 0.01, "<tool_call>": 0.9}


@pytest.mark.parametrize(
    ("preset", "beta", "alias"),
    [
        ("balanced", 0.0, "answer-1"),
        ("cheap", 20.0, "answer-2"),
        ("fast", 20.0, "answer-2"),
        ("accurate", 20.0, "answer-1"),
    ],
)
def test_the_preference_moves_the_choice_and_a_slots_call_needs_no_writing(
    preset: str, beta: float, alias: str
) -> None:
    model = Model(LEANS_DEAR)
    decision = chosen(model, profile_of(preset, beta=beta))
    assert decision.call == ToolCall("answer", {"model": alias})
    assert model.asked == []
    assert decision.usage == (WEIGHED,)
    named = {each.candidate.name: each for each in decision.candidates}
    assert named["answer-1"].candidate.probability == pytest.approx(0.6)
    assert sum(each.probability for each in decision.candidates) == pytest.approx(1)
    assert decision.why.startswith(alias)


def test_another_functions_arguments_are_written_under_a_grammar() -> None:
    written = '<tool_call>\n{"name": "python", "arguments": {"code": "1+1"}}\n</tool_call>'
    model = Model({"python": 0.99, "answer": 0.01, "<think>": 0.0001}, [written])
    decision = chosen(model, profile_of("balanced"))
    assert decision.call == ToolCall("python", {"code": "1+1"})
    (request,) = model.asked
    assert (request.force_call, request.forced) == (True, "python")
    assert request.functions == FUNCTIONS  # the prompt, and so its cached prefix, stays the same
    assert decision.usage == (WEIGHED, USED)


def test_an_answer_of_its_own_is_what_is_left_of_calling() -> None:
    chances = {"answer": 0.5, "python": 0.5, "<think>": 0.0001, "<tool_call>": 0.25}
    model = Model(chances, ["About 384,400 km."])
    decision = chosen(model, profile_of("balanced", beta=0.0), answers_itself=True)
    assert decision.answer == "About 384,400 km."
    assert model.asked[0].no_call
    named = {each.candidate.name: each.candidate for each in decision.candidates}
    assert named[OWN_ANSWER].probability == pytest.approx(0.75)
    assert named["python"].probability == pytest.approx(0.25 / 3)
    assert named[OWN_ANSWER].success == 0.3


def test_a_model_that_thinks_is_weighed_after_its_thought() -> None:
    model = Model({**LEANS_DEAR, "<think>": 0.9}, ["<think>Hm.</think>"])
    decision = chosen(model, profile_of("cheap"))
    assert decision.call == ToolCall("answer", {"model": "answer-2"})
    assert decision.thought == "Hm."
    assert model.asked[0].stop_at == ("</think>", "<tool_call>")
    openings = [scored[0] for scored in model.scored]
    assert openings == ["", "<think>Hm.</think>\n\n"]
    assert decision.usage == (WEIGHED, USED, WEIGHED)


def test_a_thought_that_runs_into_a_call_leaves_no_own_answer() -> None:
    model = Model({**LEANS_DEAR, "<think>": 0.9}, ["<think>Hm.<tool_call>"])
    decision = chosen(model, profile_of("cheap"), answers_itself=True)
    assert decision.call == ToolCall("answer", {"model": "answer-2"})
    assert OWN_ANSWER not in [each.candidate.name for each in decision.candidates]
    assert model.scored[1][0] == "<think>Hm."


def test_a_thought_without_an_end_is_a_format_error() -> None:
    model = Model({**LEANS_DEAR, "<think>": 0.9}, ["<think>and on"])
    decision = chosen(model, profile_of("cheap"))
    assert (decision.call, decision.candidates) == (None, ())
    assert decision.error
    assert decision.usage == (WEIGHED, USED)


def test_where_a_call_is_forced_there_is_no_thought_and_no_own_answer() -> None:
    model = Model({**LEANS_DEAR, "<think>": 0.9})
    decision = chosen(model, profile_of("cheap"), answers_itself=True, force_call=True)
    assert decision.call == ToolCall("answer", {"model": "answer-2"})
    assert model.asked == []
    assert OWN_ANSWER not in [each.candidate.name for each in decision.candidates]


@pytest.mark.parametrize(
    ("error", "hands_over", "name"),
    [
        (None, True, OWN_ANSWER),
        ("ValueError: no unit", False, OWN_ANSWER),
        ("ValueError: no unit", True, "answer-1"),
    ],
)
def test_after_a_call_that_failed_an_expert_has_to_answer(
    error: str | None, hands_over: bool, name: str
) -> None:
    """Who has only learned to say what a call has found would make it up."""
    decision = chosen(
        Model({**LEANS_DEAR, "<tool_call>": 0.1}, ["It is 42."]),
        profile_of("balanced", beta=0.0),
        answers_itself=True,
        turns=(ran_python(error),),
        hands_over_after_error=hands_over,
    )
    assert (decision.answer == "It is 42.") is (name == OWN_ANSWER)
    assert (decision.call == ToolCall("answer", {"model": "answer-1"})) is (name == "answer-1")
    if name == "answer-1":
        assert {each.candidate.name for each in decision.candidates} == {"answer-1", "answer-2"}


def test_the_only_expert_is_handed_over_to_unweighed() -> None:
    model = Model(LEANS_DEAR)
    decision = chosen(
        model,
        profile_of("balanced"),
        answers_itself=True,
        functions=(PYTHON, answer_function("answer-1")),
        turns=(ran_python("ValueError: no unit"),),
        hands_over_after_error=True,
    )
    assert decision.call == ToolCall("answer", {"model": "answer-1"})
    assert (model.asked, model.scored, decision.usage) == ([], [], ())


def ran_python(error: str | None) -> Turn:
    return Turn(0, "", tool="python", observation=Observation("42", error=error))


def test_where_there_is_nothing_to_choose_the_model_is_left_alone() -> None:
    written = '<tool_call>\n{"name": "python", "arguments": {"code": "2"}}\n</tool_call>'
    model = Model(LEANS_DEAR, [written])
    decision = chosen(model, profile_of("cheap"), functions=(PYTHON,))
    assert decision.call == ToolCall("python", {"code": "2"})
    assert (model.scored, decision.candidates) == ([], ())


def test_with_temperature_the_choice_is_drawn_as_often_as_it_is_likely() -> None:
    names = [
        chosen(
            Model(LEANS_DEAR),
            profile_of("balanced", beta=0.0),
            sampling=Sampling(temperature=1.0, seed=seed),
            functions=(answer_function("answer-1", "answer-2"),),
        ).call
        for seed in range(600)
    ]
    share = sum(call == ToolCall("answer", {"model": "answer-1"}) for call in names) / len(names)
    assert 0.6 < share < 0.73  # 0.6 of 0.9


def test_a_tool_that_the_user_likes_is_taken() -> None:
    liked = replace(
        profile_of("balanced"),
        preference=PreferenceVector(tools={"python": 1.0, "answer": 0.0}),
    )
    written = '<tool_call>\n{"name": "python", "arguments": {}}\n</tool_call>'
    decision = chosen(Model(LEANS_DEAR, [written]), liked)
    assert decision.call == ToolCall("python", {})


def test_options_are_written_as_the_model_would() -> None:
    options = options_of(FUNCTIONS, own_answer=True)
    assert [option.name for option in options] == ["python", "answer-1", "answer-2", OWN_ANSWER]
    call = '<tool_call>\n{"name": "answer", "arguments": {"model": "answer-'
    assert beginnings(options[:3]) == [
        '<tool_call>\n{"name": "python", "arguments":',
        f"{call}1",
        f"{call}2",
    ]
    assert options[1].text == f'{call}1"}}}}\n</tool_call>'


def test_an_alias_that_another_begins_with_is_told_apart_by_its_quote() -> None:
    options = options_of([answer_function("answer-1", "answer-10")], own_answer=False)
    assert [text[-11:] for text in beginnings(options)] == [' "answer-1"', '"answer-10"']


def test_who_reads_the_domain_pays_for_it_and_chooses_by_it() -> None:
    lawyer = replace(DEAR, success_by_domain={"law": 0.9, "math": 0.1})
    counter = replace(DEAR, name="counter", success_by_domain={"law": 0.1, "math": 0.9})
    cards = {"answer-1": lawyer, "answer-2": counter}
    model = Model({"law": 0.1, "math": 0.8, "answer-1": 0.5, "answer-2": 0.5, "<think>": 1e-6})
    style = BriefStyle(Outlooks(cards, profile_of("balanced")))
    policy = SteeredPolicy(
        ModelPolicy(model, style, sampling=GREEDY),
        model,
        Steering(profile_of("balanced", beta=0.0), cards, OWN),
        reader=DomainReader(model, ["law", "math"]),
    )
    state = State(Task("2 + 2?"), (), Buffers(), FUNCTIONS, force_call=True)
    decision = decided(policy, state)
    assert model.scored[0] == ("", "law", "math")
    assert [line.input_tokens for line in decision.usage].count(100) == 2  # reading, weighing
    user = style.messages(replace(state, domains={"math": 1.0}), model)[1]
    assert "Worth: answer-2" in user["content"]
    without = replace(state, functions=(PYTHON,), task=Task("3 + 3?"))
    model.says.append('<tool_call>\n{"name": "python", "arguments": {"code": "1"}}\n</tool_call>')
    decided(policy, without)
    assert ("", "law", "math") not in model.scored[1:]  # nobody to ask: nothing to read
