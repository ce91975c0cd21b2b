"""Questions about generated files, each verified by really searching them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.training.environment import Golden
from orchestra_cli.training.environments.corpus import Corpus, CorpusSearchTool
from orchestra_cli.training.tool_tasks.gaps import draw_slots
from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum, Written, write_paper
from orchestra_cli.training.tool_tasks.papers_home import HOME_PAPERS
from orchestra_cli.training.tool_tasks.papers_household import HOUSEHOLD_PAPERS
from orchestra_cli.training.tool_tasks.papers_leisure import LEISURE_PAPERS
from orchestra_cli.training.tool_tasks.papers_people import PEOPLE_PAPERS
from orchestra_cli.training.tool_tasks.papers_seasons import SEASON_PAPERS
from orchestra_cli.training.tool_tasks.papers_things import THING_PAPERS
from orchestra_cli.training.tool_tasks.papers_work import WORK_PAPERS
from orchestra_cli.training.tool_tasks.programs import accepted_forms, printed, worded_answer
from orchestra_cli.training.tool_tasks.slots import Draw, Said
from orchestra_cli.training.tool_tasks.template import (
    filled,
    first_choice,
    program_of,
    question_of,
    spun,
)
from orchestra_cli.training.tool_tasks.tool_task import ToolTask
from orchestra_cli.training.tool_tasks.voice import voiced
from tools.base import CallContext, ToolCall

PAPERS: Sequence[Paper] = (
    *HOME_PAPERS,
    *HOUSEHOLD_PAPERS,
    *WORK_PAPERS,
    *PEOPLE_PAPERS,
    *LEISURE_PAPERS,
    *SEASON_PAPERS,
    *THING_PAPERS,
)
_TOP = 3
_MOST_DRAWS = 60
_REPLIES = "{out}\n{out}\n{out}.\nIt is {out}.\nThe answer is {out}.\nYour files say it is {out}."
_IN_FILES = (
    "", "", "", "", "", "look in my files: ", "in my notes, ", "according to my notes, ",
    "check my documents: ", "search my files. ", "it should be in my notes: ",
)  # fmt: skip
_MOST_WORDS = 6
_NOT_TELLING = frozenset(
    # ruff: noqa: SIM905
    "a about after all am an and any are as at be by can can't did do does each eat for from gave "
    "get give go goes going had has have how i if in is it its long many may me much must my need "
    "next of on one or our out owns piece pieces put say should so that the their them there they "
    "this to up us was we what when where which who whom why will with would you your i've due "
    "take takes called come comes cost costs times time half make share equally already".split()
)
_PREPOSITION = re.compile(r"(?:in|on|at|under|behind|above|beneath|every) (.+)")


@dataclass(frozen=True, slots=True)
class _Files:
    written: Written
    documents: Mapping[str, str]


def draw_look_up(kind: str, rng: Random) -> ToolTask:
    """A fact that one of the files holds."""
    for _ in range(_MOST_DRAWS):
        draw = Draw.of(rng)
        paper = rng.choice(PAPERS)
        at = rng.randrange(len(paper.facts))
        files, fact = _draw_files(paper, at, draw), paper.facts[at]
        said = files.written.facts[at]
        question, query = _asked(fact.asks, fact, said, files, rng)
        if not query:
            continue
        phrase = _text(fact.answer, said)
        task = EvalTask(
            id=kind, question=question, answer=list(_accepted(phrase)), judge="exact", domain=kind
        )
        answer = spun(_REPLIES.replace("{out}", "\0"), rng).replace("\0", phrase)
        golden = Golden((ToolCall("local_search", {"query": query}),), _started(answer))
        return ToolTask(task, golden, files.documents)
    raise ValueError("no file could be found")


def draw_look_up_sum(kind: str, rng: Random) -> ToolTask:
    """A calculation with a figure that one of the files holds."""
    for _ in range(_MOST_DRAWS):
        draw = Draw.of(rng)
        paper, at, wanted = rng.choice(SUMS)
        files, fact = _draw_files(paper, at, draw), paper.facts[at]
        said = {**files.written.facts[at], **draw_slots(wanted.slots, draw)}
        question, query = _asked(wanted.asks, fact, said, files, rng)
        if not query:
            continue
        code = program_of(wanted.code, said)
        output = printed(code)
        if output.startswith("-"):
            continue
        is_number = re.fullmatch(r"[\d.]+", output) is not None
        task = EvalTask(
            id=kind,
            question=question,
            answer=list(accepted_forms(output)),
            judge="numeric" if is_number else "exact",
            domain=kind,
        )
        calls = (ToolCall("local_search", {"query": query}), ToolCall("python", {"code": code}))
        answer = worded_answer(wanted.answers, output, said, draw)
        return ToolTask(task, Golden(calls, answer), files.documents)
    raise ValueError("no file could be found")


def draw_documents(rng: Random) -> Mapping[str, str]:
    """Files about nothing in particular."""
    draw = Draw.of(rng)
    written = [write_paper(rng.choice(PAPERS), draw) for _ in range(rng.randint(3, 10))]
    return {each.name: each.text for each in written}


def is_found(documents: Mapping[str, str], query: str, name: str) -> bool:
    """Whether the real search shows the file among its first passages."""
    tool = CorpusSearchTool(Corpus(documents))
    seen = tool.run({"query": query}, CallContext(question="")).documents[:_TOP]
    return any(each.startswith(f"{name}:") for each in seen)


def _draw_files(paper: Paper, at: int, draw: Draw) -> _Files:
    written = write_paper(paper, draw, must_have=at)
    documents = {written.name: written.text}
    for _ in range(draw.rng.randint(2, 11)):
        other = write_paper(draw.rng.choice(PAPERS), draw)
        documents.setdefault(other.name, other.text)
    names = sorted(documents)
    draw.rng.shuffle(names)
    return _Files(written, {name: documents[name] for name in names})


def _asked(
    asks: str, fact: Fact, said: Mapping[str, Said], files: _Files, rng: Random
) -> tuple[str, str]:
    """The question, and the query that finds its file; empty where none does.

    Best are the telling words of the question itself, unless it asks for more than the fact.
    """
    asked = question_of(spun(asks, rng), said)
    question = voiced(rng.choice(_IN_FILES) + asked, rng)
    usual = _text(first_choice(fact.query), said)
    for query in (telling_words(asked), usual) if asks == fact.asks else (usual,):
        if is_found(files.documents, query, files.written.name):
            return question, query.lower() if question.islower() else query
    return question, ""


def telling_words(question: str) -> str:
    """What somebody would type who searches for it."""
    words = [word.strip('?.,:;!"()').removesuffix("'s") for word in question.split()]
    telling = [word for word in words if word.lower() not in _NOT_TELLING and word]
    return " ".join(telling[:_MOST_WORDS])


def _text(text: str, said: Mapping[str, Said]) -> str:
    return filled(text, {name: each.text for name, each in said.items()})


def _accepted(phrase: str) -> tuple[str, ...]:
    """With and without what leads up to it."""
    found = _PREPOSITION.fullmatch(phrase)
    return (phrase, found[1]) if found else (phrase,)


def _started(answer: str) -> str:
    return answer[:1].upper() + answer[1:] if " is " in answer else answer


SUMS: Sequence[tuple[Paper, int, Sum]] = tuple(
    (paper, at, each)
    for paper in PAPERS
    for at, fact in enumerate(paper.facts)
    for each in fact.sums
)
