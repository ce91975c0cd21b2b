"""Rendering a model's own chat template.

The GGUF carries the Jinja source that its model was trained with. A template that knows nothing of
tools (SmolLM2's) gets the functions in its system message, in the form that Qwen's templates use.
The source is a stranger's: it runs in a sandbox, and whatever it raises is an `EngineError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from orchestra_cli.engines.base import EngineError, Message
from tools.base import JsonObject

_CONTROL_MARK = re.compile(r"<\|(\w+)\|>")

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""For a GGUF without a template."""


class ChatTemplate:
    """A model's template, ready to render."""

    def __init__(self, source: str | None, *, bos: str = "", eos: str = "") -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        self._source = source or CHATML
        try:
            self._template = environment.from_string(self._source)
        except TemplateError as error:
            raise EngineError(f"the model's chat template cannot be read ({error})") from None
        self._specials = {"bos_token": bos, "eos_token": eos}

    @property
    def knows_tools(self) -> bool:
        """Whether the template itself renders functions and tool messages."""
        return "tools" in self._source

    def render(
        self, messages: Sequence[Message], functions: Sequence[JsonObject], *, reply: bool = True
    ) -> str:
        """The prompt; with `reply`, up to where the assistant's next message begins."""
        tools = [{"type": "function", "function": function} for function in functions]
        shown = [_defused(_with_objects(message)) for message in messages]
        if not self.knows_tools:
            shown = [_plain(message) for message in _with_functions(shown, functions)]
        try:
            return self._template.render(
                messages=shown,
                tools=tools or None,
                add_generation_prompt=reply,
                **self._specials,
            )
        except Exception as error:  # its source can raise anything that Python can
            raise EngineError(f"the model's chat template fails ({_line(error)})") from None

    def render_constant(self, messages: Sequence[Message], functions: Sequence[JsonObject]) -> str:
        """The text of the leading system message and the functions; "" where it can't be had."""
        if not messages or messages[0]["role"] != "system":
            return ""
        try:
            return self.render(messages[:1], functions, reply=False)
        except EngineError:
            return ""


def functions_section(functions: Sequence[JsonObject]) -> str:
    """The functions as text for a template that has no place for them."""
    lines = "\n".join(_to_json({"type": "function", "function": f}) for f in functions)
    return (
        "# Tools\n\nThe functions that can be called, one JSON object a line:\n"
        f"<tools>\n{lines}\n</tools>\n\n"
        'To call one, write {"name": …, "arguments": …} inside <tool_call></tool_call> tags.'
    )


def _with_functions(messages: list[Message], functions: Sequence[JsonObject]) -> list[Message]:
    if not functions:
        return messages
    section = functions_section(functions)
    if messages and messages[0]["role"] == "system":
        first = messages[0] | {"content": f"{messages[0]['content']}\n\n{section}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": section}, *messages]


def _plain(message: Message) -> Message:
    """Tool calls and tool messages in the words of a template that has only text."""
    if message["role"] == "tool":
        return {
            "role": "user",
            "content": f"<tool_response>\n{message['content']}\n</tool_response>",
        }
    calls = "\n".join(
        f"<tool_call>\n{_to_json(call['function'])}\n</tool_call>"
        for call in message.get("tool_calls", ())
    )
    content = "\n".join(part for part in (message.get("content") or "", calls) if part)
    return {"role": message["role"], "content": content}


def _defused(message: Message) -> Message:
    """Text with no mark such as <|im_end|>: a web page must not end the message that it is in."""
    content = message.get("content")
    if not isinstance(content, str) or "<|" not in content:
        return message
    return message | {"content": _CONTROL_MARK.sub(r"< |\1|>", content)}


def _with_objects(message: Message) -> Message:
    """Arguments as templates expect them; OpenAI's API has them as a string of JSON."""
    if "tool_calls" not in message:
        return message
    calls = []
    for call in message["tool_calls"]:
        arguments = call["function"]["arguments"]
        if isinstance(arguments, str):
            arguments = json.loads(arguments)
        calls.append(call | {"function": call["function"] | {"arguments": arguments}})
    return message | {"tool_calls": calls}


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
