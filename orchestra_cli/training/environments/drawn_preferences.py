"""A user's preference, drawn: the presets most often, else weights of nobody in particular.

A right answer always counts for something: with an accuracy weight of 0 the paper's reward would
pay a wrong run as much as a right one.
"""

from __future__ import annotations

from random import Random

from prefs.language import describe
from prefs.presets import load_presets
from prefs.rules import HardRules
from prefs.steering import Worth
from prefs.vector import PreferenceVector

_PRESET_SHARE = 0.75
_LEAST_ACCURACY = 0.3
_PRESETS = {"balanced": 3, "cheap": 1, "fast": 1, "accurate": 1}
"""With how often each is drawn; the default most often, since most users leave it."""


def draw_preference(rng: Random) -> PreferenceVector:
    """Without weights of tools."""
    if rng.random() < _PRESET_SHARE:
        (name,) = rng.choices(list(_PRESETS), list(_PRESETS.values()))
        preset = load_presets()[name]
        return PreferenceVector(preset.accuracy, preset.cost, preset.latency)
    accuracy = rng.uniform(_LEAST_ACCURACY, 1.0)
    return PreferenceVector(round(accuracy, 2), round(rng.random(), 2), round(rng.random(), 2))


def preference_words(preference: PreferenceVector, worth: Worth) -> str:
    """As `orchestra ask` tells the orchestrator."""
    return describe(preference, HardRules(), worth)
