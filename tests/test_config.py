"""config.toml: defaults, what flags and environment override, where files and keys come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestra_cli import asking
from orchestra_cli.cli import app
from orchestra_cli.config import (
    Config,
    OrchestratorTable,
    config_path,
    load_config,
    load_user_profile,
    profile_path,
    read_key,
)
from orchestra_cli.errors import ConfigError, ExitCode
from orchestra_cli.policy import Task
from prefs.profile import Profile


def write(path: Path, toml: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(toml, encoding="utf-8")
    return path


def test_the_defaults_without_a_file() -> None:
    config = load_config(config_path())
    assert config == Config()
    assert config.orchestrator == OrchestratorTable(
        model="embedded",
        adapter=None,
        gpu_layers="auto",
        context="auto",
        prompt_style=None,
        policy=None,
        api_key_env=None,
        max_turns=12,
        max_time_s=600.0,
    )
    assert config.experts == {}
    tools = config.tools
    assert (tools.web_search.backend, tools.python.backend) == ("duckduckgo", "monty")
    assert tools.web_page.allow_private is False
    assert all(getattr(tools, name).enabled for name in type(tools).model_fields)


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    config = load_config(
        write(
            tmp_path / "c.toml",
            """
            [orchestrator]
            model = "http://127.0.0.1:8080/v1#qwen3"
            adapter = "~/lora.gguf"
            gpu_layers = 0
            context = 8192
            max_turns = 5
            max_time_s = 60

            [experts.gpt-5]
            base_url = "https://api.openai.com/v1"
            api_key_env = "OPENAI_API_KEY"
            model = "gpt-5"
            roles = ["search", "answer"]
            skills = "broad knowledge"
            price_in_usd_per_mtok = 1.25
            price_out_usd_per_mtok = 10
            latency_s = 31

            [tools.web_search]
            backend = "searxng"
            base_url = "http://127.0.0.1:8888"

            [tools.python]
            enabled = false
            """,
        )
    )
    assert config.orchestrator.adapter == Path("~/lora.gguf")
    assert (config.orchestrator.gpu_layers, config.orchestrator.context) == (0, 8192)
    assert config.orchestrator.max_time_s == 60.0
    expert = config.experts["gpt-5"]
    assert (expert.roles, expert.latency_s) == (["search", "answer"], 31.0)
    assert (expert.price_in_usd_per_mtok, expert.price_out_usd_per_mtok) == (1.25, 10.0)
    assert config.tools.web_search.backend == "searxng"
    assert not config.tools.python.enabled
    assert config.tools.ask_user.enabled


def test_an_unknown_price_is_unknown(tmp_path: Path) -> None:
    path = write(tmp_path / "c.toml", '[experts.a]\nbase_url = "http://a/v1"\nmodel = "m"\n')
    expert = load_config(path).experts["a"]
    assert expert.price_in_usd_per_mtok is None
    assert expert.price_out_usd_per_mtok is None
    assert expert.latency_s is None


def test_a_wrong_file_is_a_config_error(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: line 2: .*must be") as caught:
        load_config(write(config_path(), "[orchestrator]\nmodel = 1"))
    assert caught.value.exit_code == ExitCode.CONFIG
    write(profile_path(), "[profiles.default]\ncost = 2")
    with pytest.raises(ConfigError, match=r"profile\.toml: line 2: profiles\.default\.cost"):
        load_user_profile(None)


def test_a_loaded_config_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().orchestrator.model = "other"


def test_where_the_files_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_path() == home / "config" / "config.toml"
    assert profile_path() == home / "config" / "profile.toml"
    monkeypatch.delenv("ORCHESTRA_HOME")
    assert config_path().name == "config.toml"
    assert "orchestra" in config_path().parts
    assert config_path().parent == profile_path().parent


def test_the_users_profile(home: Path) -> None:
    assert load_user_profile(None) == Profile()
    write(profile_path(), 'active = "work"\n[profiles.work]\ncost = 1\n[profiles.home]\n')
    assert load_user_profile(None).name == "work"
    assert load_user_profile("home").name == "home"
    with pytest.raises(ConfigError, match="did you mean home"):
        load_user_profile("hone")


FILE = """
[orchestrator]
model = "from-file.gguf"
adapter = "file-adapter.gguf"
policy = "model"
prompt_style = "toolorchestra"
gpu_layers = 3
max_turns = 7
max_time_s = 70
"""


class Seen(Exception):
    """Stops `ask` where its settings are complete."""

    def __init__(self, config: Config, profile: Profile) -> None:
        self.config = config
        self.profile = profile


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `ask` go no further than its settings."""

    def stop(
        question: str, piped: str, config: Config, profile: Profile, *more: object, **rest: object
    ) -> Task:
        raise Seen(config, profile)

    monkeypatch.setattr(asking, "answer_question", stop)


