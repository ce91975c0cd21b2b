"""Which tools an episode offers, in which order and in which words: all of it drawn.

What a run of `orchestra ask` offers is drawn most often: python, local search, less often the web,
the two slots, and accept where there are experts to compare, in that order and in their own words.
What a task needs is always there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from orchestra_cli.training.environments.corpus import Corpus, CorpusSearchTool
from orchestra_cli.training.environments.made_up_experts import UnheardExpert, UnreachableExpert
from orchestra_cli.training.environments.web_pages import (
    CorpusWebPageTool,
    CorpusWebSearchTool,
    Pages,
    is_address,
)
from tools.accept import AcceptTool
from tools.base import Tool
from tools.experts import ExpertCard
from tools.local_search import LocalSearchTool
from tools.python import PythonTool
from tools.slots import AnswerSlot, ReasonSlot
from tools.web_page import WebPageTool
from tools.web_search import WebSearchTool

PYTHON, LOCAL_SEARCH = PythonTool.name, LocalSearchTool.name
WEB_SEARCH, WEB_PAGE = WebSearchTool.name, WebPageTool.name
REASON, ANSWER, ACCEPT = ReasonSlot.name, AnswerSlot.name, AcceptTool.name

_OFFERED = {
    PYTHON: 0.95,
    LOCAL_SEARCH: 0.5,
    WEB_SEARCH: 0.45,
    WEB_PAGE: 0.0,
    REASON: 0.8,
    ANSWER: 0.95,
    ACCEPT: 0.0,
}
"""How often what the task does not need is offered all the same, in the usual order.

Pages can be read where the web can be searched, and the other way round; there is something to
accept where two or more experts can answer.
"""
_USUAL_ORDER = 0.6
_USUAL_WORDS = 0.6
_WORDS: Mapping[str, tuple[str, ...]] = {
    PYTHON: (
        "Execute Python code and see what it prints",
        "Compute with a Python program",
        "A Python interpreter, for arithmetic, dates and text",
    ),
    LOCAL_SEARCH: (
        "Find passages in the user's documents",
        "Look something up in the files on this computer",
        "Full-text search over the user's notes and files",
    ),
    WEB_SEARCH: (
        "Look something up on the internet",
        "Find web pages about current events, prices and other public facts",
        "Web search, for what changes and what is public",
    ),
    WEB_PAGE: (
        "Open the page at an address and read it",
        "Fetch the text of a web page by its URL",
    ),
    REASON: (
        "Have a model think about the problem and program",
        "Ask a model for an analysis",
    ),
    ANSWER: (
        "Hand the problem to a model, which answers it",
        "Let the chosen model write the answer",
    ),
    ACCEPT: (
        "Finish with an answer that a model has given",
        "Take one of the answers and end",
    ),
}
"""Other first sentences; that is all of a description that every prompt style shows."""


@dataclass(frozen=True, slots=True)
class ToolMenu:
    """What is offered in one episode; `open` makes the tools of one run."""

    names: tuple[str, ...]
    words: Mapping[str, str]
    """First sentences by tool, where they are not its own."""
    cards: tuple[ExpertCard, ...]
    corpus: Corpus | None
    pages: Pages | None
    sought: tuple[str, ...] = ()
    """What an expert would find in the documents."""

    @property
    def ends_at_answer(self) -> bool:
        """Whether the first answer of an expert is the run's."""
        return ACCEPT not in self.names

    def open(self) -> list[Tool]:
        """Tools of their own: the variables of one run's programs are not another's."""
        return [self._tool(name) for name in self.names]

    def _tool(self, name: str) -> Tool:
        tool = self._usual(name)
        if name in self.words:
            tool.description = f"{self.words[name]}. {tool.description.partition('. ')[2]}".strip()
        return tool

    def _usual(self, name: str) -> Tool:
        if name == PYTHON:
            return PythonTool()
        if name == LOCAL_SEARCH:
            assert self.corpus is not None
            return CorpusSearchTool(self.corpus)
        if name in (WEB_SEARCH, WEB_PAGE):
            assert self.pages is not None
            web = CorpusWebSearchTool if name == WEB_SEARCH else CorpusWebPageTool
            return web(self.pages)
        if name == REASON:
            return ReasonSlot([UnreachableExpert(card) for card in self.cards], PythonTool())
        if name == ANSWER:
            return AnswerSlot([UnheardExpert(card, sought=self.sought) for card in self.cards])
        return AcceptTool()


def draw_menu(
    rng: Random,
    *,
    needed: frozenset[str],
    cards: Sequence[ExpertCard],
    documents: Mapping[str, str],
    sought: tuple[str, ...] = (),
) -> ToolMenu:
    """At least what is `needed`; searches where there are files, or pages, to search.

    Whatever is needed, the same is drawn: tasks with the same needs share a menu.
    """
    files = {name: text for name, text in documents.items() if not is_address(name)}
    pages = {name: text for name, text in documents.items() if is_address(name)}
    offered = {name for name, share in _OFFERED.items() if rng.random() < share}
    names = list(_OFFERED)
    if rng.random() >= _USUAL_ORDER:
        rng.shuffle(names)
    words = {n: rng.choice(_WORDS[n]) for n in names if rng.random() >= _USUAL_WORDS}
    offered |= needed
    if not files:
        offered.discard(LOCAL_SEARCH)
    if offered & {WEB_SEARCH, WEB_PAGE}:
        offered |= {WEB_SEARCH, WEB_PAGE}
    if not pages:
        offered -= {WEB_SEARCH, WEB_PAGE}
    if PYTHON not in offered:
        offered.discard(REASON)
    if len(cards) > 1:
        offered |= {ANSWER, ACCEPT}
    names = [name for name in names if name in offered]
    return ToolMenu(
        names=tuple(names),
        words={name: words[name] for name in names if name in words},
        cards=tuple(cards),
        corpus=Corpus(files) if LOCAL_SEARCH in offered else None,
        pages=Pages(pages) if WEB_SEARCH in offered else None,
        sought=sought,
    )
