"""What every test shares: folders of its own, so that nothing touches the user's files."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh $ORCHESTRA_HOME for each test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ORCHESTRA_HOME", str(folder))
    return folder
