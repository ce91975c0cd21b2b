"""What every test shares: folders of its own, and the real embedded model where it is asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai_server import OpenAIServer
from orchestra_command import RULES_CONDUCT, write_config

from orchestra_cli.models.catalog import load_catalog

pytest.register_assert_rewrite("agent_runs", "model_fetches", "toolbox_calls")

_EMBEDDED = load_catalog()["embedded"].path  # in the user's own cache: read before `home` moves it


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh $ORCHESTRA_HOME for each test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ORCHESTRA_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The real embedded model's file, which the README's test command fetches."""
    if not _EMBEDDED.exists():
        pytest.fail("the embedded model is not in the cache: run `orchestra models pull embedded`")
    return _EMBEDDED


@pytest.fixture
def embedded(gguf: Path, home: Path) -> Path:
    """The real embedded model in this test's own cache."""
    models = home / "cache" / "models"
    models.mkdir(parents=True)
    for file in (gguf, gguf.with_name(f"{gguf.name}.json")):
        (models / file.name).symlink_to(file)
    return models / gguf.name


@pytest.fixture
def rules(embedded: Path) -> Path:
    """The same, and the plain rules conduct: what they choose can be foretold."""
    write_config(RULES_CONDUCT)
    return embedded


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """An OpenAI-compatible server on loopback, whose replies the test scripts."""
    with OpenAIServer() as server:
        yield server
