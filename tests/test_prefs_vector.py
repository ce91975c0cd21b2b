"""The preference vector: weights in [0, 1], and nothing changes them afterwards."""

from __future__ import annotations

import dataclasses
import json
import math
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
