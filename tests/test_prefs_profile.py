"""Profiles and their hard rules: what is loaded, what is refused, what a rule forbids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefs.presets import load_presets
from prefs.profile import REMOTE, HardRules, Overrides, Profile, load_profile
from prefs.steering import Worth
from prefs.strict_toml import TomlError
from prefs.vector import PreferenceVector

TWO = """
active = "work"

[profiles.work]
accuracy = 0.9
cost = 1
never = ["web_*", "@remote"]
text = "confidential: prefer what runs here"

[profiles.work.tools]
local_search = 1.0
"my gpt" = 0

[profiles.home]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "profile.toml"


def load(file: Path, toml: str, name: str | None = None) -> Profile:
    file.write_text(toml, encoding="utf-8")
    return load_profile(file, name)


def problem(file: Path, toml: str, name: str | None = None) -> str:
    with pytest.raises(TomlError) as caught:
        load(file, toml, name)
    assert str(caught.value).startswith(f"{file}: ")
    return str(caught.value).removeprefix(f"{file}: ")


def test_the_active_profile(file: Path) -> None:
    assert load(file, TWO) == Profile(
        name="work",
        preference=PreferenceVector(0.9, 1.0, 0.1, {"local_search": 1.0, "my gpt": 0.0}),
        rules=HardRules(("web_*", "@remote")),
        text="confidential: prefer what runs here",
    )


def test_a_named_profile_takes_the_defaults_for_what_it_leaves_out(file: Path) -> None:
    assert load(file, TWO, "home") == Profile(name="home")


@pytest.mark.parametrize("toml", ["", "[profiles.work]\ncost = 0.5", 'active = "default"'])
def test_default_needs_no_table(file: Path, toml: str) -> None:
    assert load(file, toml) == Profile()
    assert load(file, toml, "default") == Profile()


def test_without_a_file_the_default_holds(file: Path) -> None:
    assert load_profile(file) == Profile()
    with pytest.raises(TomlError, match=r"profile\.toml: no profile 'work'$"):
        load_profile(file, "work")


@pytest.mark.parametrize(
    ("toml", "name", "message"),
    [
        (TWO, "wrok", "no profile 'wrok': did you mean work?"),
        (TWO, "zzz", "no profile 'zzz': it has home, work"),
        ('active = "wrk"\n[profiles.work]', None, "no profile 'wrk': did you mean work?"),
        (TWO, "default ", "no profile 'default ': it has home, work"),
        ("[profiles.default]\ncost = 1.5", None,
         "line 2: profiles.default.cost: must be at most 1, got 1.5"),
        ("[profiles.default]\ncost = nan", None,
         "line 2: profiles.default.cost: must be a finite number, got nan"),
        ("[profiles.default]\ncost = '0.5'", None,
         "line 2: profiles.default.cost: must be a number, got '0.5'"),
        ("[profiles.default]\ncost = true", None,
         "line 2: profiles.default.cost: must be a number, got true"),
        ("[profiles.default]\nlatancy = 1", None,
         "line 2: profiles.default.latancy: unknown key: did you mean latency?"),
        ("[profiles.default.tool]\npython = 1", None,
         "line 1: profiles.default.tool: unknown key: did you mean tools?"),
        ("[profiles.a]\n[profiles.a.tools]\npython = -1\n", None,
         "line 3: profiles.a.tools.python: must be at least 0, got -1"),
        ("[profiles.default]\nnever = 'python'", None,
         "line 2: profiles.default.never: must be a list in [ ], got 'python'"),
        ("[profiles.default]\nnever = ['python', 3]", None,
         "line 2: profiles.default.never[1]: must be a string in quotes, got 3"),
        ("[profiles.default]\nnever = ['@remot']", None,
         'line 2: profiles.default.never[0]: must be a name, a glob such as "gpt-*", or "@remote", '
         "got '@remot'"),
        ("[profiles.default]\nnever = ['']", None,
         'line 2: profiles.default.never[0]: must be a name, a glob such as "gpt-*", or "@remote", '
         "got ''"),
        ("[profiles.default]\nright_answer_usd = 0", None,
         "line 2: profiles.default.right_answer_usd: must be more than 0, got 0"),
        ("[profiles.default]\nhour_usd = -1", None,
         "line 2: profiles.default.hour_usd: must be at least 0, got -1"),
        ("[profiles.default]\nbeta = inf", None,
         "line 2: profiles.default.beta: must be a finite number, got inf"),
        ("[profiles.default]\nbetta = 1", None,
         "line 2: profiles.default.betta: unknown key: did you mean beta?"),
        # a profile that is not asked for is checked too
        ("[profiles.home]\ncost = 2", "default",
         "line 2: profiles.home.cost: must be at most 1, got 2"),
    ],
)  # fmt: skip
def test_message(file: Path, toml: str, name: str | None, message: str) -> None:
    assert problem(file, toml, name) == message


def test_what_an_answer_and_an_hour_are_worth(file: Path) -> None:
    toml = "[profiles.default]\nright_answer_usd = 2\nhour_usd = 0\nbeta = 0.5"
    profile = load(file, toml)
    assert (profile.worth, profile.beta) == (Worth(2.0, 0.0), 0.5)
    assert (Profile().worth, Profile().beta) == (Worth(0.10, 5.0), 20.0)


