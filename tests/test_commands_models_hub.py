"""`orchestra models` on a hub of the tests' own, and `info`, through the command line itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hub_server import CONTENT, FILE, REPO, TOKEN, Hub, serve_hub
from orchestra_command import contacts, orchestra

from orchestra_cli import cli
from orchestra_cli.errors import ExitCode
from orchestra_cli.models import catalog
from orchestra_cli.models.catalog import CatalogEntry, load_catalog
from orchestra_cli.models.sources import HubSource

NOTICE = "research and development only"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve_hub(monkeypatch) as served:
        yield served


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> CatalogEntry:
    """The 8B's entry with a source on the tests' hub."""
    source = HubSource(repo=REPO, quant="Q4_K_M", size_bytes=len(CONTENT))
    entry = replace(
        load_catalog()["nemotron-8b"], name="tiny", description="Tiny", file="t.gguf", source=source
    )
    monkeypatch.setattr(catalog, "load_catalog", lambda: {"tiny": entry})
    return entry


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error)."""
    code = cli.run(["models", *arguments])
    shown = capfd.readouterr()
    return code, shown.out, shown.err


def info(capfd: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    code, out, _ = run(capfd, "info", name, "--json")
    assert code == 0
    facts: dict[str, Any] = json.loads(out)
    return facts


def test_pull_shows_the_licence_once(
    hub: Hub, tiny: CatalogEntry, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capfd, "pull", "tiny")
    assert (code, out) == (0, f"{tiny.path}\n")
    notice, *stages = err.splitlines()
    assert NOTICE in notice
    assert tiny.licence.url in notice
    assert stages == ["Tiny: downloading (1 MB)", "Tiny: preparing (1 MB)"]
    assert tiny.path.read_bytes() == CONTENT
    assert run(capfd, "rm", "tiny")[0] == 0
    assert not tiny.path.exists()
    assert NOTICE not in run(capfd, "pull", "tiny")[2]
    (seen,) = (home / "data" / "licences-shown").iterdir()
    assert NOTICE in seen.read_text()


def test_a_notice_that_cannot_be_noted_is_shown_all_the_same(
    hub: Hub, tiny: CatalogEntry, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "data").write_text("a file where the folder should be")
    for _ in range(2):
        assert NOTICE in run(capfd, "pull", "tiny")[2]


def test_a_gate_ends_with_one_line_and_4(
    hub: Hub,
    tiny: CatalogEntry,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub.gated = True
    code, out, err = run(capfd, "pull", "tiny")
    assert (code, out) == (ExitCode.MODEL, "")
    assert err.splitlines()[-1].startswith(f"orchestra: {REPO} is gated: accept its licence at")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert run(capfd, "pull", "tiny")[0] == 0


def test_any_file_of_the_hub_is_pulled_found_and_removed(
    hub: Hub, capfd: pytest.CaptureFixture[str]
) -> None:
    name = f"hf:{REPO}/{FILE}"
    code, out, err = run(capfd, "pull", name)
    path = Path(out.strip())
    assert (code, path.read_bytes()) == (0, CONTENT)
    assert err.splitlines()[0] == f"{name}: downloading (1 MB)"
    assert run(capfd, "path", name) == (0, out, "")
    assert run(capfd, "rm", name) == (0, "", f"{path} deleted\n")
    code, _, err = run(capfd, "path", name)
    assert code == ExitCode.MODEL
    assert f"orchestra models pull {name}" in err


def test_a_wrong_hash_ends_with_one_line_and_4(
    hub: Hub, tiny: CatalogEntry, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.promised_sha256 = "0" * 64
    code, out, err = run(capfd, "pull", "tiny")
    assert (code, out) == (ExitCode.MODEL, "")
    assert "it was not kept" in err.splitlines()[-1]
    assert not tiny.path.exists()


def test_ask_offline_says_which_command_pulls() -> None:
    name = f"hf:{REPO}/{FILE}"
    done = orchestra("ask", "--offline", "--model", name, "Hello?")
    assert (done.returncode, done.stdout) == (ExitCode.MODEL, "")
    assert f"run `orchestra models pull {name}` while online" in done.stderr
    assert contacts() == []


def test_a_served_model_that_is_not_there_ends_with_its_command() -> None:
    done = orchestra("ask", "--offline", "--model", "nemotron-8b-nvfp4", "Hello?")
    assert (done.returncode, done.stdout) == (ExitCode.MODEL, "")
    assert "run `vllm serve ericlewis/Nemotron-Orchestrator-8B-NVFP4 " in done.stderr
    assert contacts() == []


@pytest.mark.parametrize("command", ["pull", "path", "rm"])
def test_a_served_model_gives_its_command(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, command, "nemotron-8b-nvfp4")
    assert (code, out) == (ExitCode.MODEL, "")
    assert "`vllm serve ericlewis/Nemotron-Orchestrator-8B-NVFP4 " in err.splitlines()[-1]


def test_info_of_a_file(gguf: Path, capfd: pytest.CaptureFixture[str]) -> None:
    facts = info(capfd, str(gguf))
    free = facts.pop("free_memory_bytes")
    facts = {key: value for key, value in facts.items() if not key.startswith("layers")}
    assert facts == {
        "name": facts["name"],
        "file": str(gguf),
        "size_bytes": gguf.stat().st_size,
        "architecture": "llama",
        "parameters": 134_515_008,
        "quantisation": "Q8_0",
        "trained_context": 8192,
        "kv_bytes_per_token": 23_040,
        "chat_template": True,
        "template_knows_tools": False,
        "memory_bytes": gguf.stat().st_size + 8192 * 23_040,
        "fits": facts["memory_bytes"] <= free,
    }


def test_info_of_a_file_as_text(gguf: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, "info", str(gguf))
    assert (code, err) == (0, "")
    lines = dict(line.split("  ", 1) for line in out.splitlines())
    shown = {key.strip(): value.strip() for key, value in lines.items()}
    assert shown["parameters"] == "134,515,008"
    assert shown["quantisation"] == "Q8_0"
    assert shown["memory"] == "334 MB"
    assert shown["kv bytes per token"] == "22.5 KiB"
    assert shown["template knows tools"] == "no"


def test_info_of_a_model_by_name(capfd: pytest.CaptureFixture[str]) -> None:
    facts = info(capfd, "nemotron-8b")
    assert facts["memory_bytes"] == 5_027_783_840 + 32_768 * 147_456
    assert facts["research_only"] is True
    assert facts["cached"] is False
    assert isinstance(facts["fits"], bool)
    assert "architecture" not in facts


def test_info_of_what_is_in_the_cache_reads_its_header(
    embedded: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    facts = info(capfd, "embedded")
    assert (facts["name"], facts["cached"]) == ("embedded", True)
    assert (facts["architecture"], facts["quantisation"]) == ("llama", "Q8_0")
    assert facts["memory_bytes"] == load_catalog()["embedded"].memory_bytes


def test_info_of_a_served_model_holds_its_command(capfd: pytest.CaptureFixture[str]) -> None:
    facts = info(capfd, "nemotron-8b-vllm")
    assert facts["run"].startswith("vllm serve nvidia/Nemotron-Orchestrator-8B --host 127.0.0.1 ")
    assert "file" not in facts


def test_info_of_a_hub_name_says_what_is_not_known(capfd: pytest.CaptureFixture[str]) -> None:
    facts = info(capfd, "hf:someone/Tiny-GGUF:Q8_0")
    assert facts["research_only"] is None
    assert facts["memory_bytes"] is None
    assert facts["fits"] is None


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"text", "not a GGUF file"), (b"GGUF" + bytes(64), "cannot be loaded"), (None, "no such")],
    ids=["text", "damaged", "missing"],
)
def test_info_of_what_is_no_model(
    tmp_path: Path, content: bytes | None, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.gguf"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run(capfd, "info", str(path))
    assert (code, out) == (ExitCode.MODEL, "")
    assert err.startswith(f"orchestra: {path}: ")
    assert says in err


def test_list_as_json_has_every_model(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert list(rows) == list(load_catalog())
    assert rows["nemotron-8b-awq4"]["path"] is None
    assert rows["nemotron-8b"]["download_bytes"] == 5_027_783_840
    assert rows["community-blend-8b"]["research_only"] is None
