"""Profiles and their hard rules: what is loaded, what is refused, what a rule forbids."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefs.profile import REMOTE, HardRules, Profile, load_profile
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
        # a profile that is not asked for is checked too
        ("[profiles.home]\ncost = 2", "default",
         "line 2: profiles.home.cost: must be at most 1, got 2"),
    ],
)  # fmt: skip
def test_message(file: Path, toml: str, name: str | None, message: str) -> None:
    assert problem(file, toml, name) == message


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
