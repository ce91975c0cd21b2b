"""A small domain that uses every kind of step, and tasks in it."""

from __future__ import annotations

from pathlib import Path

from orchestra_cli.evaluation.domains.domain import Domain
from orchestra_cli.evaluation.domains.domain_file import load_domain
from orchestra_cli.evaluation.tasks import EvalTask, Json
from tools.base import ToolCall

LIBRARY = """
name = "library"
policy = "Members borrow books. Fees are in dollars."

[tables.members.m1]
id = "m1"
name = { first = "Ada", last = "Byron" }
loans = ["b2"]
fees = 0.3
[tables.members.m2]
id = "m2"
name = { first = "Alan", last = "Turing" }
loans = []
fees = 0
[tables.books.b1]
id = "b1"
title = "Notes"
copies = 1
[tables.books.b2]
id = "b2"
title = "Tables"
copies = 0
[tables.holds]

[[tools]]
name = "find_member"
description = "A member's id by name."
parameters.last_name = { type = "string" }
steps = [
  { do = "find", table = "members", where = [["$row.name.last", "=", "$last_name"]], as = "found", error = "nobody is called {last_name}" },
]
result = "$found.0.id"

[[tools]]
name = "lend"
description = "Lend a book."
parameters = { member_id = { type = "string" }, book_id = { type = "string" } }
steps = [
  { do = "lookup", table = "members", key = "$member_id", as = "member" },
  { do = "lookup", table = "books", key = "$book_id", as = "book", error = "no book {book_id}" },
  { do = "append", at = "$member.loans", value = "$book_id" },
  { do = "set", at = "$book.copies", to = { "$subtract" = ["$book.copies", 1] } },
  { do = "require", that = ["$book.copies", ">=", 0], error = "all copies of {book.title} are lent" },
]
result = "{member.name.first} has {book.title}"

[[tools]]
name = "take_back"
description = "Take a book back; a late one costs a fee."
parameters = { member_id = { type = "string" }, book_id = { type = "string" }, fee = { type = "number", minimum = 0 } }
optional = ["fee"]
steps = [
  { do = "lookup", table = "members", key = "$member_id", as = "member" },
  { do = "lookup", table = "books", key = "$book_id", as = "book" },
  { do = "remove", at = "$member.loans", value = "$book_id", error = "{member_id} does not have {book_id}" },
  { do = "set", at = "$book.copies", to = { "$add" = ["$book.copies", 1] } },
]
result = { member = "$member", fee = "$fee", loans = { "$length" = "$member.loans" } }

[[tools]]
name = "charge"
description = "Add to a member's fees."
parameters = { member_id = { type = "string" }, fee = { type = "number" } }
steps = [
  { do = "lookup", table = "members", key = "$member_id", as = "member" },
  { do = "set", at = "$member.fees", to = { "$add" = ["$member.fees", "$fee"] } },
]

[[tools]]
name = "hold"
description = "Reserve a book that is lent."
parameters = { member_id = { type = "string" }, book_id = { type = "string" } }
steps = [
  { do = "lookup", table = "books", key = "$book_id", as = "book" },
  { do = "require", that = ["$book.copies", "=", 0], error = "{book.title} is on the shelf" },
  { do = "insert", table = "holds", key = "{member_id}:{book_id}", row = { member = "$member_id", book = "$book_id" }, error = "held already" },
]

[[tools]]
name = "drop_hold"
description = "Forget a reservation."
parameters.hold_id = { type = "string" }
steps = [{ do = "delete", table = "holds", key = "$hold_id", error = "there is no hold {hold_id}" }]
"""  # noqa: E501


def write_library(folder: Path) -> Path:
    """The domain's file."""
    path = folder / "library.toml"
    path.write_text(LIBRARY, encoding="utf-8")
    return path


def library(folder: Path) -> Domain:
    """The domain."""
    return load_domain(write_library(folder))


def lend(member_id: str, book_id: str) -> ToolCall:
    """The call."""
    return ToolCall("lend", {"member_id": member_id, "book_id": book_id})


def charge(member_id: str, fee: float) -> ToolCall:
    """The call."""
    return ToolCall("charge", {"member_id": member_id, "fee": fee})


def find(last_name: str) -> ToolCall:
    """The call."""
    return ToolCall("find_member", {"last_name": last_name})


def state_task(*actions: ToolCall, say: tuple[str, ...] = (), touch: bool = True) -> EvalTask:
    """A task whose golden calls these are."""
    golden: list[Json] = [{"name": a.name, "arguments": a.arguments} for a in actions]
    answer: Json = {"actions": golden, "communicate": list(say), "touch": touch}
    return EvalTask("t1", "Lend the book.", answer, judge="state", domain="library")
