"""Checks of what tools stand on: the Python sandboxes, each by running 1 + 1, and web search."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

from orchestra_cli.config import ToolTables
from orchestra_cli.doctor.redaction import is_variable_name
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ExitCode

GROUP = "tools"
_WEB = "[tools.web_search] in config.toml"
_NO_BWRAP = (
    "install the package bubblewrap (`apt install bubblewrap`, `dnf install bubblewrap`) "
    "for the whole of Python; the default backend monty needs nothing"
)


def check_tools(tables: ToolTables) -> Iterator[Row]:
    """Every backend that there is; what is configured has to work."""
    chosen = tables.python.backend if tables.python.enabled else ""
    yield check_sandbox("monty", is_chosen=chosen == "monty")
    yield _bubblewrap(is_chosen=chosen == "bubblewrap")
    yield _web_search(tables)


def check_sandbox(backend: str, *, is_chosen: bool) -> Row:
    """Run a sum in it."""
    from tools.base import CallContext, ToolError
    from tools.python import PythonTool

    name = f"python: {backend}"
    tool = PythonTool(backend=backend)
    try:
        text = tool.run({"code": "print(1 + 1)"}, CallContext("")).text
    except (ToolError, ImportError) as error:
        return _broken(name, str(error), backend, is_chosen=is_chosen)
    finally:
        tool.close()
    if text.strip() != "2":
        return _broken(name, f"1 + 1 gave {text!r}", backend, is_chosen=is_chosen)
    words = "runs 1 + 1" + (", configured" if is_chosen else ", not configured")
    return Row(GROUP, name, Status.OK, words)


def _broken(name: str, reason: str, backend: str, *, is_chosen: bool) -> Row:
    status = Status.FAILED if is_chosen else Status.WARNING
    fixes = {
        "monty": "`pip install --force-reinstall pydantic-monty`",
        "bubblewrap": 'let bwrap create user namespaces, or set backend = "monty" '
        "under [tools.python] in config.toml",
    }
    return Row(GROUP, name, status, reason, fixes[backend])


def _bubblewrap(*, is_chosen: bool) -> Row:
    name = "python: bubblewrap"
    if not sys.platform.startswith("linux") and not is_chosen:
        fix = 'keep backend = "monty": bubblewrap is for Linux'
        return Row(GROUP, name, Status.SKIPPED, "there is none for this system", fix)
    if shutil.which("bwrap") is None:
        status = Status.FAILED if is_chosen else Status.SKIPPED
        return Row(GROUP, name, status, "the program bwrap is not installed", _NO_BWRAP)
    return check_sandbox("bubblewrap", is_chosen=is_chosen)


def _web_search(tables: ToolTables) -> Row:
    from tools.web_search import WebSearchTool

    table, name = tables.web_search, "web_search"
    if not table.enabled:
        return Row(GROUP, name, Status.SKIPPED, "switched off", f"set enabled = true under {_WEB}")
    variable = table.api_key_env
    if variable and not is_variable_name(variable, os.environ):
        found = "api_key_env does not name an environment variable (is it the key itself?)"
        fix = f"put the key into a variable and that variable's name under {_WEB}"
        return Row(GROUP, name, Status.FAILED, found, fix, ExitCode.CONFIG)
    key = os.environ.get(variable or "", "").strip()
    if variable and not key:
        found, fix = (
            f"{table.backend}: ${variable} is not set",
            f"`export {variable}=…` with the key",
        )
        return Row(GROUP, name, Status.FAILED, found, fix, ExitCode.CONFIG)
    try:
        WebSearchTool(backend=table.backend, api_key=key or None, base_url=table.base_url)
    except ValueError as error:
        return Row(GROUP, name, Status.FAILED, str(error), f"correct {_WEB}", ExitCode.CONFIG)
    shown = f", key in ${variable}" if variable else ", no key needed"
    return Row(
        GROUP, name, Status.OK, f"{table.backend}{shown}; not asked, which would be a search"
    )
