"""What the modules of the tools load: heavy libraries come in with the first call only."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"httpx", "lxml", "trafilatura", "ddgs", "pydantic_monty", "jsonschema"}


@pytest.mark.parametrize(
    ("module", "tool"),
    [
        ("web_page", "WebPageTool()"),
        ("web_search", "WebSearchTool()"),
        ("web_search", "WebSearchTool(backend='searxng', base_url='http://127.0.0.1:8080')"),
        ("python", "PythonTool()"),
        ("local_search", "LocalSearchTool(__import__('pathlib').Path('index.sqlite'))"),
    ],
)
def test_a_tool_that_is_made_but_not_called_loads_nothing_heavy(module: str, tool: str) -> None:
    code = f"import sys, tools.{module} as module; tool = module.{tool}; print(*sys.modules)"
    command = [sys.executable, "-W", "error", "-c", code]
    root = Path(__file__).parent.parent
    printed = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout
    assert HEAVY & set(printed.split()) == set()
