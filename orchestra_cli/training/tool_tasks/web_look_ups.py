"""Questions about what changes and what is public, verified by really searching generated pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.training.environment import Golden
from orchestra_cli.training.environments.web_pages import CorpusWebSearchTool, Pages
from orchestra_cli.training.tool_tasks.look_ups import telling_words
from orchestra_cli.training.tool_tasks.template import filled, spun
from orchestra_cli.training.tool_tasks.tool_task import ToolTask
from orchestra_cli.training.tool_tasks.voice import voiced
from orchestra_cli.training.tool_tasks.web_places import PLACES
from orchestra_cli.training.tool_tasks.web_sites import THINGS, Said, Site
from orchestra_cli.training.tool_tasks.web_words import draw_values
from tools.base import CallContext, ToolCall

SITES = (*THINGS, *PLACES)
_MOST_DRAWS = 60
_SHOWN_CHARS = 800
"""How far into a long observation a reader surely sees."""
_MOST_WORDS = 6
_REPLIES = (
    "{out}\n{out}\n{out}.\nIt is {out}.\nThe answer is {out}.\nAccording to {host} it is {out}.\n"
    "The web says it is {out}."
)
_ON_THE_WEB = (
    "", "", "", "", "", "", "search the web: ", "look it up online: ", "google this: ",
    "check the internet, ", "find out online: ", "on the web, ", "please look up ",
)  # fmt: skip
_READ = (
    "[what does {url} say|according to {url}]: {ask}",
    "[open|read|look at|go to|visit] {url} [and tell me|to find out]: {ask}",
    "{ask} [it is on|see|the page is|source:] {url}",
    "{ask} ({url})",
    "i have the page {url} here: {ask}",
)


@dataclass(frozen=True, slots=True)
class _Found:
    """Pages, one of which has the answer."""

    said: Said
    values: Mapping[str, str]
    address: str
    pages: Mapping[str, str]


def draw_web_look_up(kind: str, rng: Random) -> ToolTask:
    """The golden way is to search."""
    for _ in range(_MOST_DRAWS):
        found = _draw_pages(rng)
        asked = filled(spun(found.said.asks, rng), found.values)
        query = _query(asked, found)
        if query:
            question = voiced(rng.choice(_ON_THE_WEB) + asked, rng)
            query = query.lower() if question.islower() else query
            call = ToolCall("web_search", {"query": query})
            return _task(kind, question, found, call, rng)
    raise ValueError("no page could be found")


def draw_web_page(kind: str, rng: Random) -> ToolTask:
    """The golden way is to read the page whose address the question has."""
    found = _draw_pages(rng)
    asked = filled(spun(found.said.asks, rng), found.values)
    gaps = {"url": found.address, "ask": asked}
    question = filled(spun(rng.choice(_READ), rng), gaps)
    question = voiced(question, rng, is_verbatim=True)
    return _task(kind, question, found, ToolCall("web_page", {"url": found.address}), rng)


def _task(kind: str, question: str, found: _Found, call: ToolCall, rng: Random) -> ToolTask:
    phrase = found.values["v"]
    task = EvalTask(id=kind, question=question, answer=[phrase], judge="exact", domain=kind)
    host = found.address.split("/")[2].removeprefix("www.")
    answer = filled(spun(_REPLIES, rng), {"out": phrase, "host": host})
    return ToolTask(task, Golden((call,), answer), found.pages)


def _draw_pages(rng: Random) -> _Found:
    site = rng.choice(SITES)
    said = rng.choice(site.says)
    address, text, values = _page(site, rng, said)
    pages = {address: text}
    same = [site] if rng.random() < 0.6 else []
    for other in [*same, *rng.choices(SITES, k=rng.randint(2, 7))]:
        name, other_text, other_values = _page(other, rng)
        if not set(other_values.values()) & set(values.values()):
            pages.setdefault(name, other_text)
    names = sorted(pages)
    rng.shuffle(names)
    return _Found(said, values, address, {name: pages[name] for name in names})


def _page(site: Site, rng: Random, wanted: Said | None = None) -> tuple[str, str, dict[str, str]]:
    """(address, text, the subject's values and those of what is wanted)."""
    subject = draw_values(site.slots, rng)
    held = rng.sample(site.says, k=rng.randint(1, min(3, len(site.says))))
    if wanted is not None and wanted not in held:
        held = [wanted, *held[1:]]
    sentences, values = [], dict(subject)
    for said in held:
        drawn = {**draw_values("old=version", rng), **draw_values(said.slots, rng), **subject}
        sentences.append(_capital(filled(spun(said.says, rng), drawn)))
        if said is wanted:
            values = drawn
    others = site.others.strip().splitlines()
    sentences += rng.sample(others, k=rng.randint(1, 2))
    rng.shuffle(sentences)
    title = _capital(filled(spun(site.titles, rng), subject))
    slugs = {name: _slug(value) for name, value in subject.items()}
    address = filled(spun(site.address, rng), slugs)
    return address, f"# {title}\n\n{' '.join(sentences)}\n", values


def _query(asked: str, found: _Found) -> str:
    """The telling words of the question, if they bring the page to the top; else empty."""
    query = telling_words(asked)
    if not 2 <= len(query.split()) <= _MOST_WORDS:
        return ""
    tool = CorpusWebSearchTool(Pages(found.pages))
    seen = tool.run({"query": query}, CallContext(question="")).text
    first = found.address in " ".join(seen.splitlines()[:9])
    return query if first and found.values["v"] in seen[:_SHOWN_CHARS] else ""


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text.lower()).strip("-")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
