"""`orchestra init`: the file that it writes, and what it never does."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pexpect
import pytest
import typer
from local_models_server import LocalModelsServer, models_of
from orchestra_command import environment

from orchestra_cli import cli
from orchestra_cli.commands.init import CONDUCTOR, init
from orchestra_cli.config import Config, config_path, load_config
from orchestra_cli.errors import ConfigError, UsageError
from orchestra_cli.experts import providers as providers_module
from orchestra_cli.experts.discovery import FoundExpert, Trial
from orchestra_cli.experts.providers import Providers, load_providers
from orchestra_cli.experts.starter_config import MAX_LOCAL_EXPERTS, render_config, write_new
from orchestra_cli.models.catalog import load_catalog
from tools.prices import FREE, FlatPrice

KEY = "sk-secret-0123456789abcdef"
REAL = load_providers()
VARIABLES = [variable for p in REAL.hosted.values() for variable in p.key_variables]


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


class Machine:
    """The command with its providers and servers on loopback."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        app = typer.Typer()
        app.callback()(lambda: None)
        app.command("init")(init)
        monkeypatch.setattr(cli, "app", app)
        for variable in (*VARIABLES, "ORCHESTRA_OFFLINE"):
            monkeypatch.delenv(variable, raising=False)
        self.serve()

    def serve(
        self, *, hosted: LocalModelsServer | None = None, local: LocalModelsServer | None = None
    ) -> None:
        """Every provider is this server, and Ollama that one; nothing else is anywhere."""
        known = moved(
            hosted.base_url if hosted else "http://127.0.0.1:9/v1",
            local.base_url if local else None,
        )
        self._monkeypatch.setattr(providers_module, "load_providers", lambda: known)

    def export(self, *variables: str) -> None:
        for variable in variables:
            self._monkeypatch.setenv(variable, KEY)

    def run(self, *arguments: str) -> Done:
        code = cli.run(["init", *arguments])
        captured = self._capsys.readouterr()
        return Done(code, captured.out, captured.err)


def moved(hosted_url: str, local_url: str | None) -> Providers:
    """The real data at other addresses."""
    hosted = {k: p.model_copy(update={"base_url": hosted_url}) for k, p in REAL.hosted.items()}
    local = {"ollama": REAL.local["ollama"].model_copy(update={"base_url": local_url})}
    return REAL.model_copy(update={"hosted": hosted, "local": local if local_url else {}})


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Machine:
    return Machine(monkeypatch, capsys)


@pytest.fixture
def ollama() -> Iterator[LocalModelsServer]:
    with LocalModelsServer(models_of("library", "qwen3:8b", "nomic-embed-text")) as server:
        yield server


def written() -> Config:
    return load_config(config_path())


# What is written


def test_a_key_and_a_server_become_experts(machine: Machine, ollama: LocalModelsServer) -> None:
    machine.serve(local=ollama)
    machine.export("OPENAI_API_KEY")
    done = machine.run("--no-test")
    assert (done.code, done.stdout) == (0, "")
    experts = written().experts
    assert set(experts) == {"gpt-6-luna", "gpt-6-1-sol", "qwen3-8b"}
    assert experts["gpt-6-luna"].api_key_env == "OPENAI_API_KEY"
    assert experts["qwen3-8b"].model == "qwen3:8b"
    assert experts["qwen3-8b"].base_url == ollama.base_url
    assert experts["qwen3-8b"].api_key_env is None
    roles = {role for expert in experts.values() for role in expert.roles}
    assert roles == {"search", "reason", "answer", "answer-math"}
    for words in ("OpenAI: OPENAI_API_KEY", "Ollama", "nomic-embed-text", "3 experts", "wrote"):
        assert words in done.stderr
    assert str(config_path()) in done.stderr
    assert "orchestra ask" in done.stderr


def test_the_orchestrator_stays_the_embedded_model(machine: Machine) -> None:
    machine.run()
    assert written() == Config()


def test_the_conductor_that_it_names_is_in_the_catalogue() -> None:
    assert load_catalog()[CONDUCTOR].prompt_style == "toolorchestra"


def test_every_provider_at_once_loads(machine: Machine) -> None:
    machine.export(*VARIABLES)
    assert machine.run().code == 0
    assert len(written().experts) == sum(len(p.models) for p in REAL.hosted.values())


def test_nothing_found_says_what_to_do(machine: Machine) -> None:
    done = machine.run()
    assert done.code == 0
    assert "export a key such as OPENAI_API_KEY" in done.stderr
    assert "# [experts.local]" in config_path().read_text(encoding="utf-8")


def test_print_writes_nothing(machine: Machine, home: Path) -> None:
    machine.export("OPENAI_API_KEY")
    done = machine.run("--print")
    assert done.code == 0
    assert set(tomllib.loads(done.stdout)["experts"]) == {"gpt-6-luna", "gpt-6-1-sol"}
    assert not home.exists()


