"""`orchestra prefs`: what it prints, what it saves, what it refuses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest
import typer
from orchestra_command import environment, write_profile

from orchestra_cli import cli
from orchestra_cli.commands import prefs
from orchestra_cli.commands.prefs_edit import _TEMPLATE
from orchestra_cli.config import load_user_profile, profile_path
from orchestra_cli.views.preference_bars import render_profile
from prefs.language import describe
from prefs.presets import load_presets
from prefs.profile import REMOTE, HardRules, Profile
from prefs.steering import Worth
from prefs.vector import PreferenceVector

RUN = """
import sys
from test_commands_prefs import make_app
from orchestra_cli import cli
cli.app = make_app()
sys.exit(cli.run(["prefs", *sys.argv[1:]]))
"""


def make_app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    app.add_typer(prefs.app, name="prefs")
    return app


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


class Prefs:
    """The command in this process, its standard output a pipe."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setattr(cli, "app", make_app())
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        code = cli.run(["prefs", *arguments])
        captured = self._capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def ok(self, *arguments: str) -> Done:
        done = self(*arguments)
        assert done.code == 0, done.stderr
        return done


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prefs:
    return Prefs(monkeypatch, capsys)


def saved() -> Any:
    return tomllib.loads(profile_path().read_text(encoding="utf-8"))


