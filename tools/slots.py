"""The three slot tools of the paper's model: the policy names an expert, the expert does the rest.

The policy writes no query, no program and no answer. It reads what each expert is good at, what it
costs and how long it takes, and gives an alias such as `answer-2` as the one argument `model`.

What an expert has cost is never lost: it is in the observation's usage, or in the error's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace

from tools.base import CallContext, CodeRun, JsonObject, Observation, Offer, Tool, ToolError
from tools.expert_prompts import (
    CONTEXT_CHARS,
    answer_messages,
    reason_messages,
    render_documents,
    search_messages,
)
from tools.experts import Expert
from tools.slot_choices import Choices, Consultation, name_experts

_TIMEOUT_S = 600.0
_MAX_QUERIES = 3
_MAX_QUERY_CHARS = 300
_NO_PROGRAM = "# analysis only: no program was needed"

_QUERY = re.compile(r"<query>(.*?)(?=</?query>|\Z)", re.DOTALL | re.IGNORECASE)
_PROGRAM = re.compile(r"```(?:python3?|py)[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)


class SearchSlot:
    """An expert writes the queries; every searcher gets each of them."""

    name = "search"
    description = (
        "Find missing information. The chosen model writes the search queries; returns the "
        "documents that were found."
    )
    timeout_s = _TIMEOUT_S

    def __init__(
        self,
        experts: Sequence[Expert],
        searchers: Sequence[Tool],
        *,
        context_chars: int = CONTEXT_CHARS,
    ) -> None:
        if not (experts and searchers):
            raise ValueError("the search slot needs an expert and a tool that searches")
        self.choices = Choices(
            "The model that writes the queries.", name_experts("search", experts, most=3)
        )
        self.parameters = self.choices.parameters
        self._searchers = tuple(searchers)
        self._context_chars = context_chars

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether the expert or any searcher does."""
        return self.choices.leaves_machine(arguments) or any(
            searcher.leaves_machine({"query": ""}) for searcher in self._searchers
        )

    def offer(self, context: CallContext) -> Offer:
        """The experts that can be paid for."""
        return self.choices.offer(lambda: self._messages(context), context)

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Search; one searcher that fails is told of, and the others' documents count."""
        reply = self.choices.ask(arguments["model"], self._messages(context), context)
        queries = parse_queries(reply.text) or [context.question]
        found = [
            _call(searcher, {"query": query}, context)
            for query in queries
            for searcher in self._searchers
            if not context.cancelled.is_set()
        ]
        return _merged(queries, found, reply)

    def _messages(self, context: CallContext) -> list[JsonObject]:
        return search_messages(context.question, context.buffers, context_chars=self._context_chars)


class ReasonSlot:
    """An expert thinks, and what it programs is run.

    The observation holds the whole analysis. Into the buffers, which are all that later turns and
    experts see in the paper's prompt, goes the program with its output; where the expert wrote no
    program, its analysis takes the output's place. It is no attempt: it does not claim to answer.
    """

    name = "enhance_reasoning"
    description = (
        "Think further about the problem. The chosen model analyses what is known and may write a "
        "Python program, which is run; returns the analysis and the program's output."
    )
    timeout_s = _TIMEOUT_S

    def __init__(
        self, experts: Sequence[Expert], python: Tool, *, context_chars: int = CONTEXT_CHARS
    ) -> None:
        if not experts:
            raise ValueError("the enhance_reasoning slot needs an expert")
        self.choices = Choices(
            "The model that does the thinking.", name_experts("reasoner", experts, most=3)
        )
        self.parameters = self.choices.parameters
        self._python = python
        self._context_chars = context_chars

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether the expert does, or the program where it runs."""
        return self.choices.leaves_machine(arguments) or self._python.leaves_machine({"code": ""})

    def offer(self, context: CallContext) -> Offer:
        """The experts that can be paid for."""
        return self.choices.offer(lambda: self._messages(context), context)

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Analyse and compute; a program's error is its output, for the next turn to mend."""
        alias = arguments["model"]
        reply = self.choices.ask(alias, self._messages(context), context)
        text = _said(reply, alias)
        code = parse_program(text)
        if code is None:
            run = CodeRun(_NO_PROGRAM, text)
            return Observation(text, code_runs=(run,), usage=reply.usage, notes=reply.notes)
        result = _call(self._python, {"code": code}, context)
        runs = result.code_runs or (CodeRun(code, result.text),)
        return Observation(
            f"{text}\n\nOutput:\n{result.text}",
            code_runs=runs,
            usage=(*reply.usage, *result.usage),
            notes=reply.notes,
        )

    def _messages(self, context: CallContext) -> list[JsonObject]:
        return reason_messages(context.question, context.buffers, context_chars=self._context_chars)


