"""The style of Nemotron-Orchestrator-8B: no chat, but a fresh pair of messages each turn.

The user message is rebuilt each turn from the run's buffers: documents, programs with their output,
attempts. Cuts are the trained ones: a document to 4,000 characters; attempts to their last 8,000
tokens, programs and attempts together to 12,000, everything to 24,000, or what the context holds.
The system text, the functions and the problem are never cut.
"""

from __future__ import annotations

import json

from orchestra_cli.engines.base import Engine, Message
from orchestra_cli.policy import State
from orchestra_cli.prompts.retries import retry_messages
from orchestra_cli.prompts.trim import keep_tail
from tools.base import Buffers

SYSTEM = "You are good at using tools."
_DOCUMENT_CHARS = 4_000
_ATTEMPT_TOKENS = 8_000
_WORK_TOKENS = 12_000
_CONTEXT_TOKENS = 24_000
_REPLY_TOKENS = 2_048
"""Kept free in the model's context for its reply."""


class ToolOrchestraStyle:
    """A `PromptStyle`."""

    name = "toolorchestra"
    answers_itself = False

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        """System and user; what went wrong with earlier replies of this turn comes last."""
        problem = f"Problem: {state.task.problem_with_preference}\n\n"
        closing = "\n\nChoose an appropriate tool."
        functions = json.dumps(state.functions, ensure_ascii=False)
        retries = retry_messages(state, engine)
        fixed = SYSTEM + functions + problem + closing + "".join(m["content"] for m in retries)
        taken = engine.count_tokens(fixed) + _REPLY_TOKENS
        room = max(0, min(_CONTEXT_TOKENS, engine.context_tokens - taken))
        context = render_context(state.buffers, engine, max_tokens=room)
        return (
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f"{problem}{context}{closing}"},
            *retries,
        )


def render_context(buffers: Buffers, engine: Engine, *, max_tokens: int) -> str:
    """Documents, programs and attempts within `max_tokens`, the newest kept."""
    attempts = ""
    if buffers.attempts:
        listed = "\n\n".join(
            f"Attempt {i}: {text}" for i, text in enumerate(buffers.attempts, start=1)
        )
        attempts = keep_tail(f"\n\nAttempts:\n{listed}", engine, max_tokens=_ATTEMPT_TOKENS)
    programs = "\n\n".join(
        f"```python\n{run.code}\n```\n\n```output\n{run.output}\n```" for run in buffers.code_runs
    )
    if programs:
        programs = f"\n\npython code and execution outputs:\n{programs}"
    work = keep_tail(programs + attempts, engine, max_tokens=min(_WORK_TOKENS, max_tokens))
    documents = _documents(buffers.documents, engine, max_tokens - engine.count_tokens(work))
    return (documents + work).strip()


def _documents(documents: tuple[str, ...], engine: Engine, max_tokens: int) -> str:
    """As many of the newest documents as fit, in their order, saying how many were left out."""
    left = max_tokens - engine.count_tokens("Documents (the last 999 of 999):\n")
    if not documents or left < 0:
        return ""
    kept: list[str] = []
    for document in reversed(documents):
        text = document[:_DOCUMENT_CHARS]
        left -= engine.count_tokens(f"Doc 999: {text}\n\n")
        if left < 0:
            break
        kept.insert(0, text)
    dropped = len(documents) > len(kept)
    title = f"Documents (the last {len(kept)} of {len(documents)}):" if dropped else "Documents:"
    return "\n".join([title, "\n\n".join(f"Doc {i}: {t}" for i, t in enumerate(kept, start=1))])
