"""The preference vector: weights in [0, 1], and nothing changes them afterwards."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefs.vector import PreferenceVector

NAMES = ("accuracy", "cost", "latency")
weights = st.floats(0, 1)
not_weights = st.floats().filter(lambda weight: not 0 <= weight <= 1)


def change(name: str, weight: float) -> PreferenceVector:
    weights: dict[str, Any] = {name: weight}
    return PreferenceVector(**weights)


@given(
    accuracy=weights,
    cost=weights,
    latency=weights,
    tools=st.dictionaries(st.text(), weights, max_size=5),
)
def test_weights_between_0_and_1_are_kept_and_written_as_json(
    accuracy: float, cost: float, latency: float, tools: dict[str, float]
) -> None:
    vector = PreferenceVector(accuracy, cost, latency, tools)
    assert (vector.accuracy, vector.cost, vector.latency) == (accuracy, cost, latency)
    assert vector.tools == tools
    document = json.loads(json.dumps(vector.to_json(), allow_nan=False))
    assert PreferenceVector(**document) == vector


@pytest.mark.parametrize("name", NAMES)
@given(weight=not_weights)
def test_any_other_weight_is_named_and_refused(name: str, weight: float) -> None:
    with pytest.raises(ValueError, match=f"^{name} must lie between 0 and 1, got "):
        change(name, weight)
    with pytest.raises(ValueError, match="^python must lie between 0 and 1, got "):
        PreferenceVector(tools={"search": 0.5, "python": weight})


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, 1.0000001, -5e-324])
def test_the_edges_of_the_range(weight: float) -> None:
    with pytest.raises(ValueError, match="cost must lie between 0 and 1"):
        PreferenceVector(cost=weight)
    assert PreferenceVector(accuracy=0, cost=1, latency=-0.0).cost == 1


def test_a_tool_called_cost_hides_no_wrong_cost() -> None:
    with pytest.raises(ValueError, match="cost must lie between 0 and 1, got 7"):
        PreferenceVector(cost=7, tools={"cost": 0.5})


def test_nothing_changes_a_vector() -> None:
    tools = {"python": 0.5}
    vector = PreferenceVector(tools=tools)
    tools["python"] = 7
    tools["web_search"] = 1
    assert vector.tools == {"python": 0.5}
    with pytest.raises(dataclasses.FrozenInstanceError):
        vector.cost = 0.9  # type: ignore[misc]
    with pytest.raises(TypeError):
        vector.tools["python"] = 0.9  # type: ignore[index]
    vector.to_json()["tools"]["python"] = 9
    assert vector.tools == {"python": 0.5}


def test_a_changed_copy_is_checked_too() -> None:
    vector = PreferenceVector(tools={"python": 0.5})
    assert dataclasses.replace(vector, cost=0.9).tools == vector.tools
    with pytest.raises(ValueError, match="latency"):
        dataclasses.replace(vector, latency=2)


def test_equal_weights_are_equal_vectors() -> None:
    assert PreferenceVector(tools={"a": 1, "b": 0}) == PreferenceVector(tools={"b": 0.0, "a": 1.0})
    assert PreferenceVector() != PreferenceVector(cost=0.4)


# The weight of a tool

TOOLS = {"*": 0.1, "gpt-*": 0.2, "gpt-5*": 0.3, "gpt-5": 0.4, "answer": 0.5}


@pytest.mark.parametrize(
    ("tools", "names", "weight"),
    [
        ({}, ("python",), None),
        ({"python": 0.0}, ("python",), 0.0),
        ({"python": 0.0}, ("pythons",), None),
        (TOOLS, ("gpt-5",), 0.4),
        (TOOLS, ("gpt-5-mini",), 0.3),
        (TOOLS, ("gpt-4",), 0.2),
        (TOOLS, ("python",), 0.1),
        # the expert's own key wins over the function's, a glob too
        (TOOLS, ("answer", "gpt-5"), 0.4),
        (TOOLS, ("answer", "gpt-4"), 0.2),
        (TOOLS, ("answer", "qwen"), 0.5),
        (TOOLS, ("search", "qwen"), 0.1),
        ({"web_*": 1.0}, ("web_search",), 1.0),
        ({"WEB_*": 1.0}, ("web_search",), None),
        ({"a?": 0.2, "?b": 0.7}, ("ab",), 0.2),  # equally long: always the same one
        ({"?b": 0.7, "a?": 0.2}, ("ab",), 0.2),
        ({"llama[8b]": 0.9}, ("llama[8b]",), 0.9),
    ],
)
def test_the_weight_of_a_tool(
    tools: dict[str, float], names: tuple[str, ...], weight: float | None
) -> None:
    assert PreferenceVector(tools=tools).tool_weight(*names) == weight


@given(tools=st.dictionaries(st.text(), weights, max_size=4), names=st.lists(st.text(), max_size=3))
def test_a_tools_weight_is_one_of_those_given(tools: dict[str, float], names: list[str]) -> None:
    weight = PreferenceVector(tools=tools).tool_weight(*names)
    assert weight is None or weight in tools.values()


# The paper's arithmetic


def test_the_papers_example_of_a_confidential_task() -> None:
    names = ["web", "local", "Qwen3-235B", "Llama-70B", "o3-mini", "o3"]
    vector = PreferenceVector(0, 0, 0, {"local": 1, "Qwen3-235B": 1, "Llama-70B": 1})
    assert vector.as_array(names) == (0, 1, 1, 1, 0, 0, 0, 0, 0)


def test_the_order_of_the_array() -> None:
    vector = PreferenceVector(0.9, 0.5, 0.2, {"a": 0.1, "b": 0.7})
    assert vector.as_array(["b", "a", "c"]) == (0.7, 0.1, 0.0, 0.9, 0.5, 0.2)
    assert vector.as_array() == (0.9, 0.5, 0.2)
    assert vector.dot([1, 2, 3]) == pytest.approx(0.9 + 1.0 + 0.6)
    assert vector.dot([10, 1, 2, 3], ["b"]) == pytest.approx(7 + 0.9 + 1.0 + 0.6)


@pytest.mark.parametrize("metrics", [[], [1, 2], [1, 2, 3, 4]])
def test_metrics_of_another_length_are_refused(metrics: list[float]) -> None:
    with pytest.raises(ValueError, match="zip"):
        PreferenceVector().dot(metrics)


def test_a_vector_travels_to_another_process() -> None:
    vector = PreferenceVector(0.5, 0.25, 0.125, {"python": 1.0, "*": 0.5})
    assert pickle.loads(pickle.dumps(vector)) == vector