def editor(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """An $EDITOR that is a Python program over `text`, the content of the copy."""
    script = Path(profile_path().parents[1].parent / "editor.py")
    script.write_text(
        "import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\n"
        f"text = file.read_text()\n{program}\nfile.write_text(text)\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")


def copies() -> list[Path]:
    return sorted(p for p in profile_path().parent.glob("profile.*.toml"))


# set


@pytest.mark.parametrize("preset", list(load_presets()))
def test_each_preset_has_its_option(run: Prefs, preset: str) -> None:
    done = run.ok("set", f"--{preset}")
    assert done.stdout == ""
    assert done.stderr.startswith("default: accuracy ")
    assert load_user_profile(None) == Profile()._with_preset(load_presets()[preset])


def test_everything_at_once(run: Prefs) -> None:
    run.ok(
        "set", "--cheap", "--accuracy", "0.9", "--latency", "1", "--tool", "local_search=1",
        "--tool", "gpt-*=0.25", "--tool", "a=b=0", "--never", "web_*", "--never", REMOTE,
        "--text", "prefer what runs here", "--right-answer-usd", "0.5", "--hour-usd", "0",
        "--beta", "3", "--profile", "work",
    )  # fmt: skip
    assert load_user_profile("work") == Profile(
        "work",
        PreferenceVector(0.9, 1.0, 1.0, {"local_search": 1.0, "gpt-*": 0.25, "a=b": 0.0}),
        HardRules(("web_*", REMOTE)),
        "prefer what runs here",
        Worth(0.5, 0.0),
        3.0,
    )
    assert load_user_profile(None) == Profile()  # another profile is the active one


def test_what_is_not_named_stays_and_what_is_taken_away_goes(run: Prefs) -> None:
    run.ok("set", "--cost", "0.5", "--tool", "a=1", "--tool", "b=0", "--never", "o3")
    run.ok("set", "--latency", "0.5", "--tool", "a=", "--allow", "o3")
    assert saved() == {"profiles": {"default": {"cost": 0.5, "latency": 0.5, "tools": {"b": 0.0}}}}


def test_the_active_profile_is_set(run: Prefs) -> None:
    run.ok("set", "--profile", "work")
    run.ok("use", "work")
    run.ok("set", "--fast")
    assert load_user_profile("work").preference.latency == 1.0
    assert load_user_profile("default").preference == PreferenceVector()


def test_private_stays_private_until_it_is_allowed(run: Prefs) -> None:
    run.ok("set", "--private")
    done = run.ok("set", "--cheap")
    assert "still private" in done.stderr
    assert load_user_profile(None).rules.never == (REMOTE,)
    assert "still private" not in run.ok("set", "--cheap", "--allow", REMOTE).stderr
    assert load_user_profile(None).rules.never == ()


def test_a_rule_that_is_not_there_is_said(run: Prefs) -> None:
    assert "--allow o3: there was no such rule" in run.ok("set", "--allow", "o3").stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "nothing to set"),
        (("--cheap", "--fast"), "--cheap and --fast: choose one"),
        (("--cost", "1.5"), "--cost"),
        (("--cost", "nan"), "--cost"),
        (("--right-answer-usd", "0"), "--right-answer-usd must be a number, more than 0, got 0"),
        (("--hour-usd", "-1"), "--hour-usd must be a number, at least 0"),
        (("--beta", "inf"), "--beta must be a number, at least 0, got inf"),
        (("--tool", "python"), "--tool must be NAME=WEIGHT"),
        (("--tool", "=1"), "--tool must be NAME=WEIGHT"),
        (("--tool", "python=2"), "--tool must be NAME=WEIGHT"),
        (("--tool", "python=nan"), "--tool must be NAME=WEIGHT"),
        (("--tool", "python=much"), "--tool must be NAME=WEIGHT"),
        (("--never", "@remot"), '--never must be a name, a glob such as "gpt-*", or "@remote"'),
        (("--never", ""), "--never must be a name"),
        (("--text", "\udcff"), "--text is not UTF-8 text"),
        (("--cheap", "--profile", " "), "--profile must be a name"),
        (("--cheap", "--profile", "a\nb"), "--profile must be a name"),
    ],
)
def test_what_cannot_be_set(run: Prefs, arguments: tuple[str, ...], complaint: str) -> None:
    done = run("set", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert not profile_path().exists()


@pytest.mark.parametrize(
    "arguments", [("set", "--cheap"), ("show",), ("list",), ("use", "default"), ("reset",)]
)
def test_a_broken_file_is_left_alone(run: Prefs, arguments: tuple[str, ...]) -> None:
    path = write_profile("[profiles.default]\ncosts = 1\n")
    done = run(*arguments)
    assert (done.code, done.stdout) == (3, "")
    assert f"{path}: line 2: profiles.default.costs: unknown key: did you mean cost?" in done.stderr
    assert path.read_text(encoding="utf-8") == "[profiles.default]\ncosts = 1\n"


def test_an_active_profile_that_is_not_there_is_not_made(run: Prefs) -> None:
    path = write_profile('active = "wrok"\n[profiles.work]\n')
    done = run("set", "--cheap")
    assert (done.code, "did you mean work?" in done.stderr) == (3, True)
    assert path.read_text(encoding="utf-8") == 'active = "wrok"\n[profiles.work]\n'
    run.ok("use", "work")
    run.ok("set", "--cheap")


def test_comments_are_said_to_be_kept(run: Prefs) -> None:
    path = write_profile("# mine\n")
    backup = path.with_name("profile.toml.bak")
    assert f"comments of profile.toml are kept in {backup}" in run.ok("set", "--cheap").stderr
    assert backup.read_text(encoding="utf-8") == "# mine\n"
    assert "kept in" not in run.ok("set", "--fast").stderr


# show, list, use, reset, path


@pytest.mark.parametrize("arguments", [("show",), ("show", "--json")])
def test_json_in_a_pipe(run: Prefs, arguments: tuple[str, ...]) -> None:
    run.ok("set", "--cheap", "--never", "web_search", "--text", "é\x1b")
    done = run.ok(*arguments)
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "profile": "default",
        "accuracy": 0.3,
        "cost": 1.0,
        "latency": 0.1,
        "tools": {},
        "never": ["web_search"],
        "text": "é\x1b",
        "right_answer_usd": 0.1,
        "hour_usd": 5.0,
        "beta": 20.0,
        "words": "Preference: keep the cost low; a right answer matters less than its price. "
        "Never call web_search.\né\x1b",
        "active": True,
        "path": str(profile_path()),
    }


def test_without_a_file_the_defaults_are_shown(run: Prefs, home: Path) -> None:
    assert json.loads(run.ok("show").stdout)["words"] == ""
    assert run.ok("list").stdout == "* default\n"
    assert not home.exists()


