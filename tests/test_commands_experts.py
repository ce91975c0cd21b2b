"""`orchestra experts` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from card_experts import TASKS, CardServer
from openai_server import OpenAIServer, refused, streamed
from orchestra_command import environment, write_config
from typer.testing import CliRunner, Result

from orchestra_cli.commands.experts import app
from orchestra_cli.errors import ConfigError, OrchestraError, RefusedError, UsageError
from orchestra_cli.experts.history import ExpertHistory
from orchestra_cli.experts.records import records_path
from tools.base import Usage

REPOSITORY = Path(__file__).parent.parent
NOWHERE = "http://127.0.0.1:9/v1"
FREE_PORT_MODEL = 'model = "m"'
PRICES = "price_in_usd_per_mtok = 1.0\nprice_out_usd_per_mtok = 10.0"
_RUN = (
    "import sys; from orchestra_cli.cli import run, app;"
    "from orchestra_cli.commands import experts; app.add_typer(experts.app, name='experts');"
    "sys.exit(run(sys.argv[1:]))"
)


@pytest.fixture
def server() -> Iterator[CardServer]:
    with CardServer() as server:
        yield server


def configure(**experts: str) -> None:
    """config.toml with these experts, each given as the lines of its table."""
    tables = [f"[experts.{name.replace('_', '-')}]\n{text}" for name, text in experts.items()]
    write_config("\n\n".join(tables))


def at(base_url: str, *lines: str) -> str:
    return "\n".join([f'base_url = "{base_url}"', FREE_PORT_MODEL, *lines])


def invoke(*arguments: object) -> Result:
    """The command with its streams piped; `return_value` is the exit code."""
    return CliRunner().invoke(app, [str(each) for each in arguments], standalone_mode=False)


def succeed(*arguments: object, code: int = 0) -> Result:
    result = invoke(*arguments)
    assert result.exception is None, result.output
    assert result.return_value in (code, None if code == 0 else code), result.output
    return result


def fail(*arguments: object) -> OrchestraError:
    result = invoke(*arguments)
    assert isinstance(result.exception, OrchestraError), result.output
    assert "\n" not in str(result.exception)
    return result.exception


def documents(*arguments: object, code: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(succeed(*arguments, "--json", code=code).stdout)
    return found


def test_list_shows_what_is_configured(server: CardServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    configure(
        hosted=at(
            "https://models.example/v1",
            'api_key_env = "NO_SUCH_KEY"',
            'roles = ["answer", "reason"]',
            'skills = "law"',
            "latency_s = 31",
            PRICES,
        ),
        here=at(server.base_url),
        dear=at("https://models.example/v1"),
    )
    shown = succeed("list").stdout
    hosted, here, dear = shown.rstrip("\n").split("\n\n")
    assert hosted.splitlines() == [
        "hosted: m at models.example:443, off this machine",
        "  roles    answer, reason",
        "  key      NO_SUCH_KEY is not set: export it",
        "  price    $1 in, $10 out per million tokens (config.toml)",
        "  latency  31 s (config.toml)",
        "  success  not measured: orchestra experts cards hosted",
        "  skills   law",
    ]
    assert here.startswith(f"here: m at 127.0.0.1:{server.port}, this machine\n")
    assert "  price    $0 in, $0 out per million tokens (this machine)\n  latency  ?\n" in here
    assert "  price    ? in, ? out per million tokens\n" in dear
    assert server.requests == [] and not records_path().exists()


def test_list_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-very-secret")
    configure(hosted=at("https://models.example/v1", 'api_key_env = "SOME_KEY"', PRICES))
    result = succeed("list", "--json")
    assert "sk-very-secret" not in result.output
    (hosted,) = json.loads(result.stdout)
    assert hosted == {
        "name": "hosted",
        "model": "m",
        "roles": ["answer", "reason", "search"],
        "address": "models.example:443",
        "leaves_machine": True,
        "api_key_env": "SOME_KEY",
        "key_is_set": True,
        "price_in_usd_per_mtok": 1.0,
        "price_out_usd_per_mtok": 10.0,
        "price_source": "config.toml",
        "latency_s": None,
        "latency_source": None,
        "skills": "",
        "description": "",
        "history": None,
        "card": None,
    }


def test_an_unknown_price_is_null() -> None:
    configure(dear=at("https://models.example/v1"))
    (dear,) = documents("list")
    assert (dear["price_in_usd_per_mtok"], dear["price_source"]) == (None, None)


def test_a_price_of_the_book_names_the_book() -> None:
    write_config('[experts.mini]\nbase_url = "https://api.openai.com/v1"\nmodel = "gpt-5-mini"\n')
    assert "genai-prices" in documents("list")[0]["price_source"]


def test_list_without_experts_says_what_to_do() -> None:
    result = succeed("list")
    assert result.stdout == "" and "[experts.NAME]" in result.stderr
    assert documents("list") == []


def test_list_shows_what_was_measured_and_what_history_adds(server: CardServer) -> None:
    server.wrong = {"tank"}
    configure(here=at(server.base_url, 'skills = "local"'))
    succeed("cards", "--limit", 5)
    shown = succeed("list").stdout
    assert "  success  mathematics 4/5, code 5/5" in shown and " (measured for the card)" in shown
    for ok in (True, True, True, False):
        ExpertHistory().record("here", "m", Usage("here", 1, 10, 10, 0.0, 7.0), ok=ok)
    assert "  latency  7 s (your own calls); 1 of the last 4 calls failed" in succeed("list").stdout
    (here,) = documents("list")
    assert here["latency_source"] == "history" and here["history"]["failures"] == 1
    assert here["card"]["scores"]["mathematics"] == {"right": 4, "of": 5}
    assert here["description"].startswith("local; mathematics 4/5, code 5/5")


def test_a_broken_records_file_is_told_in_a_line(server: CardServer) -> None:
    configure(here=at(server.base_url))
    records_path().parent.mkdir(parents=True)
    records_path().write_text("no database " * 99)
    result = succeed("list")
    assert "here: m at" in result.stdout
    (line,) = result.stderr.splitlines()
    assert str(records_path()) in line and "delete this file" in line
    assert isinstance(fail("cards"), ConfigError) and server.requests == []


def test_test_tells_who_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with OpenAIServer() as server, OpenAIServer() as refusing:
        server.script(streamed("ready", tokens=(10, 1)))
        refusing.script(refused(401, "bad key\x1b[2J\nreally"))
        configure(
            good=at(server.base_url, PRICES),
            refused=at(refusing.base_url),
            keyless=at("https://models.example/v1", 'api_key_env = "NO_SUCH_KEY"'),
        )
        result = succeed("test", code=5)
        good, refused_line, keyless = result.stdout.splitlines()
        assert good.startswith("good     answered in 0.") and good.endswith(" for $0.000020")
        assert refused_line.startswith("refused  no answer: refused: 127.0.0.1")
        assert "HTTP 401" in refused_line and "bad key [2J really" in refused_line
        assert "NO_SUCH_KEY is not set" in keyless
        assert "\x1b" not in result.output
        assert succeed("test", "good").stdout.startswith("good  answered in")
        found = documents("test", code=5)
    assert [each["reachable"] for each in found] == [True, False, False]
    assert found[0]["cost_usd"] == pytest.approx(2e-5) and found[0]["error"] is None
    assert found[1]["latency_s"] is None and "401" in found[1]["error"]


def test_test_asks_all_at_the_same_time(server: CardServer) -> None:
    server.pause_s = 0.3
    configure(**{f"e{n}": at(server.base_url) for n in range(6)})
    found = documents("test")
    assert server.most_at_once == 6
    assert all(0.3 <= each["latency_s"] < 3 for each in found)


@pytest.mark.parametrize("command", ["test", "cards"])
def test_an_unknown_name_is_a_usage_error(command: str) -> None:
    configure(gpt_mini=at(NOWHERE))
    error = fail(command, "gpt-mini", "gpt-mni")
    assert isinstance(error, UsageError) and "did you mean gpt-mini?" in str(error)


def test_test_without_experts_says_what_to_do() -> None:
    assert "[experts.NAME]" in str(fail("test"))
    assert "[experts.NAME]" in str(fail("test", "gpt"))


def test_cards_of_an_expert_on_this_machine_need_no_consent(server: CardServer) -> None:
    server.wrong, server.failing = {"tank"}, {"coins"}
    configure(here=at(server.base_url))
    result = succeed("cards")
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "here: mathematics 5/6, code 5/5, knowledge 6/6, reasoning 6/6, writing 6/6, extraction 6/6"
    )
    assert lines[1].startswith("  0.") and lines[2] == "  1 task not answered"
    assert "1 expert, 36 tasks, at most $0" in result.stderr
    assert "here: mathematics, tank: wrong" in result.stderr
    assert "36 tasks, 34 right," in result.stderr and "$0 spent" in result.stderr


def test_cards_as_json(server: CardServer) -> None:
    configure(here=at(server.base_url, PRICES))
    (here,) = documents("cards", "--limit", 1, "--yes")
    card = here.pop("card")
    assert here == {
        "name": "here",
        "model": "m",
        "tasks_left": 0,
        "failure": None,
        "out_of_budget": False,
    }
    assert card["scores"]["code"] == {"right": 1, "of": 1}
    assert card["cost_usd"] == pytest.approx(0.0006) and card["latency_s"] > 0
    assert card["text"].endswith("about $0.0006 a call")


def test_cards_that_may_cost_need_consent(server: CardServer) -> None:
    configure(priced=at(server.base_url, PRICES))
    error = fail("cards")
    assert isinstance(error, RefusedError) and error.exit_code == 8
    assert "--yes" in str(error) and "at most $1.49" in str(error)
    assert "at most $0.02" in str(fail("cards", "--max-cost", 0.02))
    assert server.requests == [] and not records_path().exists()


def test_an_unknown_price_needs_consent_and_fits_no_limit() -> None:
    configure(dear=at("https://models.example/v1"))
    error = fail("cards")
    assert isinstance(error, RefusedError) and "nobody knows what dear costs" in str(error)
    error = fail("cards", "--yes", "--max-cost", 5)
    assert isinstance(error, RefusedError) and "[experts.dear]" in str(error)


def test_cards_stop_at_the_cost_limit_and_go_on_from_there(server: CardServer) -> None:
    configure(priced=at(server.base_url, PRICES))
    result = succeed("cards", "--max-cost", 0.05, "--yes", code=6)
    assert "left because of the cost limit" in result.stdout
    first = len(server.asked)
    assert 0 < first < 36
    (done,) = documents("cards", "--yes")
    assert len(server.asked) == 36 and done["tasks_left"] == 0
    again = succeed("cards")
    assert len(server.asked) == 36 and "--afresh" in again.stderr
    assert again.stdout.startswith("priced: mathematics 6/6")
    succeed("cards", "--afresh", "--limit", 1, "--yes")
    assert len(server.asked) == 42


def test_cards_of_one_that_fails_and_one_that_answers(
    server: CardServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with OpenAIServer() as refusing:
        refusing.script(refused(403, "no such plan"))
        configure(
            keyless=at("https://models.example/v1", 'api_key_env = "NO_SUCH_KEY"'),
            broken=at(refusing.base_url),
            here=at(server.base_url),
        )
        result = succeed("cards", "--limit", 1, code=5)
    assert "broken: nothing measured" in result.stdout
    assert "3 tasks left because of failures" in result.stdout
    assert "HTTP 403" in result.stdout and "no such plan" in result.stdout
    assert "here: mathematics 1/1" in result.stdout
    assert "keyless is left out" in result.stderr and "NO_SUCH_KEY" in result.stderr
    assert isinstance(fail("cards", "keyless"), ConfigError)


def test_without_experts_the_orchestrators_own_model_is_measured(server: CardServer) -> None:
    write_config(f'[orchestrator]\nmodel = "{server.base_url}#own"\n')
    result = succeed("cards", "--limit", 1)
    assert "measuring the orchestrator's own model" in result.stderr
    assert result.stdout.startswith("own: mathematics 1/1, code 1/1")


@pytest.mark.slow
def test_the_embedded_model_is_measured(embedded: Path) -> None:
    result = succeed("cards", "--limit", 1)
    assert result.stdout.startswith("embedded: mathematics ")
    assert "6 tasks" in result.stderr and "$0 spent" in result.stderr


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self.child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-c", _RUN, "experts", *arguments],
            env=environment(TERM="xterm-256color", PYTHONPATH=str(REPOSITORY)),
            dimensions=(30, 120),
            encoding="utf-8",
            timeout=30,
        )

    def end(self) -> int:
        """Read to the end; the exit code."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus is not None
        return int(self.child.exitstatus)


