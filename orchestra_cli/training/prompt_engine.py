"""An engine that only reads: prompts as the model under training will see them, without a model."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from orchestra_cli.engines.base import Completion, EngineError, Request
from orchestra_cli.prompts.template import ChatTemplate


class PromptEngine:
    """Renders and counts with a Hugging Face tokenizer; writes nothing."""

    name = "prompts"

    def __init__(self, tokenizer: Any, *, context_tokens: int = 8192) -> None:
        self.context_tokens = context_tokens
        self._tokenizer = tokenizer
        self._template = ChatTemplate(
            tokenizer.chat_template, bos=tokenizer.bos_token or "", eos=tokenizer.eos_token or ""
        )

    def render(self, request: Request) -> str:
        """The prompt, up to where the reply begins."""
        functions = () if request.functions_listed else request.functions
        return self._template.render(request.messages, functions)

    def count_tokens(self, text: str) -> int:
        """As the model sees it."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def stream(self, request: Request) -> Generator[str, None, Completion]:
        """Never: raises EngineError."""
        yield from ()
        raise EngineError("this engine renders prompts and writes nothing")

    def close(self) -> None:
        """Nothing is held."""
