"""The vector as sentences, which stay as they are; and sentences read for the obvious."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefs.language import describe, dollars, parse_preference
from prefs.presets import load_presets
from prefs.profile import REMOTE, HardRules
from prefs.steering import Worth
from prefs.vector import PreferenceVector

Vector = PreferenceVector


def said(
    vector: Vector | None = None, never: tuple[str, ...] = (), worth: Worth | None = None
) -> str:
    return describe(vector or Vector(), HardRules(never), worth or Worth())


# In words


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        (Vector(), ""),
        (Vector(tools={"python": 0.5}), ""),
        (Vector(0.3, 1.0, 0.1),
         "Preference: keep the cost low; a right answer matters less than its price."),
        (Vector(0.5, 0.2, 1.0),
         "Preference: be fast; a right answer matters less than its speed."),
        (Vector(1.0, 0.05, 0.02),
         "Preference: a right answer matters most; the cost hardly matters; there is no hurry."),
        (Vector(0.2, 0.9, 0.8),
         "Preference: keep the cost low; be fast; a right answer matters less than its price and "
         "its speed."),
        (Vector(1.0, 0.5, 0.5), "Preference: mind the cost; mind the time."),
        (Vector(1.0, 0.7, 0.69), "Preference: keep the cost low; mind the time."),
        (Vector(0.3, 0.3, 0.1), "Preference: a rough answer will do."),
        (Vector(0.0, 0.0, 0.0),
         "Preference: the cost hardly matters; there is no hurry; a rough answer will do."),
        (Vector(1.0, 0.3, 0.0), "Preference: there is no hurry."),
        (Vector(tools={"local_search": 1.0, "web_search": 0.0}),
         "Preference: use local_search rather than web_search."),
        (Vector(tools={"b": 0.7, "a": 1.0, "c": 0.9}),
         "Preference: use a, b or c where that serves."),
        (Vector(tools={"gpt-*": 0.3, "o3": 0.0}), "Preference: avoid gpt-* and o3."),
        (Vector(tools={f"t{i}": 1.0 for i in range(9)}),
         "Preference: use t0, t1, t2, t3, t4, t5 or 3 more where that serves."),
        (Vector(tools={"a\n\tb": 1.0}), "Preference: use a b where that serves."),
    ],
)  # fmt: skip
def test_the_words_of_a_vector(vector: Vector, words: str) -> None:
    assert said(vector) == words


@pytest.mark.parametrize(
    ("never", "words"),
    [
        (("web_search",), "Never call web_search."),
        (("web_*", "o3", "gpt-5"), "Never call web_*, o3 or gpt-5."),
        ((REMOTE,), "Keep to this machine."),
        (("o3", REMOTE), "Never call o3, and let nothing leave this machine."),
    ],
)
def test_the_words_of_the_rules(never: tuple[str, ...], words: str) -> None:
    assert said(never=never) == words


def test_the_example_of_the_documentation() -> None:
    vector = Vector(0.3, 1.0, 0.1, {"local_search": 1.0, "web_search": 0.0})
    assert said(vector, ("web_search",), Worth(0.5, 25)) == (
        "Preference: keep the cost low; a right answer matters less than its price; a right answer "
        "is worth $0.50; an hour of waiting costs $25; use local_search rather than web_search. "
        "Never call web_search."
    )


def test_every_preset_but_the_balanced_says_something() -> None:
    words = {
        name: said(Vector(p.accuracy, p.cost, p.latency), p.never)
        for name, p in load_presets().items()
    }
    assert words.pop("balanced") == ""
    assert len(set(words.values()) - {""}) == 4


weights = st.floats(0, 1)
names = st.text(alphabet="abc_-*é ", min_size=1, max_size=6)


@given(
    vector=st.builds(
        Vector, weights, weights, weights, st.dictionaries(names, weights, max_size=12)
    ),
    never=st.lists(names | st.just(REMOTE), max_size=9, unique=True),
    worth=st.builds(Worth, st.floats(1e-6, 1e6), st.floats(0, 1e6)),
)
def test_two_short_sentences_at_most(vector: Vector, never: list[str], worth: Worth) -> None:
    words = said(vector, tuple(never), worth)
    assert words == said(Vector(**vector.to_json()), tuple(never), worth)
    assert len(re.findall(r"\.(?: |$)", words)) <= 2
    assert "\n" not in words
    assert len(words) < 500
    assert bool(never) == bool(re.search(r"(^|\. )(Never|Keep to) ", words))


@pytest.mark.parametrize(
    ("amount_usd", "shown"),
    [(0.1, "$0.10"), (0.0025, "$0.0025"), (2.0, "$2"), (1200, "$1,200"), (0, "$0"), (1.5, "$1.50")],
)
def test_dollars(amount_usd: float, shown: str) -> None:
    assert dollars(amount_usd) == shown


# Words read

KNOWN = [
    "python", "local_search", "web_search", "web_page", "ask_user", "search", "answer",
    "enhance_reasoning", "gpt-5", "gpt-5-mini", "o3", "qwen3-32b", "claude", "meta/llama-3.3",
]  # fmt: skip


def understood(text: str) -> str:
    parsed = parse_preference(text, KNOWN)
    return ", ".join(parsed.understood)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", ""),
        # presets
        ("cheap", "cheap"),
        ("The cheapest way, please!", "cheap"),
        ("low-cost", "cheap"),
        ("keep the cost low", "cheap"),
        ("not too expensive", "cheap"),
        ("no expensive models", "cheap"),
        ("save money", "cheap"),
        ("I need it soon", "fast"),
        ("QUICKLY", "fast"),
        ("be careful", "accurate"),
        ("the best you have", "accurate"),
        ("the best price", "cheap"),
        ("balanced", "balanced"),
        ("fast and careful", "fast"),
        ("accurate rather than fast", "accurate"),
        # taken back
        ("no hurry", ""),
        ("not fast", ""),
        ("it doesn't have to be fast", ""),
        ("not fast but accurate", "accurate"),
        ("it need not be cheap", ""),
        ("breakfast", ""),
        ("gpt-5 is too expensive", ""),
        # nothing leaves
        ("offline", "nothing leaves this machine"),
        ("this is private", "nothing leaves this machine"),
        ("confidential data, avoid APIs", "nothing leaves this machine"),
        ("keep it local", "nothing leaves this machine"),
        ("local models only", "nothing leaves this machine"),
        ("no internet", "nothing leaves this machine"),
        ("don’t use the cloud", "nothing leaves this machine"),
        ("it must not leave this machine", "nothing leaves this machine"),
        ("cheap and local", "cheap, nothing leaves this machine"),
        ("not private", ""),
        ("it need not stay offline", ""),
        ("about local restaurants", ""),
        ("local search", "prefer local_search"),
        # prohibitions
        ("not gpt-5", "never gpt-5"),
        ("no GPT 5.", "never gpt-5"),
        ("no gpt5!", "never gpt-5"),
        ("not gpt-5-mini", "never gpt-5-mini"),
        ("not gpt-5-nano", ""),
        ("not gpt-5.1", ""),
        ("not my-gpt-5", ""),
        ("no web search", "never web_search"),
        ("do not search the web", "never web_search"),
        ("without python", "never python"),
        ("don't use python", "never python"),
        ("don’t ever call python", "never python"),
        ("never: web_search", "never web_search"),
        ("do not use gpt-5, o3 or web_search", "never gpt-5, never o3, never web_search"),
        ("neither gpt-5 nor o3", "never gpt-5, never o3"),
        ("anything but claude", "never claude"),
        ("no meta/llama-3.3 please", "never meta/llama-3.3"),
        ("no python and no o3", "never python, never o3"),
        # wishes
        ("python", "prefer python"),
        ("gpt-5 or o3", "prefer gpt-5, prefer o3"),
        ("use python", "prefer python"),
        ("prefer local search to web search", "prefer local_search, avoid web_search"),
        ("use local_search rather than web_search", "prefer local_search, avoid web_search"),
        ("rather o3 than gpt-5", "prefer o3, avoid gpt-5"),
        ("only claude", "prefer claude"),
        ("avoid gpt-5", "avoid gpt-5"),
        ("rather not gpt-5", "avoid gpt-5"),
        ("I would prefer not to use o3", "avoid o3"),
        ("use less gpt-5", "avoid gpt-5"),
        ("no web search unless it is needed", "avoid web_search"),
        ("not gpt-5 but o3", "never gpt-5, prefer o3"),
        ("no web search, use local search", "never web_search, prefer local_search"),
        ("use o3, never use o3", "never o3"),
        # what is not plain
        ("don't hesitate to use gpt-5", "prefer gpt-5"),
        ("don't avoid gpt-5", ""),
        ("not without python", ""),
        ("do not prefer o3", "avoid o3"),
        ("not only gpt-5", ""),
        ("don't answer in French", ""),
        ("never answer with bullet points", ""),
        ("only answer in English", ""),
        ("use python to compute it", "prefer python"),
        ("no python at all", "never python"),
        ("never use web search with gpt-5", "never web_search"),
        ("don't rely on claude", "never claude"),
        ("answer quickly", "fast"),
        ("I asked gpt-5 yesterday and it was wrong", ""),
        ("no jokes about python", ""),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, meaning: str) -> None:
    assert understood(text) == meaning


def test_the_parts_of_what_was_understood() -> None:
    parsed = parse_preference("cheap, offline, use python, avoid o3 and no gpt-5", KNOWN)
    assert parsed.preset == "cheap"
    assert parsed.tools == {"python": 1.0, "o3": 0.0}
    assert parsed.never == ("gpt-5", REMOTE)
    with pytest.raises(TypeError):
        parsed.tools["python"] = 0.0  # type: ignore[index]


words = st.sampled_from(
    ["no", "not", "don't", "never", "avoid", "prefer", "rather", "rather than", "to", "use", "and",
     "or", ",", ".", "but", "cheap", "fast", "offline", "local", "unless", "\n", "(", "'", "’",
     "ſearch", "İ", "K", "\ud800", *KNOWN]
)  # fmt: skip
sentences = st.lists(words | st.text(max_size=4), max_size=10).map(" ".join) | st.text()


@given(text=sentences, known=st.just(KNOWN) | st.lists(st.text(max_size=5), max_size=5))
def test_no_text_raises_and_never_holds_known_names_only(text: str, known: list[str]) -> None:
    parsed = parse_preference(text, known)
    assert set(parsed.never) <= {*known, REMOTE}
    assert set(parsed.tools) <= set(known)
    assert set(parsed.tools.values()) <= {0.0, 1.0}
    assert not set(parsed.tools) & set(parsed.never)
    assert parsed.preset in (None, *load_presets())
    assert bool(parsed.understood) == bool(parsed.preset or parsed.tools or parsed.never)


@given(text=sentences)
def test_without_known_names_no_tool_is_touched(text: str) -> None:
    parsed = parse_preference(text, [])
    assert not parsed.tools
    assert set(parsed.never) <= {REMOTE}


def test_a_long_text_is_read_at_once() -> None:
    parsed = parse_preference("not so very the " * 20_000 + "no gpt-5", KNOWN)
    assert parsed.never == ("gpt-5",)
