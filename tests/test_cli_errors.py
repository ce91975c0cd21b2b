"""What goes wrong ends in the right exit code and one line that says what to do.

The long tables run the command line in this process, everything else runs the installed command.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from openai_server import OpenAIServer, refused, silence, streamed
from orchestra_command import (
    RULES_CONDUCT,
    contacts,
    environment,
    events_of,
    orchestra,
    shell,
    validate,
    write_config,
    write_profile,
)

from orchestra_cli.cli import run

SUM = "What is 2+2?"
GUARDED = "http://api.example.com/v1"


def complaint(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line on standard error, where the command ended with that code."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("orchestra: ")
    return line.removeprefix("orchestra: ")


def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    return orchestra("ask", "--quiet", *arguments)


def here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in this process."""
    with redirect_stdout(io.StringIO()) as stdout, redirect_stderr(io.StringIO()) as stderr:
        code = run(arguments)
    return subprocess.CompletedProcess(arguments, code, stdout.getvalue(), stderr.getvalue())


def ask_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    return here("ask", "--quiet", "--no-stdin", *arguments)


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODEL", "PROFILE", "OFFLINE"):
        monkeypatch.delenv(f"ORCHESTRA_{name}", raising=False)


# The command line: 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "the question is empty"),
        ([""], "the question is empty"),
        ([" ", "\t"], "the question is empty"),
        (["x" * 20_001], "20,001 characters and may have 20,000: pipe the long part in"),
        (["--json", "--jsonl", SUM], "--json and --jsonl: choose one"),
        (["--policy", "luck", SUM], "--policy must be model or rule, got 'luck'"),
        (
            ["--prompt-style", "x", SUM],
            "--prompt-style must be chat or toolorchestra or brief, got 'x'",
        ),
        (["--max-turns", "0", SUM], "--max-turns"),
        (["--max-time", "soon", SUM], "--max-time"),
        (["--modle", "x", SUM], "No such option: --modle"),
        (["--model", "http://127.0.0.1:1/v1", SUM], "names no model: write it as http://127.0.0.1"),
        (["--model", "http://:1/v1#m", SUM], "is no model address"),
        (["--model", "http://127.0.0.1:x/v1#m", SUM], "is not an http:// or https:// address"),
    ],
    ids=lambda value: " ".join(value)[:24] if isinstance(value, list) else "",
)
def test_usage(arguments: list[str], says: str) -> None:
    assert says in complaint(ask_here(*arguments), 2)


def test_an_empty_question() -> None:
    assert complaint(ask("-"), 2).startswith("the question is empty: orchestra ask ")


def test_an_unknown_command_is_corrected() -> None:
    assert "Did you mean 'ask'?" in complaint(here("aks", SUM), 2)