def test_list_and_use(run: Prefs) -> None:
    run.ok("set", "--profile", "work", "--cheap")
    run.ok("set", "--profile", "at home", "--fast")
    assert run.ok("use", "work").stderr == "work is the active profile\n"
    assert run.ok("list").stdout == "  at home\n  default\n* work\n"
    assert json.loads(run.ok("list", "--json").stdout) == [
        {"name": "at home", "active": False},
        {"name": "default", "active": False},
        {"name": "work", "active": True},
    ]
    assert json.loads(run.ok("show", "--profile", "at home").stdout)["active"] is False
    run.ok("use", "default")
    assert run("use", "wrok").code == 3
    assert "did you mean work?" in run("show", "-p", "wrok").stderr
    assert load_user_profile(None).name == "default"


def test_reset(run: Prefs) -> None:
    run.ok("set", "--private", "--tool", "a=1", "--beta", "0")
    run.ok("set", "--profile", "work", "--cheap")
    assert run.ok("reset").stderr == "default is back to the defaults\n"
    assert load_user_profile(None) == Profile()
    assert load_user_profile("work").preference.cost == 1.0
    run.ok("reset", "--profile", "work")
    assert load_user_profile("work") == Profile("work")
    assert run("reset", "--profile", "wokr").code == 3


def test_path(run: Prefs) -> None:
    assert run.ok("path").stdout == f"{profile_path()}\n"


# edit


def test_an_edited_text_is_saved_as_it_is(run: Prefs, monkeypatch: pytest.MonkeyPatch) -> None:
    run.ok("set", "--cheap")
    editor(monkeypatch, "text = '# mine\\n' + text.replace('cost = 1.0', 'cost = 0.7')")
    assert "saved" in run.ok("edit").stderr
    assert profile_path().read_text(encoding="utf-8").startswith("# mine\n")
    assert load_user_profile(None).preference.cost == 0.7
    assert copies() == []


def test_without_a_file_a_commented_one_is_begun(
    run: Prefs, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(monkeypatch, "text = text.replace('# cost', 'cost')")
    run.ok("edit")
    assert load_user_profile(None) == Profile()
    assert profile_path().read_text(encoding="utf-8") == _TEMPLATE.replace("# cost", "cost")


def test_every_key_of_the_commented_file_is_right(run: Prefs) -> None:
    write_profile(_TEMPLATE.replace("\n# ", "\n").replace("\nWhat", "\n#"))
    profile = load_user_profile(None)
    assert profile.preference == PreferenceVector(tools={"local_search": 1.0})
    assert (profile.worth, profile.beta) == (Worth(), 20.0)
    assert profile.rules.never == ("web_*", REMOTE)


def test_nothing_changed_is_nothing_saved(run: Prefs, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(monkeypatch, "")
    assert run.ok("edit").stderr == "nothing was changed\n"
    assert not profile_path().exists()
    assert copies() == []


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ("text = text.replace('cost', 'csot')", "line 3: profiles.default.csot: unknown key"),
        ("text = text.replace('1.0', '7')", "line 3: profiles.default.cost: must be at most 1"),
        ("text = text + '['", "not valid TOML: line 5"),
        ("text = 'active = \"nobody\"'", "no profile 'nobody'"),
    ],
)
def test_a_broken_text_is_not_saved_and_not_lost(
    run: Prefs, monkeypatch: pytest.MonkeyPatch, program: str, complaint: str
) -> None:
    run.ok("set", "--cheap")
    before = profile_path().read_bytes()
    editor(monkeypatch, program)
    done = run("edit")
    assert done.code == 3
    (kept,) = copies()
    assert f"{kept}: {complaint}" in done.stderr
    assert "not saved, your text is kept there" in done.stderr
    assert profile_path().read_bytes() == before
    assert kept.read_bytes() != before


def test_a_broken_file_can_be_mended(run: Prefs, monkeypatch: pytest.MonkeyPatch) -> None:
    write_profile("[profiles.default]\ncsot = 0.4\n")
    editor(monkeypatch, "text = text.replace('csot', 'cost')")
    run.ok("edit")
    assert load_user_profile(None).preference.cost == 0.4


