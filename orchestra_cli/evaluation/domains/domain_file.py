"""A domain as a TOML file: tables, and tools declared step by step or written in Python.

A file that loads has no loose ends: every name a step uses is an argument or was named by an
earlier step, every table exists, and every schema is one. docs/evaluation.md shows the form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.database import Draft, Row, Tables, load_database
from orchestra_cli.evaluation.domains.domain import Domain, DomainTool
from orchestra_cli.evaluation.domains.steps import (
    Append,
    Delete,
    Find,
    Insert,
    Lookup,
    Remove,
    Set,
    Step,
)
from orchestra_cli.evaluation.domains.values import names_in, resolve
from prefs.strict_toml import TomlError, parse_toml
from tools.base import JsonObject

Functions = Mapping[str, Callable[..., object]]
"""Tools in Python by name: `function(draft, **arguments)`."""


class ToolFile(BaseModel):
    """One tool of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[A-Za-z_][\w-]*$")
    description: str
    parameters: dict[str, dict[str, Any]] = {}
    """JSON schema of each argument."""
    optional: list[str] = []
    """Arguments that may be left out; a step reads null then."""
    steps: list[Step] = []
    result: Any = "done"

    @property
    def arguments(self) -> JsonObject:
        """JSON schema of all arguments."""
        return {
            "type": "object",
            "properties": self.parameters,
            "required": [name for name in self.parameters if name not in self.optional],
            "additionalProperties": False,
        }

    def do(self, draft: Draft, arguments: JsonObject) -> object:
        """The steps in their order."""
        names = {**dict.fromkeys(self.parameters), **arguments}
        for step in self.steps:
            step.run(draft, names)
        return resolve(self.result, names)


class DomainFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    policy: str = ""
    database: str | None = None
    """A .json or .json.gz file beside this one, where `tables` does not hold the rows."""
    tables: dict[str, dict[str, Row]] = {}
    tools: list[ToolFile]


def load_domain(
    path: Path,
    *,
    functions: Functions | None = None,
    tables: Tables | None = None,
    policy: str | None = None,
) -> Domain:
    """The domain in the file; `tables` and `policy` stand for the file's own."""
    try:
        file = parse_toml(path, path.read_bytes(), DomainFile)
    except TomlError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if tables is None:
        tables = load_database(path.parent / file.database) if file.database else file.tables
    domain = build_domain(file, functions=functions or {}, tables=tables, where=str(path))
    return Domain(domain.name, policy or domain.policy, domain.database, domain.tools)


def build_domain(
    file: DomainFile, *, functions: Functions | None = None, tables: Tables, where: str
) -> Domain:
    """The domain, checked; `where` stands in the errors."""
    for problem in problems_with(file, functions=functions or {}, tables=tables):
        raise UsageError(f"{where}: {problem}")
    tools = tuple(_as_tool(tool, functions or {}) for tool in file.tools)
    return Domain(file.name, file.policy, tables, tools)


def _as_tool(tool: ToolFile, functions: Functions) -> DomainTool:
    function = functions.get(tool.name)
    if function is None:
        return DomainTool(tool.name, tool.description, tool.arguments, tool.do)
    return DomainTool(
        tool.name,
        tool.description,
        tool.arguments,
        lambda draft, arguments: function(draft, **arguments),
    )


def problems_with(file: DomainFile, *, functions: Functions, tables: Tables) -> Iterator[str]:
    """Every loose end, in one line each: `tools.NAME: what is wrong`."""
    seen: set[str] = set()
    for tool in file.tools:
        place = f"tools.{tool.name}"
        if tool.name in seen:
            yield f"{place}: stands there twice"
        seen.add(tool.name)
        if unknown := sorted(set(tool.optional) - set(tool.parameters)):
            yield f"{place}: optional: {unknown[0]} is not among its parameters"
        if tool.name not in functions:
            yield from (f"{place}: {problem}" for problem in _loose_ends(tool, tables))
        yield from (f"{place}: {problem}" for problem in _schema_problems(tool))
    if unused := sorted(set(functions) - seen):
        yield f"tools: {unused[0]} is missing"


def _loose_ends(tool: ToolFile, tables: Tables) -> Iterator[str]:
    names, rows = set(tool.parameters), set[str]()
    for index, step in enumerate(tool.steps):
        place = f"steps.{index} ({step.do})"
        if isinstance(step, Find | Lookup | Insert | Delete) and step.table not in tables:
            yield f"{place}: there is no table {step.table}"
        known = names | {"row"} if isinstance(step, Find) else names
        if unknown := sorted(set(names_in(step.model_dump())) - known):
            yield f"{place}: {unknown[0]} is neither a parameter nor named by an earlier step"
        if isinstance(step, Set | Append | Remove) and next(names_in(step.at)) not in rows:
            yield f"{place}: {step.at} is in no row that an earlier step has named"
        if isinstance(step, Find | Lookup | Insert) and step.named is not None:
            names.add(step.named)
            rows.add(step.named)
    if unknown := sorted(set(names_in(tool.result)) - names):
        yield f"result: {unknown[0]} is neither a parameter nor named by a step"


def _schema_problems(tool: ToolFile) -> Iterator[str]:
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(tool.arguments)
    except jsonschema.SchemaError as error:
        yield f"parameters.{'.'.join(map(str, error.absolute_path))}: {error.message}"
