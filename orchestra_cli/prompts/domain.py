"""Asked of a model that reads the brief style: of which domain is the question?

The prompt begins as that of a choice does, so that the two share what an engine has evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestra_cli.engines.base import Engine, Message
from orchestra_cli.policy import State
from orchestra_cli.prompts.brief import render_menu

_MOST_CHARS = 2_000
_REPLY_TOKENS = 16


class DomainStyle:
    """A `PromptStyle` whose reply is one of the names."""

    name = "domain"
    answers_itself = True
    lists_functions = True

    def __init__(self, domains: Sequence[str]) -> None:
        self.domains = tuple(domains)

    def messages(self, state: State, engine: Engine) -> tuple[Message, ...]:
        """System and user; what turns have brought does not matter."""
        asked = f"{state.task.problem[:_MOST_CHARS]}\n\nDomain: {', '.join(self.domains)}?"
        return (
            {"role": "system", "content": render_menu(state.tools)},
            {"role": "user", "content": asked},
        )

    def reply_tokens(self, engine: Engine) -> int:
        """A name is short."""
        return _REPLY_TOKENS
