"""Draws docs/ask.svg from real runs of the embedded model: `python docs/make_screenshot.py`."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from orchestra_cli.assembly import assemble
from orchestra_cli.config import Config
from orchestra_cli.events import RunFinished
from orchestra_cli.folders import data_folder
from orchestra_cli.models.catalog import load_catalog
from orchestra_cli.orchestrator import load_orchestrator
from orchestra_cli.policy import Task
from orchestra_cli.views.scrollback import scrollback_of
from prefs.profile import Profile
from tools.index import Index

NOTES = """# Office

The wifi password at the office is Tangerine-42.
"""
QUESTIONS = ("What is 17% of 2,350?", "What is the wifi password at the office?")


def main() -> None:
    """Ask, record what stays in the terminal, and save it."""
    path = load_catalog()["embedded"].path
    with tempfile.TemporaryDirectory() as home:
        os.environ["ORCHESTRA_HOME"] = home
        os.chdir(home)
        Path("notes").mkdir()
        Path("notes/office.md").write_text(NOTES, encoding="utf-8")
        data_folder().mkdir(parents=True)
        Index(data_folder() / "index.sqlite3").add([Path("notes")])
        console = Console(record=True, force_terminal=True, width=92, file=io.StringIO())
        for question in QUESTIONS:
            show(question, path, console)
    target = Path(__file__).with_name("ask.svg")
    console.save_svg(str(target), title="orchestra")


def show(question: str, model: Path, console: Console) -> None:
    """One question, as the command shows it."""
    console.print(Text(f'$ orchestra ask "{question}"', style="bold cyan"))
    config = Config()
    loaded = load_orchestrator(config.orchestrator, fetch=lambda entry: model)
    agent = assemble(config, Profile(), loaded, offline=True, ask_user=None)
    for event in agent.stream(Task(question)):
        if (stays := scrollback_of(event)) is not None:
            console.print(stays)
    assert isinstance(event, RunFinished)
    console.print(Markdown(event.trajectory.answer or ""))
    console.print()
    agent.close()
    loaded.engine.close()


if __name__ == "__main__":
    main()
