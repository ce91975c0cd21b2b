"""A domain: the policy text an agent is bound to, a database, and the tools that work on it.

`Domain.open()` gives a session: tools bound to a database of its own. Each call is checked against
its JSON schema, runs on a draft, and is logged; only a call that succeeds changes the database. A
replay of the same calls therefore ends in the same database, whatever failed in between.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from orchestra_cli.evaluation.domains.database import Draft, Entry, Row, Tables
from tools.base import CallContext, JsonObject, Observation, Tool, ToolCall, ToolError
from tools.toolbox import problem_with

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class DomainTool:
    """A JSON function and what it does to a draft of the database."""

    name: str
    description: str
    parameters: JsonObject
    do: Callable[[Draft, JsonObject], object]
    """Returns what the policy reads: text, or anything JSON can write."""

    @property
    def function(self) -> JsonObject:
        """As a model reads it."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": self.parameters,
        }


@dataclass(frozen=True, slots=True)
class Domain:
    """Shared by all its sessions; its database is never changed."""

    name: str
    policy: str
    """What the agent may and must do, in words."""
    database: Tables
    tools: tuple[DomainTool, ...]

    def open(self) -> Session:
        """A database of one's own, with the tools bound to it."""
        return Session(self)


@dataclass(frozen=True, slots=True)
class Executed:
    """A call and what came of it."""

    call: ToolCall
    text: str
    """The result, or what was wrong."""
    failed: bool
    touched: frozenset[Entry] = frozenset()
    """The entries that were read or written; none by a call that failed."""


class Session:
    """One run's database."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.database: dict[str, dict[str, Row]] = {
            name: dict(rows) for name, rows in domain.database.items()
        }
        """To look at; rows that no call has touched are shared with the domain."""
        self.log: list[Executed] = []
        self.tools: tuple[Tool, ...] = tuple(SessionTool(t, self) for t in domain.tools)
        self._by_name = {tool.name: tool for tool in domain.tools}

    def call(self, call: ToolCall) -> str:
        """Do it and log it. Raises nothing but `ToolError`."""
        draft = Draft(self.database)
        try:
            text = self._run(call, draft)
        except ToolError as error:
            self.log.append(Executed(call, str(error), failed=True))
            raise
        for (table, key), row in draft.rows.items():
            if row is None:
                self.database[table].pop(key, None)
            else:
                self.database[table][key] = row
        self.log.append(Executed(call, text, failed=False, touched=frozenset(draft.rows)))
        return text

    def replay(self, calls: Iterable[ToolCall]) -> None:
        """All of them; those that fail are in the log."""
        for call in calls:
            try:
                self.call(call)
            except ToolError:
                continue

    def _run(self, call: ToolCall, draft: Draft) -> str:
        try:
            if problem := problem_with(call, [tool.function for tool in self.domain.tools]):
                raise ToolError(problem)
            result = self._by_name[call.name].do(draft, copy.deepcopy(call.arguments))
            return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        except ToolError:
            raise
        except Exception as error:  # a row that lacks a field, say: alike live and in a replay
            raise ToolError(f"{call.name} failed: {type(error).__name__}: {error}") from error

    @property
    def touched(self) -> frozenset[Entry]:
        """Every entry that a successful call has read or written."""
        return frozenset[Entry]().union(*(executed.touched for executed in self.log))

    def row(self, entry: Entry) -> Row | None:
        """What stands there now."""
        table, key = entry
        return self.database[table].get(key)


class SessionTool:
    """A domain's tool bound to a session, as the agent's toolbox takes it."""

    timeout_s = _TIMEOUT_S

    def __init__(self, tool: DomainTool, session: Session) -> None:
        self.name = tool.name
        self.description = tool.description
        self.parameters = tool.parameters
        self._session = session

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Never."""
        return False

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Call it in the session."""
        return Observation(self._session.call(ToolCall(self.name, arguments)))
