"""The style of Nemotron-Orchestrator-8B: no chat, but a fresh pair of messages each turn.

The user message is rebuilt each turn from the run's buffers: documents, programs with their output,
attempts. Its strings and line breaks are those that the model was trained on, and so are its cuts:
a document to 4,000 characters; attempts to their last 8,000 tokens, programs and attempts together
to 12,000, everything to 24,000, or what the model's context holds beside its reply.
The system text, the functions and the problem are never cut.
"""

from __future__ import annotations

import json

from orchestra_cli.engines.base import Engine, Message
from orchestra_cli.policy import State
from orchestra_cli.prompts.retries import retry_messages
from orchestra_cli.prompts.trim import keep_tail
from tools.base import Buffers, CodeRun

SYSTEM = "You are good at using tools."
_DOCUMENT_CHARS = 4_000
_ATTEMPT_TOKENS = 8_000
_WORK_TOKENS = 12_000
_CONTEXT_TOKENS = 24_000
_REPLY_TOKENS = 8_000
_DOCUMENTS = "Documents:\n"
_PROGRAMS = "\npython code and execution outputs:\n"
_FENCE = "```\n"
_GAP = "\n\n"


class ToolOrchestraStyle:
    """A `PromptStyle`."""

    name = "toolorchestra"
    answers_itself = False
    lists_functions = False

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        """System and user; what went wrong with earlier replies of this turn comes last."""
        problem = f"Problem: {state.task.problem_with_preference}\n\n"
        closing = "\n\nChoose an appropriate tool."
        functions = json.dumps(state.functions, ensure_ascii=False)
        retries = retry_messages(state, engine)
        fixed = SYSTEM + functions + problem + closing + "".join(m["content"] for m in retries)
        taken = engine.count_tokens(fixed)  # before the context is read: it loads a lazy engine
        left = engine.context_tokens - self.reply_tokens(engine) - taken
        room = max(0, min(_CONTEXT_TOKENS, left))
        context = render_context(state.buffers, engine, max_tokens=room)
        return (
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f"{problem}{context}{closing}"},
            *retries,
        )

    def reply_tokens(self, engine: Engine) -> int:
        """As many as in training, or a fourth of a smaller context; kept free in the prompt."""
        return min(_REPLY_TOKENS, engine.context_tokens // 4)


def render_context(buffers: Buffers, engine: Engine, *, max_tokens: int) -> str:
    """Documents, programs and attempts within `max_tokens`, the newest kept."""
    work = _work(buffers, engine, max_tokens=min(_WORK_TOKENS, max_tokens))
    left = max_tokens - engine.count_tokens(work)
    return _documents(buffers.documents, engine, max_tokens=left) + work


def _work(buffers: Buffers, engine: Engine, *, max_tokens: int) -> str:
    """Programs and attempts; one fence opens again what a cut has left open."""
    attempts = "".join(f"Attempt {i}: {text}\n" for i, text in enumerate(buffers.attempts, start=1))
    attempts = keep_tail(attempts, engine, max_tokens=_ATTEMPT_TOKENS)
    if not buffers.code_runs:
        return keep_tail(attempts, engine, max_tokens=max_tokens)
    whole = "".join(map(_program, buffers.code_runs)) + attempts
    left = max_tokens - engine.count_tokens(_PROGRAMS + _FENCE)
    kept = keep_tail(whole, engine, max_tokens=left)
    if len(kept) <= len(attempts):
        return kept
    return _PROGRAMS + ("" if kept == whole else _FENCE) + kept


def _program(run: CodeRun) -> str:
    return f"```python\n{run.code}\n```\n\n```output\n{run.output}\n```\n\n"


def _documents(documents: tuple[str, ...], engine: Engine, *, max_tokens: int) -> str:
    """The end of the numbered documents; how many it holds is said where some are missing."""
    numbered = [f"Doc {i}: {d[:_DOCUMENT_CHARS]}{_GAP}" for i, d in enumerate(documents, start=1)]
    most = _note(len(documents), len(documents))
    left = max_tokens - engine.count_tokens(_DOCUMENTS + most)
    if not documents or left < 0:
        return ""
    whole = "".join(numbered)
    kept = keep_tail(whole, engine, max_tokens=left)
    if kept == whole:
        return _DOCUMENTS + whole
    return _DOCUMENTS + _note(_num_in(kept, numbered), len(documents)) + kept


def _note(num_kept: int, num_found: int) -> str:
    return f"[cut: the last {num_kept} of {num_found} documents are kept]\n"


def _num_in(tail: str, parts: list[str]) -> int:
    """Of how many parts the tail has some text, be it the last letter."""
    left, count = len(tail), 0
    while left > len(_GAP):
        count += 1
        left -= len(parts[-count])
    return count