class AnswerSlot:
    """An expert gives the final answer."""

    name = "answer"
    description = (
        "Give the final answer to the problem, written by the chosen model from all that was "
        "gathered. Do not call it before enough is known."
    )
    timeout_s = _TIMEOUT_S

    def __init__(
        self,
        experts: Sequence[Expert],
        *,
        math_experts: Sequence[Expert] = (),
        context_chars: int = CONTEXT_CHARS,
        most: int = 4,
    ) -> None:
        """`math_experts` answer as `answer-math-1` and so on; `most` others can be chosen."""
        if not (experts or math_experts):
            raise ValueError("the answer slot needs an expert")
        named = name_experts("answer", experts, most=most)
        named |= name_experts("answer-math", math_experts, most=2)
        self.choices = Choices("The model that answers.", named)
        self.parameters = self.choices.parameters
        self._context_chars = context_chars

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether the expert does."""
        return self.choices.leaves_machine(arguments)

    def offer(self, context: CallContext) -> Offer:
        """The experts that can be paid for."""
        return self.choices.offer(lambda: self._messages(context), context)

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Answer."""
        alias = arguments["model"]
        reply = self.choices.ask(alias, self._messages(context), context)
        text = _said(reply, alias)
        return Observation(text, attempt=text, usage=reply.usage, notes=reply.notes)

    def _messages(self, context: CallContext) -> list[JsonObject]:
        return answer_messages(context.question, context.buffers, context_chars=self._context_chars)


SLOTS = (SearchSlot, ReasonSlot, AnswerSlot)
Slot = SearchSlot | ReasonSlot | AnswerSlot


def parse_queries(text: str) -> list[str]:
    """The queries in the expert's reply, else its first line; none where it is empty."""
    found = _QUERY.findall(text) or [line for line in text.splitlines() if line.strip()][:1]
    queries = (" ".join(query.split())[:_MAX_QUERY_CHARS] for query in found)
    return [query for query in dict.fromkeys(queries) if query][:_MAX_QUERIES]


def parse_program(text: str) -> str | None:
    """The last Python block, which is the one that an expert means; None where there is none."""
    programs = [code.strip("\n") for code in _PROGRAM.findall(text)]
    return next((code for code in reversed(programs) if code.strip()), None)


def _said(consultation: Consultation, alias: str) -> str:
    """The reply, which must say something."""
    if not consultation.text.strip():
        message = f"{alias} ({consultation.who}) gave an empty reply"
        raise ToolError(message, usage=consultation.usage)
    return consultation.text


def _call(tool: Tool, arguments: JsonObject, context: CallContext) -> Observation:
    """A tool inside a slot; its failure must not lose what the expert has cost."""
    deadline = min(context.deadline, time.monotonic() + tool.timeout_s)
    try:
        return tool.run(arguments, replace(context, deadline=deadline))
    except ToolError as error:
        return Observation(str(error), error=str(error), usage=error.usage)
    except Exception as error:  # as in the toolbox: a tool's bug must not end the user's run
        message = f"{tool.name} failed: {type(error).__name__}: {error}"
        return Observation(message, error=message)


def _merged(
    queries: Sequence[str], found: Sequence[Observation], reply: Consultation
) -> Observation:
    failures = list(dict.fromkeys(each.error for each in found if each.error is not None))
    usage = (*reply.usage, *(line for each in found for line in each.usage))
    if found and all(each.error is not None for each in found):
        raise ToolError(f"no search worked: {'; '.join(failures)}", usage=usage)
    documents = tuple(dict.fromkeys(text for each in found for text in each.documents))
    notes = [f"Queries: {'; '.join(queries)}"]
    notes += [f"A search failed: {failure}" for failure in failures]
    notes += dict.fromkeys(each.text for each in found if not (each.error or each.documents))
    text = "\n\n".join(["\n".join(notes), *render_documents(documents)])
    return Observation(text, documents=documents, usage=usage, notes=reply.notes)