@pytest.mark.parametrize("arguments", [[], ["index"], ["models"]], ids=str)
def test_nothing_asked_shows_the_help(arguments: list[str]) -> None:
    done = here(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Usage: {' '.join(['orchestra', *arguments])}")


# config.toml and profile.toml: 3


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[orchestrator\n", ["not valid TOML", "line 1"]),
        ("\nx = 1\nx = 2\n", ["not valid TOML", "line 3"]),
        ('[orchestrator]\nmodle = "m"\n', ["line 2", "orchestrator.modle", "did you mean model?"]),
        ("[orchestrator]\nmax_turns = 0\n", ["line 2", "orchestrator.max_turns", "got 0"]),
        ("[orchestrator]\n\nmodel = 1\n", ["line 3", "orchestrator.model:", "got 1"]),
        ("[orchestrator]\ncontext = 10\n", ["line 2: orchestrator.context:", "512", "got 10"]),
        (
            '[orchestrator]\ngpu_layers = "all"\n',
            ["line 2: orchestrator.gpu_layers:", "auto", "got", "all"],
        ),
        ('[tool.python]\nbackend = "monty"\n', ["line 1", "tool:", "did you mean tools?"]),
        ("[tools.web_serch]\n", ["line 1", "tools.web_serch", "did you mean web_search?"]),
        (
            '[tools.python]\nbackend = "cobol"\n',
            ["line 2", "tools.python.backend:", "monty", "cobol"],
        ),
        (
            f'[experts.a]\nbase_url = "{GUARDED}"\nmodel = "m"\nrole = ["answer"]\n',
            ["line 4", "experts.a.role", "did you mean roles?"],
        ),
        (
            f'[experts.a]\nbase_url = "{GUARDED}"\nmodel = "m"\nroles = ["sing"]\n',
            ["line 4", "experts.a.roles", "answer", "sing"],
        ),
        (f'[experts.a]\nbase_url = "{GUARDED}"\n', ["line 1: experts.a", "model"]),
        ('[experts.a]\nbase_url = "a.com"\nmodel = "m"\n', ["[experts.a]", "base_url 'a.com'"]),
        (
            f'[experts.a]\nbase_url = "{GUARDED}"\nmodel = "m"\napi_key_env = "NO_SUCH_KEY"\n',
            ["[experts.a] api_key_env", "NO_SUCH_KEY is not set", "export it"],
        ),
        ('[tools.web_search]\nbackend = "tavily"\n', ["[tools.web_search]", "API key"]),
        (
            '[tools.web_search]\nbackend = "brave"\napi_key_env = "NO_SUCH_KEY"\n',
            ["[tools.web_search] api_key_env", "NO_SUCH_KEY is not set"],
        ),
    ],
    ids=lambda value: value.replace("\n", " ")[:40] if isinstance(value, str) else "",
)
def test_config(embedded: Path, toml: str, says: list[str]) -> None:
    path = write_config(toml)
    line = complaint(ask_here(SUM), 3)
    assert line.startswith(f"{path}: ")
    assert [words for words in says if words not in line] == [], line


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[profiles.default\n", ["not valid TOML", "line 1"]),
        ("[profiles.default]\ncost = 1.5\n", ["line 2", "profiles.default.cost", "got 1.5"]),
        ("[profiles.default]\ncoste = 1\n", ["line 2", "coste", "did you mean cost?"]),
        ('[profiles.default]\nnever = "python"\n', ["line 2", "profiles.default.never", "list"]),
        (
            "[profiles.default.tools]\npython = -1\n",
            ["line 2", "profiles.default.tools.python", "got -1"],
        ),
        ('active = "wrk"\n[profiles.work]\n', ["no profile 'wrk'", "did you mean work?"]),
    ],
    ids=lambda value: value.replace("\n", " ")[:40] if isinstance(value, str) else "",
)
def test_profile(embedded: Path, toml: str, says: list[str]) -> None:
    path = write_profile(toml)
    line = complaint(ask_here(SUM), 3)
    assert line.startswith(f"{path}: ")
    assert [words for words in says if words not in line] == [], line


def test_a_config_that_is_no_toml() -> None:
    path = write_config("[orchestrator\n")
    line = complaint(ask(SUM), 3)
    assert line.startswith(f"{path}: ")
    assert "not valid TOML" in line and "line 1" in line


def test_an_unknown_profile_is_corrected(embedded: Path) -> None:
    write_profile("[profiles.work]\ncost = 0.5\n")
    assert "no profile 'wrok': did you mean work?" in complaint(ask("-p", "wrok", SUM), 3)
    assert ask("-p", "work", SUM).returncode == 0


def test_the_orchestrators_key_is_asked_for() -> None:
    path = write_config('[orchestrator]\napi_key_env = "NO_SUCH_KEY"\n')
    line = complaint(ask("--model", "http://127.0.0.1:1/v1#m", SUM), 3)
    assert line.startswith(f"{path}: [orchestrator] api_key_env: ")


def test_what_is_ruled_out_needs_no_key(embedded: Path) -> None:
    write_config(
        f'{RULES_CONDUCT}[experts.a]\nbase_url = "{GUARDED}"\nmodel = "m"\n'
        'api_key_env = "NO_SUCH_KEY"\n'
        '[tools.web_search]\nbackend = "brave"\napi_key_env = "NO_SUCH_KEY"\n'
    )
    done = ask("--offline", SUM)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2+2 = 4\n", "")


def test_a_key_is_never_shown() -> None:
    key = "sk-very-secret"
    with OpenAIServer() as server:
        server.script(refused(401, f"no such key: {key}"))
        write_config('[orchestrator]\napi_key_env = "HOUSE_KEY"\n')
        env = environment(HOUSE_KEY=key)
        arguments = ("--jsonl", "--debug", "--model", f"{server.base_url}#m", SUM)
        done = orchestra("ask", *arguments, env=env)
        assert server.requests[0].headers["authorization"] == f"Bearer {key}"
    assert done.returncode == 4
    assert "HTTP 401 (check the API key in $HOUSE_KEY)" in done.stderr
    assert key not in done.stdout + done.stderr


# The model: 4


def test_offline_without_the_model_names_the_command() -> None:
    line = complaint(ask("--offline", "Who are you?"), 4)
    assert "run `orchestra models pull embedded` while online" in line
    assert contacts() == []


def cut_short(gguf: Path) -> bytes:
    return gguf.read_bytes()[:1_000_000]