terminals = [
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class TestOnATerminal:
    pytestmark = terminals

    def test_consent_is_asked_for(self, server: CardServer) -> None:
        configure(priced=at(server.base_url, PRICES))
        terminal = Terminal("cards", "--limit", "1")
        terminal.child.expect(r"1 expert, 6 tasks, at most \$0\.2\d+")
        terminal.child.expect("Go on")
        terminal.child.sendline("n")
        assert terminal.end() == 8 and server.requests == []
        server.pause_s = 0.2
        terminal = Terminal("cards", "--limit", "1")
        terminal.child.expect("Go on")
        terminal.child.sendline("y")
        terminal.child.expect(r"priced, \$0\.")
        assert terminal.end() == 0 and len(server.asked) == 6

    def test_ctrl_c_keeps_what_was_answered(self, server: CardServer) -> None:
        server.pause_s = 0.1
        configure(here=at(server.base_url))
        terminal = Terminal("cards")
        terminal.child.expect("3/36")
        terminal.child.sendintr()
        terminal.child.expect("what was answered is kept")
        assert terminal.end() == 130
        (here,) = documents("list")
        answered = sum(score["of"] for score in here["card"]["scores"].values())
        assert 3 <= answered < 30
        server.asked.clear()
        server.pause_s = 0.0
        succeed("cards")
        assert len(server.asked) == len(TASKS) - answered


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, typer; before = set(sys.modules); import orchestra_cli.commands.experts;"
        "print({'rich.console', 'sqlite3', 'httpx', 'pydantic', 'platformdirs', 'genai_prices'}"
        " & (set(sys.modules) - before))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, cwd=REPOSITORY, text=True) == "set()\n"