def test_a_change_made_meanwhile_is_not_overwritten(
    run: Prefs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.ok("set", "--cheap")
    other = "[profiles.default]\\nlatency = 0.9\\n"
    editor(monkeypatch, f"pathlib.Path({str(profile_path())!r}).write_text('{other}'); text += '#'")
    done = run("edit")
    (kept,) = copies()
    assert done.code == 3
    assert "changed meanwhile" in done.stderr
    assert str(kept) in done.stderr
    assert load_user_profile(None).preference.latency == 0.9


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (None, "set EDITOR"),
        ("/nowhere/ed", "/nowhere/ed: .*No such file"),
        ("false", "false ended with 1: nothing was saved"),
        ("'", "No closing quotation"),
    ],
)
def test_an_editor_that_is_none(
    run: Prefs, monkeypatch: pytest.MonkeyPatch, command: str | None, complaint: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    if command:
        monkeypatch.setenv("EDITOR", command)
    done = run("edit")
    assert done.code == 2
    assert done.stderr.count("\n") == 1
    assert re.search(complaint, done.stderr)
    assert copies() == []


# On a terminal


def on_terminal(*arguments: str, **env: str) -> pexpect.spawn[str]:
    variables = environment(PYTHONPATH=str(Path(__file__).parent), **env)
    return pexpect.spawn(
        sys.executable, ["-c", RUN, *arguments], env=variables, encoding="utf-8", timeout=20
    )


def test_bars_on_a_terminal(run: Prefs) -> None:
    run.ok("set", "--cheap")
    with on_terminal("show") as terminal:
        terminal.expect(pexpect.EOF)
    assert "  cost      ████████████████████  1.00\r\n" in terminal.before


def test_a_broken_text_is_edited_again(run: Prefs, monkeypatch: pytest.MonkeyPatch) -> None:
    run.ok("set", "--cheap")
    slip, mend = "text.replace('cost = 1.0', 'csot = 0.7')", "text.replace('csot', 'cost')"
    editor(monkeypatch, f"text = {mend} if 'csot' in text else {slip}")
    with on_terminal("edit", EDITOR=os.environ["EDITOR"]) as terminal:
        terminal.expect("line 3: profiles.default.csot: unknown key")
        terminal.expect(r"Edit it again\? \[Y/n\]")
        terminal.sendline("")
        terminal.expect("saved ")
        terminal.expect(pexpect.EOF)
    assert load_user_profile(None).preference.cost == 0.7
    assert copies() == []


def test_giving_up_keeps_the_text(run: Prefs, monkeypatch: pytest.MonkeyPatch) -> None:
    run.ok("set", "--cheap")
    editor(monkeypatch, "text += '['")
    with on_terminal("edit", EDITOR=os.environ["EDITOR"]) as terminal:
        terminal.expect(r"Edit it again\?")
        terminal.sendline("n")
        terminal.expect("kept there")
        terminal.expect(pexpect.EOF)
        terminal.wait()
    assert terminal.exitstatus == 3
    assert len(copies()) == 1
    assert load_user_profile(None).preference.cost == 1.0


# The bars


def test_the_bars_of_a_profile() -> None:
    profile = Profile(
        "work",
        PreferenceVector(0.3, 1.0, 0.124, {"web_search": 0.0, "local\nsearch": 1.0}),
        HardRules((REMOTE, "gpt-*")),
        "be \x1b[31mbrief",
        Worth(0.5, 10),
        0.0,
    )
    assert list(render_profile(profile, is_active=True, ascii_only=True)) == [
        "work (active)",
        "  accuracy      ######--------------  0.30",
        "  cost          ####################  1.00",
        "  latency       ##------------------  0.12",
        "tools",
        "  local search  ####################  1.00",
        "  web_search    --------------------  0.00",
        "hard rules",
        "  never @remote (nothing leaves this machine)",
        "  never gpt-*",
        "steering",
        "  a right answer is worth $0.50, an hour of waiting $10; beta 0",
        "the orchestrator reads",
        f"  {describe(profile.preference, profile.rules, profile.worth).replace(chr(10), ' ')}",
        "  be brief",
    ]


def test_the_bars_of_the_defaults() -> None:
    lines = list(render_profile(Profile(), is_active=False, ascii_only=False))
    assert lines[1] == "  accuracy  ████████████████████  1.00"
    assert lines[-1] == "  nothing of it: these are the balanced defaults"


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom orchestra_cli.commands import prefs\n"
        "print([m for m in ('pydantic', 'rich', 'prefs.profile', 'filelock') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n"