@pytest.mark.parametrize("policy", ["model", "rule"])
def test_a_model_file_that_is_not_there(tmp_path: Path, policy: str) -> None:
    path = tmp_path / "none.gguf"
    line = complaint(ask_here("--policy", policy, "--model", str(path), SUM), 4)
    assert line.startswith(f"{path}: no such model file")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda gguf: b"", "not a GGUF file"),
        (lambda gguf: b"# Not a model\n" * 100, "not a GGUF file"),
        (lambda gguf: b"GGUF" + bytes(64), "cannot be loaded"),
        (cut_short, "truncated or damaged"),
    ],
    ids=["empty", "text", "header only", "truncated"],
)
def test_a_model_file_that_is_none(
    gguf: Path, tmp_path: Path, content: Callable[[Path], bytes], says: str
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content(gguf))
    line = complaint(ask_here("--model", str(path), SUM), 4)
    assert line.startswith(f"{path}: ")
    assert says in line


def test_a_model_name_is_corrected() -> None:
    assert "did you mean embedded?" in complaint(ask_here("--model", "embeded", SUM), 4)


def test_an_endpoint_where_nobody_listens() -> None:
    with OpenAIServer() as gone:
        pass
    line = complaint(ask("--model", f"{gone.base_url}#m", SUM), 4)
    assert line.startswith(f"cannot reach 127.0.0.1:{gone.port}: ")


def test_a_failed_run_is_still_a_document() -> None:
    with OpenAIServer() as server:
        server.script(refused(404, "no model m"))
        done = orchestra("ask", "--quiet", "--json", "--model", f"{server.base_url}#m", SUM)
    assert done.returncode == 4
    (document,) = events_of(done.stdout.replace("\n", " "))
    validate(document, "trajectory")
    assert document["stop_reason"] == "failed"
    assert "HTTP 404: no model m" in document["error"]
    assert done.stderr.splitlines() == [f"orchestra: {document['error']}"]


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with OpenAIServer() as server:
        server.script(silence())
        done = ask("--max-time", "0.5", "--model", f"{server.base_url}#m", SUM)
    assert "time limit reached" in complaint(done, 6)


# Hard rules: 8


def test_offline_refuses_a_remote_orchestrator() -> None:
    line = complaint(ask("--offline", "--model", f"{GUARDED}#big", SUM), 8)
    assert "the orchestrator big is off this machine" in line
    assert contacts() == []


@pytest.mark.parametrize("never", ["@remote", "big", "b*"])
def test_a_profile_refuses_a_remote_orchestrator(never: str) -> None:
    write_profile(f'[profiles.default]\nnever = ["{never}"]\n')
    line = complaint(ask_here("--model", f"{GUARDED}#big", SUM), 8)
    assert "the profile 'default'" in line


def test_offline_from_the_environment() -> None:
    env = environment(ORCHESTRA_OFFLINE="1", ORCHESTRA_MODEL=f"{GUARDED}#big")
    complaint(orchestra("ask", "-q", SUM, env=env), 8)


# Tracebacks


@pytest.mark.parametrize(
    "arguments",
    [
        ["--debug", "ask", "--no-stdin", ""],
        ["ask", "--debug", "--no-stdin", ""],
        ["ask", "--no-stdin", "", "--debug"],
    ],
    ids=["first", "after the command", "last"],
)
def test_debug_shows_where(arguments: list[str]) -> None:
    done = here(*arguments)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("orchestra: the question is empty")


def test_debug_may_be_asked_about() -> None:
    with OpenAIServer() as server:
        server.script(streamed("It shows tracebacks."))
        done = ask("--model", f"{server.base_url}#m", "--", "--debug", "means?")
        assert done.stdout == "It shows tracebacks.\n"
        assert server.requests[0].body["messages"][-1]["content"] == "--debug means?"


def test_a_bug_of_ours_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "jinja2.py").write_text("raise RuntimeError('two\\nlines')\n")
    (broken / "jsonschema.py").write_text("raise RuntimeError('two\\nlines')\n")
    (broken / "pydantic.py").write_text("raise RuntimeError('two\\nlines')\n")
    env = environment(PYTHONPATH=str(broken))
    done = orchestra("ask", "-q", SUM, env=env)
    line = complaint(done, 1)
    assert line == "internal error: RuntimeError: two lines (--debug shows where)"


def test_an_answer_fits_any_encoding() -> None:
    with OpenAIServer() as server:
        server.script(streamed("Naïve café → 日本"))
        url = f"{server.base_url}#m"
        done = shell(f'PYTHONIOENCODING=ascii "$ORCHESTRA" ask -q -m "{url}" hi </dev/null')
        assert (done.returncode, done.stdout, done.stderr) == (0, "Na?ve caf? ? ??\n", "")