def test_a_file_that_is_there_stays(machine: Machine) -> None:
    machine.run()
    config_path().write_text("# mine\n", encoding="utf-8")
    machine.export("OPENAI_API_KEY")
    done = machine.run()
    assert (done.code, done.stdout) == (2, "")
    assert str(config_path()) in done.stderr
    assert "orchestra init --print" in done.stderr
    assert done.stderr.count("\n") == 1
    assert config_path().read_text(encoding="utf-8") == "# mine\n"
    assert machine.run("--print").code == 0


def test_a_link_that_leads_nowhere_stays(machine: Machine, tmp_path: Path) -> None:
    config_path().parent.mkdir(parents=True)
    config_path().symlink_to(tmp_path / "nowhere")
    assert machine.run().code == 2
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be(machine: Machine, home: Path) -> None:
    home.write_text("a file", encoding="utf-8")
    done = machine.run()
    assert done.code == 3
    assert "ORCHESTRA_HOME" in done.stderr
    assert done.stderr.count("\n") == 2  # what was found, and the error


# Tests of the experts


def test_a_failed_expert_is_commented_out_with_its_reason(machine: Machine) -> None:
    with LocalModelsServer(b"{}", refusing=("gpt-6.1-sol",)) as hosted:
        machine.serve(hosted=hosted)
        machine.export("OPENAI_API_KEY")
        done = machine.run("--test")
    assert done.code == 0
    assert sorted(hosted.asked) == ["gpt-6-luna", "gpt-6.1-sol"]
    assert set(written().experts) == {"gpt-6-luna"}
    text = config_path().read_text(encoding="utf-8")
    head, _, tail = text.partition("# [experts.gpt-6-1-sol]\n")
    assert (
        "HTTP 401 (check the API key in $OPENAI_API_KEY): no gpt-6.1-sol for Bearer ***"
        in (head.splitlines()[-1])
    )
    assert tail.startswith(f'# base_url = "{hosted.base_url}"\n# model = "gpt-6.1-sol"\n')
    assert "gpt-6-1-sol: failed" in done.stderr
    assert "1 more commented out" in done.stderr


def test_an_expert_that_answers_shows_its_time(machine: Machine, ollama: LocalModelsServer) -> None:
    machine.serve(local=ollama)
    done = machine.run("--test")
    assert ollama.asked == ["qwen3:8b"]
    assert "answered a tiny call in 0." in config_path().read_text(encoding="utf-8")
    assert "qwen3-8b: 0." in done.stderr


def test_in_a_pipe_nothing_is_called(machine: Machine, ollama: LocalModelsServer) -> None:
    with LocalModelsServer(b"{}") as hosted:
        machine.serve(hosted=hosted, local=ollama)
        machine.export("OPENAI_API_KEY")
        machine.run()
    assert hosted.asked == ollama.asked == []
    assert len(written().experts) == 3


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_offline_keeps_to_this_machine(
    machine: Machine,
    ollama: LocalModelsServer,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    if how == "variable":
        monkeypatch.setenv("ORCHESTRA_OFFLINE", "1")
    with LocalModelsServer(b"{}") as hosted:
        machine.serve(hosted=hosted, local=ollama)
        machine.export("OPENAI_API_KEY")
        done = machine.run("--test", *(["--offline"] if how == "flag" else []))
    assert hosted.asked == []
    assert set(written().experts) == {"qwen3-8b"}
    assert "OPENAI_API_KEY (left out: --offline)" in done.stderr


def test_no_network_comments_the_hosted_out(machine: Machine) -> None:
    machine.export("OPENAI_API_KEY", "GROQ_API_KEY")
    assert machine.run("--test").code == 0
    assert written().experts == {}
    text = config_path().read_text(encoding="utf-8")
    assert text.count("off, because its test failed: cannot reach 127.0.0.1:9") == 4


# What it never does


@pytest.mark.parametrize("arguments", [("--test",), ("--no-test",), ("--print", "--test"), ()])
def test_no_key_is_ever_shown_or_written(
    machine: Machine, home: Path, arguments: tuple[str, ...]
) -> None:
    models = tuple(model.model for p in REAL.hosted.values() for model in p.models)
    with LocalModelsServer(b"{}", refusing=models) as hosted:  # each refusal quotes the key
        machine.serve(hosted=hosted)
        machine.export(*VARIABLES)
        done = machine.run(*arguments)
    assert done.code == 0
    assert bool(hosted.asked) == ("--test" in arguments)
    files = [path.read_text(encoding="utf-8") for path in home.rglob("*") if path.is_file()]
    assert not [text for text in (done.stdout, done.stderr, *files) if KEY in text]


def test_nothing_but_the_file_is_left(machine: Machine, home: Path) -> None:
    machine.run()
    assert [path for path in home.rglob("*") if path.is_file()] == [config_path()]


def test_of_two_at_once_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    start, outcomes = threading.Barrier(8), []

    def race(number: int) -> None:
        start.wait()
        try:
            write_new(path, f"# {number}\n" * 1000)
            outcomes.append(number)
        except UsageError:
            pass

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert path.read_text(encoding="utf-8") == f"# {outcomes[0]}\n" * 1000
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_without_room_for_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml" / "config.toml"
    path.parent.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="ORCHESTRA_HOME"):
        write_new(path, "")