def test_the_document_of_a_profile() -> None:
    profile = Profile(
        "work", PreferenceVector(tools={"python": 1}), HardRules(("gpt-*", REMOTE)), "be brief"
    )
    assert profile.to_json() == {
        "profile": "work",
        "accuracy": 1.0,
        "cost": 0.3,
        "latency": 0.1,
        "tools": {"python": 1},
        "never": ["gpt-*", "@remote"],
        "text": "be brief",
        "right_answer_usd": 0.1,
        "hour_usd": 5.0,
        "beta": 20.0,
    }


@pytest.mark.parametrize(
    ("never", "name", "leaves_machine", "forbidden"),
    [
        ((), "web_search", True, False),
        (("web_search",), "web_search", True, True),
        (("web_search",), "web_search", False, True),
        (("web_search",), "web_searches", True, False),
        (("web_*",), "web_page", True, True),
        (("web_*",), "my_web_page", True, False),
        (("gpt-?",), "gpt-5", True, True),
        (("gpt-?",), "gpt-5-mini", True, False),
        (("gpt-[45]*",), "gpt-4o", True, True),
        (("GPT-*",), "gpt-5", True, False),
        (("*",), "python", False, True),
        (("python", "ask_*"), "ask_user", False, True),
        (("qwen/qwen3-*",), "qwen/qwen3-8b", False, True),
        ((REMOTE,), "anything", True, True),
        ((REMOTE,), "anything", False, False),
        ((REMOTE, "python"), "python", False, True),
        (("@*",), "web_search", True, False),
        (("llama[8b]",), "llama[8b]", False, True),
    ],
)
def test_rules(never: tuple[str, ...], name: str, leaves_machine: bool, forbidden: bool) -> None:
    assert HardRules(never).forbid(name, leaves_machine=leaves_machine) is forbidden


@given(never=st.lists(st.text(max_size=6), max_size=4), name=st.text(max_size=6))
def test_remote_forbids_all_that_leaves_whatever_else_is_ruled(never: list[str], name: str) -> None:
    rules = HardRules((*never, REMOTE))
    assert rules.forbid(name, leaves_machine=True)
    assert rules.forbid(name, leaves_machine=False) == HardRules(tuple(never)).forbid(
        name, leaves_machine=False
    )


# What one run wants otherwise

WORK = Profile(
    "work", PreferenceVector(0.9, 0.5, 0.4, {"python": 0.2}), HardRules(("o3",)), "be brief"
)


def test_no_override_changes_nothing() -> None:
    assert WORK.overridden(Overrides()) == WORK


def test_a_preset_replaces_the_weights_alone() -> None:
    cheap = WORK.overridden(Overrides(preset="cheap"))
    assert cheap.preference == PreferenceVector(0.3, 1.0, 0.1, {"python": 0.2})
    assert (cheap.rules, cheap.text, cheap.worth) == (WORK.rules, WORK.text, WORK.worth)


def test_private_adds_its_rule_and_no_other_preset_takes_it_away() -> None:
    private = WORK.overridden(Overrides(preset="private"))
    assert private.rules.never == ("o3", REMOTE)
    assert private.overridden(Overrides(preset="fast")).rules.never == ("o3", REMOTE)


def test_a_weight_wins_over_a_preset_and_a_preset_over_words() -> None:
    overrides = Overrides(preset="cheap", latency=0.7, prefer="fast")
    assert WORK.overridden(overrides).preference == PreferenceVector(0.3, 1.0, 0.7, {"python": 0.2})
    assert WORK.overridden(Overrides(prefer="fast")).preference.latency == 1.0
    assert WORK.overridden(Overrides(accuracy=0.0)).preference.accuracy == 0.0


def test_words_are_read_and_passed_on() -> None:
    text = "use python, not gpt-5"
    run = WORK.overridden(Overrides(prefer=text), ["python", "gpt-5"])
    assert run.preference.tools == {"python": 1.0}
    assert run.rules.never == ("o3", "gpt-5")
    assert run.text == f"be brief\n{text}"
    assert run.words.endswith(f"\nbe brief\n{text}")


def test_a_wrong_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="cost must lie between 0 and 1"):
        WORK.overridden(Overrides(cost=2))


@given(
    preset=st.sampled_from([None, *load_presets()]),
    prefer=st.sampled_from(["", "no python", "offline", "use o3", "not private, o3 please"]),
    never=st.lists(st.sampled_from(["o3", "python", REMOTE, "gpt-*"]), unique=True),
)
def test_no_override_takes_a_hard_rule_away(
    preset: str | None, prefer: str, never: list[str]
) -> None:
    run = Profile(rules=HardRules(tuple(never))).overridden(
        Overrides(preset, prefer=prefer), ["o3", "python"]
    )
    assert set(never) <= set(run.rules.never)


def test_the_words_of_a_profile() -> None:
    assert Profile().words == ""
    assert Profile(text="be brief").words == "be brief"
    assert Profile(rules=HardRules((REMOTE,)), text="x").words == "Keep to this machine.\nx"


def test_a_profile_comes_back_from_its_json() -> None:
    profile = Profile(
        name="work",
        preference=PreferenceVector(0.5, 0.25, 0.125, {"python": 1.0}),
        rules=HardRules(("gpt-*", "@remote")),
        text="confidential",
        worth=Worth(0.5, 20.0),
        beta=3.0,
    )
    assert Profile.from_json(json.loads(json.dumps(profile.to_json()))) == profile
