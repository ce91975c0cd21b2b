"""The sentence that says why an option was chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestra_cli.explain import explain
from prefs.presets import load_presets
from prefs.profile import Profile
from prefs.steering import Candidate, Steered, steer
from prefs.vector import PreferenceVector

DEAR = Candidate("answer-1", 0.70, success=0.80, cost_usd=0.0120, latency_s=30)
MINI = Candidate("answer-2", 0.30, success=0.76, cost_usd=0.0024, latency_s=12)


def profile_of(preset: str) -> Profile:
    weights = load_presets()[preset]
    return Profile(preference=PreferenceVector(weights.accuracy, weights.cost, weights.latency))


def weighed(profile: Profile, *candidates: Candidate) -> tuple[Steered, ...]:
    return steer(candidates, profile.preference, profile.worth, beta=profile.beta)


@pytest.mark.parametrize(
    ("preset", "chosen", "sentence"),
    [
        (
            "cheap",
            "answer-2",
            "answer-2 over answer-1: 5× cheaper, 2.5× faster, 4 points less likely to be right; "
            "your cost weight decides",
        ),
        (
            "fast",
            "answer-2",
            "answer-2 over answer-1: 5× cheaper, 2.5× faster, 4 points less likely to be right; "
            "your latency weight decides",
        ),
        (
            "accurate",
            "answer-1",
            "answer-1 over answer-2: 5× dearer, 2.5× slower, 4 points more likely to be right; "
            "the model's own choice",
        ),
        (
            "accurate",
            "answer-2",
            "answer-2 over answer-1: 5× cheaper, 2.5× faster, 4 points less likely to be right; "
            "drawn by chance",
        ),
    ],
)
def test_sentence(preset: str, chosen: str, sentence: str) -> None:
    profile = profile_of(preset)
    assert explain(chosen, weighed(profile, DEAR, MINI), profile) == sentence


def test_accuracy_decides_against_the_model() -> None:
    profile = profile_of("accurate")
    unlikely = replace(DEAR, probability=0.2)
    likely = replace(MINI, probability=0.8)
    assert explain("answer-1", weighed(profile, unlikely, likely), profile).endswith(
        "; your accuracy weight decides"
    )


def test_a_tools_weight_decides() -> None:
    profile = Profile()
    liked = Candidate("local_search", 0.1, 0.7, 0.001, 5, tool_weight=1.0)
    likelier = Candidate("web_search", 0.9, 0.7, 0.001, 5)
    assert explain("local_search", weighed(profile, liked, likelier), profile) == (
        "local_search over web_search: no difference in what is expected; "
        "your weight for local_search decides"
    )
    disliked = replace(likelier, tool_weight=0.0)
    plain = replace(liked, tool_weight=None)
    assert explain("local_search", weighed(profile, plain, disliked), profile).endswith(
        "; your weight for web_search decides"
    )


def test_what_costs_nothing_is_free() -> None:
    profile = profile_of("cheap")
    free = Candidate("answer-2", 0.5, 0.5, 0.0, 12)
    other = replace(DEAR, probability=0.5)
    sentence = explain("answer-2", weighed(profile, other, free), profile)
    assert sentence.startswith("answer-2 over answer-1: free, 2.5× faster, 30 points less likely")
    assert "answer-1 over answer-2: dearer, " in explain(
        "answer-1", weighed(profile, other, free), profile
    )


def test_without_a_choice_there_is_nothing_to_say() -> None:
    profile = Profile()
    assert explain("answer-1", weighed(profile, DEAR), profile) == ""
    assert explain("answer-9", weighed(profile, DEAR, MINI), profile) == ""
    assert explain("answer-1", (), profile) == ""