# The text


def rendered(*trials: Trial, priced: bool = True) -> str:
    return render_config(
        trials,
        price_of=lambda expert: FlatPrice(0.25, 2.0, source="a book") if priced else None,
        conductor="the-8b",
        known_as_of="2026-11",
        today=date(2026, 11, 22),
    )


HOSTED = FoundExpert("e", "Somebody", "https://e.example/v1", "e", ("answer",), "skilled", "E_KEY")


def uncommented(text: str) -> str:
    """With every table and key that is off switched on; of a key's choices, the first."""
    table, kept = "", dict[tuple[str, str], str]()
    for line in re.findall(r"^(?:# )?(\[[\w.-]+\]|\w+ = .*)", text, re.MULTILINE):
        table = line if line.startswith("[") else table
        kept.setdefault((table, line.partition(" = ")[0]), line)
    return "\n".join(kept.values())


@pytest.mark.parametrize("trials", [(), (Trial(HOSTED),), (Trial(HOSTED, problem="no"),)])
def test_what_is_off_is_right_too(tmp_path: Path, trials: tuple[Trial, ...]) -> None:
    path = tmp_path / "config.toml"
    path.write_text(uncommented(rendered(*trials, priced=False)), encoding="utf-8")
    config = load_config(path)
    assert len(config.experts) == 1
    assert "price_out_usd_per_mtok" in path.read_text(encoding="utf-8") or not trials
    assert "max_cost_usd" in path.read_text(encoding="utf-8")


def test_prices_are_told() -> None:
    assert "# Somebody: $0.25 in, $2 out per million tokens (a book)\n" in rendered(Trial(HOSTED))
    assert "# Somebody: price unknown" in rendered(Trial(HOSTED), priced=False)


def test_a_strange_name_stays_a_name() -> None:
    odd = 'a"b\\c # [x] = 模型'
    expert = FoundExpert("x", f"S {odd}", "http://127.0.0.1:1/v1", odd, ("answer",))
    tables = tomllib.loads(rendered(Trial(expert)))
    assert tables["experts"] == {
        "x": {"base_url": "http://127.0.0.1:1/v1", "model": odd, "roles": ["answer"]}
    }


def test_a_reason_cannot_leave_its_comment() -> None:
    text = rendered(Trial(HOSTED, problem='no\nmodel = "evil"\x00\x1b[2J'))
    assert "experts" not in tomllib.loads(text)
    assert '# off, because its test failed: no model = "evil" [2J\n' in text


def test_a_crowd_of_local_models_is_named_not_configured() -> None:
    experts = [
        FoundExpert(f"m{n}", "Ollama on this machine", "http://127.0.0.1:1/v1", f"m:{n}", ())
        for n in range(MAX_LOCAL_EXPERTS + 2)
    ]
    text = render_config(
        [Trial(expert) for expert in experts],
        price_of=lambda expert: FREE,
        conductor="the-8b",
        known_as_of="2026-11",
        today=date(2026, 11, 22),
    )
    assert len(tomllib.loads(text)["experts"]) == MAX_LOCAL_EXPERTS
    assert "# Also at Ollama on this machine: m:4, m:5\n" in text


# On a terminal

ON_A_TERMINAL = """
import sys
from orchestra_cli import cli
from orchestra_cli.commands.init import init
from orchestra_cli.experts import providers
from test_commands_init import moved
providers.load_providers = lambda: moved("http://127.0.0.1:9/v1", sys.argv[1])
app = cli.typer.Typer()
app.callback()(lambda: None)
app.command("init")(init)
cli.app = app
sys.exit(cli.run(["init"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(("answer", "asked"), [("\r", ["qwen3:8b"]), ("n\r", []), ("\x03", None)])
def test_a_person_is_asked(ollama: LocalModelsServer, answer: str, asked: list[str] | None) -> None:
    env = environment(PYTHONPATH=str(Path(__file__).parent))
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-c", ON_A_TERMINAL, ollama.base_url],
        env=env,
        encoding="utf-8",
        timeout=20,
        dimensions=(50, 200),
    )
    child.expect(r"Try each of the 1 with one tiny call \(free\)\? \[Y/n\]")
    child.send(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert ollama.asked == (asked or [])
    assert child.exitstatus == (130 if asked is None else 0)
    assert config_path().exists() == (asked is not None)


def test_the_module_is_light() -> None:
    code = (
        "import sys, orchestra_cli.commands.init; "
        "print([m for m in ('httpx', 'pydantic', 'tomli_w', 'genai_prices') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
