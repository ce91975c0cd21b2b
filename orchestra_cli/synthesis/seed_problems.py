"""The loose ends of a seed that can be seen without drawing from it, each with place and fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orchestra_cli.evaluation.domains.domain_file import DomainFile, ToolFile, problems_with
from orchestra_cli.evaluation.domains.values import names_in
from orchestra_cli.synthesis.drawing import is_draw
from orchestra_cli.synthesis.seed_file import Call, Entries, Intent, Mention, SeedFile, shared_words
from orchestra_cli.synthesis.wording import mentions_in, values_in


def problems_with_seed(seed: SeedFile) -> Iterator[str]:
    """Every loose end, in one line each."""
    tables = {name: seed.tables.get(name, {}) for name in seed.table_names}
    file = DomainFile(name=seed.name, policy=seed.policy, tables=tables, tools=seed.tools)
    yield from problems_with(file, functions={}, tables=tables)
    yield from _entries_problems(seed)
    yield from _who_problems(seed)
    for name, mention in seed.mentions.items():
        yield from _mention_problems(seed, name, mention)
    for name, intent in seed.intents.items():
        yield from _intent_problems(seed, name, intent)


def _entries_problems(seed: SeedFile) -> Iterator[str]:
    words = {*shared_words(), *seed.words}
    drawn: list[str] = list(seed.tables)
    for table, entries in seed.entries.items():
        place = f"entries.{table}"
        for kind in ("unique", "lookalike"):
            for field in getattr(entries, kind):
                if field not in entries.row:
                    yield f"{place}.{kind}: {field}: {_no('field', field, entries.row)}"
        for field, value in entries.row.items():
            for asked in _tables_in(value):
                if asked not in drawn:
                    why = "is drawn later: put it first" if asked in seed.entries else ""
                    yield f"{place}.row.{field}: {why or _no('table', asked, drawn)}"
        yield from _row_reference_problems(place, entries, words)
        drawn.append(table)


def _row_reference_problems(place: str, entries: Entries, words: set[str]) -> Iterator[str]:
    """A field may use the words, the key where it is a code, and fields before it."""
    known = {*words, "row"} | (set() if "{" in entries.key else {"key"})
    for field, value in entries.row.items():
        yield from _unknown(f"{place}.row.{field}", names_in(value), known)
        known.add(field)
    if "{" in entries.key:
        yield from _unknown(f"{place}.key", names_in(entries.key), set(entries.row))


def _tables_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if is_draw(value):
            yield from (str(value[kind]) for kind in ("row", "rows") if kind in value)
        else:
            yield from (table for item in value.values() for table in _tables_in(item))
    elif isinstance(value, list):
        yield from (table for item in value for table in _tables_in(item))


def _who_problems(seed: SeedFile) -> Iterator[str]:
    if seed.who is None:
        return
    if not seed.introductions:
        yield f'introductions: are missing: say who writes, such as ["This is <{seed.who}>."]'
    if not any(seed.who in intent.bind for intent in seed.intents.values()):
        yield f"who: no intent binds {seed.who}"
    for at, template in enumerate(seed.introductions):
        for name in mentions_in(template):
            if name != seed.who or name not in seed.mentions:
                fix = f"only <{seed.who}>, of [mentions], can stand here"
                yield f"introductions[{at}]: <{name}>: {fix}"


def _mention_problems(seed: SeedFile, name: str, mention: Mention) -> Iterator[str]:
    place = f"mentions.{name}"
    if not mention.direct and not mention.indirect:
        yield f"{place}: has no words: give direct or indirect"
    if not any(name in intent.bind for intent in seed.intents.values()):
        yield f"{place}: no intent binds {name}: a mention has the name of a binding"
    known = {bound for intent in seed.intents.values() for bound in intent.bind}
    for kind in ("direct", "indirect"):
        for at, template in enumerate(getattr(mention, kind)):
            yield from _unknown(f"{place}.{kind}[{at}]", values_in(template), known)
    yield from _call_problems(f"{place}.find", mention.find, seed.tools, set(known))


def _intent_problems(seed: SeedFile, name: str, intent: Intent) -> Iterator[str]:
    place = f"intents.{name}"
    yield from _bind_problems(seed, place, intent)
    for at, template in enumerate(intent.instructions):
        where = f"{place}.instructions[{at}]"
        yield from _unknown(where, values_in(template), set(intent.bind))
        for mentioned in mentions_in(template):
            if mentioned not in seed.mentions:
                yield f"{where}: <{mentioned}>: {_no('mention', mentioned, seed.mentions)}"
            elif mentioned not in intent.bind:
                yield f"{where}: <{mentioned}>: {_no('binding', mentioned, intent.bind)}"
    known = set(intent.bind)
    yield from _call_problems(f"{place}.calls", intent.calls, seed.tools, known)
    for at, case in enumerate(intent.cases):
        where, inside = f"{place}.cases[{at}]", set(known)
        yield from _unknown(f"{where}.when", names_in(list(case.when)), set(intent.bind))
        yield from _call_problems(f"{where}.calls", case.calls, seed.tools, inside)
        yield from _unknown(f"{where}.say", names_in(case.say), inside)
    yield from _unknown(f"{place}.say", names_in(intent.say), known)
    if not intent.calls and not any(case.calls for case in intent.cases):
        yield f"{place}: has no calls: nothing would have to be done"


def _bind_problems(seed: SeedFile, place: str, intent: Intent) -> Iterator[str]:
    known = {*shared_words(), *seed.words}
    for name, spec in intent.bind.items():
        where = f"{place}.bind.{name}"
        if "row" in spec:
            if spec["row"] not in seed.table_names:
                yield f"{where}: {_no('table', str(spec['row']), seed.table_names)}"
            if extra := sorted(set(spec) - {"row", "key", "where"}):
                yield f"{where}: {extra[0]}: a row takes key and where"
        elif not is_draw(spec):
            yield f"{where}: says neither which row nor how to draw a value"
        yield from _unknown(where, names_in({**spec, "where": []}), known | {"row"})
        known.add(name)
        yield from _unknown(f"{where}.where", names_in(spec.get("where", [])), known | {"row"})


def _call_problems(
    place: str, calls: Sequence[Call], tools: Sequence[ToolFile], known: set[str]
) -> Iterator[str]:
    """What is wrong with them; `known` gains the names of their results."""
    by_name = {tool.name: tool for tool in tools}
    for at, call in enumerate(calls):
        where = f"{place}[{at}]"
        tool = by_name.get(call.name)
        if tool is None:
            yield f"{where}: {_no('tool', call.name, by_name)}"
        else:
            for argument in call.arguments:
                if argument not in tool.parameters:
                    yield f"{where}: {call.name}: {_no('argument', argument, tool.parameters)}"
            for argument in tool.arguments["required"]:
                if argument not in call.arguments:
                    yield f"{where}: {call.name}: {argument} is missing: every call needs it"
        yield from _unknown(where, names_in(call.arguments), known)
        if call.named is not None:
            known.add(call.named)


def _unknown(place: str, names: Iterable[str], known: set[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"{place}: {_no('name', name, known - set(shared_words()))}"


def _no(what: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names) or 'none'}"
    return f"there is no {what} {name}: {hint}"
