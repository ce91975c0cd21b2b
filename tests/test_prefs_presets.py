"""The presets are data; the balanced one is what holds where nothing is said."""

from __future__ import annotations

from prefs.presets import load_presets
from prefs.profile import REMOTE
from prefs.vector import PreferenceVector


def test_their_names() -> None:
    assert list(load_presets()) == ["balanced", "cheap", "fast", "accurate", "private"]


def test_all_are_vectors() -> None:
    vectors = {
        n: PreferenceVector(p.accuracy, p.cost, p.latency) for n, p in load_presets().items()
    }
    assert vectors["balanced"] == vectors["private"] == PreferenceVector()
    assert max(vectors, key=lambda name: vectors[name].cost) == "cheap"
    assert max(vectors, key=lambda name: vectors[name].latency) == "fast"
    assert min(vectors, key=lambda name: vectors[name].cost) == "accurate"


def test_private_alone_has_a_rule() -> None:
    assert {n: p.never for n, p in load_presets().items() if p.never} == {"private": (REMOTE,)}