def settled(*arguments: str, **environment: str) -> Seen:
    """What the command line, the environment and the files come to."""
    result = CliRunner().invoke(app, ["ask", "--no-stdin", *arguments, "hi"], env=environment)
    assert isinstance(result.exception, Seen), result.output
    return result.exception


@pytest.mark.usefixtures("settle")
def test_the_file_is_over_the_defaults_and_flags_are_over_the_file() -> None:
    assert settled().config == Config()
    write(config_path(), FILE)
    table = settled().config.orchestrator
    assert (table.model, table.max_turns, table.max_time_s) == ("from-file.gguf", 7, 70.0)
    flags = (
        "--model m.gguf --adapter a.gguf --policy rule --prompt-style chat "
        "--max-turns 3 --max-time 2.5"
    )
    assert settled(*flags.split()).config.orchestrator == OrchestratorTable(
        model="m.gguf",
        adapter=Path("a.gguf"),
        policy="rule",
        prompt_style="chat",
        gpu_layers=3,
        max_turns=3,
        max_time_s=2.5,
    )
    table = settled("-m", "m.gguf").config.orchestrator
    assert (table.model, table.adapter, table.max_turns) == (
        "m.gguf", Path("file-adapter.gguf"), 7,
    )  # fmt: skip


@pytest.mark.usefixtures("settle")
def test_the_environment_is_over_the_file_and_under_the_flag() -> None:
    write(config_path(), FILE)
    assert settled(ORCHESTRA_MODEL="env.gguf").config.orchestrator.model == "env.gguf"
    flag = settled("--model", "flag.gguf", ORCHESTRA_MODEL="env.gguf")
    assert flag.config.orchestrator.model == "flag.gguf"
    write(profile_path(), 'active = "a"\n[profiles.a]\n[profiles.b]\n[profiles.c]\n')
    assert settled().profile.name == "a"
    assert settled(ORCHESTRA_PROFILE="b").profile.name == "b"
    assert settled("--profile", "c", ORCHESTRA_PROFILE="b").profile.name == "c"


@pytest.mark.usefixtures("settle")
def test_flags_leave_experts_and_tools_as_the_file_has_them() -> None:
    experts = (
        '[experts.a]\nbase_url = "http://a/v1"\nmodel = "m"\n[tools.python]\nenabled = false\n'
    )
    write(config_path(), experts)
    config = settled("--max-turns", "2").config
    assert list(config.experts) == ["a"]
    assert not config.tools.python.enabled


@pytest.mark.usefixtures("settle")
@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--policy", "rules"], "--policy must be model or rule"),
        (["--prompt-style", "x"], "--prompt-style must be chat or toolorchestra"),
        (["--max-turns", "0"], "max-turns"),
        (["--max-turns", "many"], "max-turns"),
        (["--max-time", "0"], "max-time"),
        (["--json", "--jsonl"], "choose one"),
    ],
)
def test_a_wrong_flag_is_no_setting(flags: list[str], says: str) -> None:
    result = CliRunner().invoke(app, ["ask", "--no-stdin", *flags, "hi"])
    assert result.exit_code != 0
    assert not isinstance(result.exception, Seen)
    assert says in f"{result.output} {result.exception}".replace("'", "")


def test_a_key_comes_from_the_variable_that_the_file_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_key(None, needed_by="[experts.a] api_key_env") is None
    monkeypatch.setenv("SOME_KEY", "  sk-1\n")
    assert read_key("SOME_KEY", needed_by="[experts.a] api_key_env") == "sk-1"


@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_key_that_is_not_there_is_named_but_never_shown(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(ConfigError) as caught:
        read_key("SOME_KEY", needed_by="[experts.a] api_key_env")
    message = str(caught.value)
    assert "[experts.a] api_key_env" in message
    assert "SOME_KEY is not set" in message
    assert "\n" not in message
