"""The steps of a declared tool, and how each is done on a draft of the database.

A step that cannot be done raises `ToolError`, with the words of its `error` where it has any; the
draft is then thrown away, so preconditions need not stand before the writes.
"""

from __future__ import annotations

import copy
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from orchestra_cli.evaluation.domains.database import Draft
from orchestra_cli.evaluation.domains.values import Condition, follow, holds, path_of, resolve
from tools.base import ToolError

_STRICT = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
Names: TypeAlias = dict[str, Any]
"""What the steps so far have named, and the arguments."""


class _Step(BaseModel):
    model_config = _STRICT
    error: str | None = None
    """What the policy is told where it cannot be done."""

    def problem(self, names: Names) -> str | None:
        """The error with its values in it."""
        return None if self.error is None else str(resolve(self.error, names))


class _Naming(_Step):
    named: str = Field(alias="as", pattern=r"^[A-Za-z_]\w*$")


class Lookup(_Naming):
    """Name the row under a key."""

    do: Literal["lookup"]
    table: str
    key: Any

    def run(self, draft: Draft, names: Names) -> None:
        """See the class."""
        key = resolve(self.key, names)
        names[self.named] = draft.row(self.table, key, error=self.problem(names))


class Find(_Naming):
    """Name the list of rows that meet all conditions, in which `$row` is each row in turn."""

    do: Literal["find"]
    table: str
    where: list[Condition]

    def run(self, draft: Draft, names: Names) -> None:
        """None found is an empty list, or the error where there is one."""
        found = [key for key, row in draft.scan(self.table) if self._meets(names | {"row": row})]
        if not found and self.error is not None:
            raise ToolError(self.problem(names) or "")
        names[self.named] = [draft.row(self.table, key) for key in found]

    def _meets(self, names: Names) -> bool:
        try:
            return all(holds(condition, names) for condition in self.where)
        except ToolError:  # the row lacks what it is asked for
            return False


class Require(_Step):
    """Go on only where the condition is met."""

    do: Literal["require"]
    that: Condition
    error: str

    def run(self, draft: Draft, names: Names) -> None:
        """See the class."""
        if not holds(self.that, names):
            raise ToolError(self.problem(names) or "")


class _Write(_Step):
    at: str = Field(pattern=r"^\$[A-Za-z_]\w*\..+$")
    """Where in a row that an earlier step has named."""

    def list_at(self, names: Names) -> list[Any]:
        value = follow(path_of(self.at, names), names)
        if not isinstance(value, list):
            raise ToolError(self.problem(names) or f"{self.at[1:]} is no list")
        return value


class Set(_Write):
    """Write a field, a new one too."""

    do: Literal["set"]
    to: Any

    def run(self, draft: Draft, names: Names) -> None:
        """See the class."""
        *path, last = path_of(self.at, names)
        holder, value = follow(path, names), copy.deepcopy(resolve(self.to, names))
        if isinstance(holder, dict):
            holder[last] = value
        elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
            holder[int(last)] = value
        else:
            raise ToolError(self.problem(names) or f"{'.'.join(path)} has no {last!r}")


class Append(_Write):
    """Add to the end of a list."""

    do: Literal["append"]
    value: Any

    def run(self, draft: Draft, names: Names) -> None:
        """See the class."""
        self.list_at(names).append(copy.deepcopy(resolve(self.value, names)))


class Remove(_Write):
    """Take a value out of a list, once."""

    do: Literal["remove"]
    value: Any

    def run(self, draft: Draft, names: Names) -> None:
        """See the class."""
        values, value = self.list_at(names), resolve(self.value, names)
        if value not in values:
            raise ToolError(self.problem(names) or f"{value!r} is not in {self.at[1:]}")
        values.remove(value)


class Insert(_Step):
    """Add a row."""

    do: Literal["insert"]
    table: str
    key: Any
    row: dict[str, Any]
    named: str | None = Field(default=None, alias="as", pattern=r"^[A-Za-z_]\w*$")

    def run(self, draft: Draft, names: Names) -> None:
        """See the class."""
        key, row = resolve(self.key, names), copy.deepcopy(resolve(self.row, names))
        if not isinstance(row, dict):
            raise ToolError("a row is an object")
        added = draft.insert(self.table, key, row, error=self.problem(names))
        if self.named is not None:
            names[self.named] = added


class Delete(_Step):
    """Take a row out."""

    do: Literal["delete"]
    table: str
    key: Any

    def run(self, draft: Draft, names: Names) -> None:
        """See the class."""
        draft.delete(self.table, resolve(self.key, names), error=self.problem(names))


Step = Annotated[
    Lookup | Find | Require | Set | Append | Remove | Insert | Delete, Field(discriminator="do")
]
