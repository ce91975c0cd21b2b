"""The three slot tools of the paper's model: the policy names an expert, the expert does the rest.

The policy writes no query, no program and no answer. It reads what each expert is good at, what it
costs and how long it takes, and gives an alias such as `answer-2` as the one argument `model`.

What an expert has cost is never lost: it is in the observation's usage, or in the error's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tools.base import CallContext, CodeRun, JsonObject, Observation, Tool, ToolError, Usage
from tools.expert_prompts import (
    CONTEXT_CHARS,
    answer_messages,
    reason_messages,
    render_documents,
    search_messages,
)
from tools.experts import Expert, ExpertReply

_TIMEOUT_S = 600.0
_MAX_TOKENS = 8_192
"""For the longest reply: a model's unseen thinking counts too."""
_MAX_QUERIES = 3
_MAX_QUERY_CHARS = 300
_NO_PROGRAM = "# analysis only: no program was needed"

_TABLE_HEAD = (
    "Model | price per million input tokens | price per million output tokens | average latency"
)
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
        if not searchers:
            raise ValueError("the search slot needs a tool that searches")
        self.experts = _aliases("search", experts, most=3)
        self.parameters = _parameters("The model that writes the queries.", self.experts)
        self._searchers = tuple(searchers)
        self._context_chars = context_chars

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether the expert or any searcher does."""
        return _leaves_machine(self.experts, arguments) or any(
            searcher.leaves_machine({"query": ""}) for searcher in self._searchers
        )

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Search; one searcher that fails is told of, and the others' documents count."""
        messages = search_messages(
            context.question, context.buffers, context_chars=self._context_chars
        )
        reply = _ask(self.experts, arguments, messages, context)
        queries = parse_queries(reply.text) or [context.question]
        found = [
            _call(searcher, {"query": query}, context)
            for query in queries
            for searcher in self._searchers
            if not context.cancelled.is_set()
        ]
        return _merged(queries, found, reply.usage)


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
        self.experts = _aliases("reasoner", experts, most=3)
        self.parameters = _parameters("The model that does the thinking.", self.experts)
        self._python = python
        self._context_chars = context_chars

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether the expert does, or the program where it runs."""
        return _leaves_machine(self.experts, arguments) or self._python.leaves_machine({"code": ""})

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Analyse and compute; a program's error is its output, for the next turn to mend."""
        messages = reason_messages(
            context.question, context.buffers, context_chars=self._context_chars
        )
        reply = _ask_for_text(self.experts, arguments, messages, context)
        code = parse_program(reply.text)
        if code is None:
            run = CodeRun(_NO_PROGRAM, reply.text)
            return Observation(reply.text, code_runs=(run,), usage=(reply.usage,))
        result = _call(self._python, {"code": code}, context)
        runs = result.code_runs or (CodeRun(code, result.text),)
        return Observation(
            f"{reply.text}\n\nOutput:\n{result.text}",
            code_runs=runs,
            usage=(reply.usage, *result.usage),
        )


class AnswerSlot:
    """An expert gives the final answer."""

    name = "answer"
    description = (
        "Give the final answer to the problem, written by the chosen model from all that was "
        "gathered. Do not call it before enough is known."
    )
    timeout_s = _TIMEOUT_S

    def __init__(self, experts: Sequence[Expert], *, context_chars: int = CONTEXT_CHARS) -> None:
        self.experts = _aliases("answer", experts, most=4)
        self.parameters = _parameters("The model that answers.", self.experts)
        self._context_chars = context_chars

    def leaves_machine(self, arguments: JsonObject) -> bool:
        """Whether the expert does."""
        return _leaves_machine(self.experts, arguments)

    def run(self, arguments: JsonObject, context: CallContext) -> Observation:
        """Answer."""
        messages = answer_messages(
            context.question, context.buffers, context_chars=self._context_chars
        )
        reply = _ask_for_text(self.experts, arguments, messages, context)
        return Observation(reply.text, attempt=reply.text, usage=(reply.usage,))


def parse_queries(text: str) -> list[str]:
    """The queries in the expert's reply, else its first line; none where it is empty."""
    found = _QUERY.findall(text) or [line for line in text.splitlines() if line.strip()][:1]
    queries = (" ".join(query.split())[:_MAX_QUERY_CHARS] for query in found)
    return [query for query in dict.fromkeys(queries) if query][:_MAX_QUERIES]


def parse_program(text: str) -> str | None:
    """The last Python block, which is the one that an expert means; None where there is none."""
    programs = [code.strip("\n") for code in _PROGRAM.findall(text)]
    return next((code for code in reversed(programs) if code.strip()), None)


def _aliases(role: str, experts: Sequence[Expert], *, most: int) -> dict[str, Expert]:
    """As many choices as the paper's model was trained with, the first experts first."""
    if not experts:
        raise ValueError(f"the {role} slot needs an expert")
    return {f"{role}-{n}": expert for n, expert in enumerate(experts[:most], start=1)}


def _parameters(what: str, experts: Mapping[str, Expert]) -> JsonObject:
    lines = [what, "Choices:"]
    lines += [f"- {alias}: {_strength(expert)}" for alias, expert in experts.items()]
    lines += ["", _TABLE_HEAD]
    lines += [f"{alias} | {_price_row(expert)}" for alias, expert in experts.items()]
    model = {"type": "string", "enum": list(experts), "description": "\n".join(lines)}
    return {
        "type": "object",
        "properties": {"model": model},
        "required": ["model"],
        "additionalProperties": False,
    }


def _strength(expert: Expert) -> str:
    return " ".join(expert.card.skills.split()) or "no particular strength known"


def _price_row(expert: Expert) -> str:
    card = expert.card
    prices = (card.price_in_usd_per_mtok, card.price_out_usd_per_mtok)
    cells = ["?" if price is None else f"${price:g}" for price in prices]
    return " | ".join([*cells, "?" if card.latency_s is None else f"{card.latency_s:g} s"])


def _leaves_machine(experts: Mapping[str, Expert], arguments: JsonObject) -> bool:
    """An alias that nobody has counts as the worst case."""
    expert = experts.get(str(arguments.get("model")))
    return expert is None or expert.card.leaves_machine


def _ask(
    experts: Mapping[str, Expert],
    arguments: JsonObject,
    messages: list[JsonObject],
    context: CallContext,
) -> ExpertReply:
    return experts[arguments["model"]].complete(messages, max_tokens=_MAX_TOKENS, context=context)


def _ask_for_text(
    experts: Mapping[str, Expert],
    arguments: JsonObject,
    messages: list[JsonObject],
    context: CallContext,
) -> ExpertReply:
    reply = _ask(experts, arguments, messages, context)
    if not reply.text.strip():
        who = f"{arguments['model']} ({reply.usage.who})"
        raise ToolError(f"{who} gave an empty reply", usage=(reply.usage,))
    return reply


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


def _merged(queries: Sequence[str], found: Sequence[Observation], spent: Usage) -> Observation:
    failures = list(dict.fromkeys(each.error for each in found if each.error is not None))
    usage = (spent, *(line for each in found for line in each.usage))
    if found and all(each.error is not None for each in found):
        raise ToolError(f"no search worked: {'; '.join(failures)}", usage=usage)
    documents = tuple(dict.fromkeys(text for each in found for text in each.documents))
    notes = [f"Queries: {'; '.join(queries)}"]
    notes += [f"A search failed: {failure}" for failure in failures]
    notes += dict.fromkeys(each.text for each in found if not (each.error or each.documents))
    text = "\n\n".join(["\n".join(notes), *render_documents(documents)])
    return Observation(text, documents=documents, usage=usage)
