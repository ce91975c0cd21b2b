"""What an endpoint sends, put together: the bytes of an event stream or of one plain JSON document.

Whatever the bytes are, the outcome is a reply or `ReplyInParts.error`, never an exception.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.base import JsonObject
from tools.endpoint_tokens import DrawnToken, TokenCounts, get, parse_counts, parse_drawn

_SPARE_BYTES = 64 * 1024
_BYTES_PER_TOKEN = 1024
"""A token comes in an event of its own, of some 300 bytes."""
_CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class EndpointReply:
    """What the model said."""

    text: str
    thought: str = ""
    """Reasoning that the server sent apart from the text."""
    calls: tuple[tuple[str, str], ...] = ()
    """Structured calls: the function's name, and its arguments as they came."""
    drawn: tuple[DrawnToken, ...] = ()
    """The text's tokens with their alternatives, where the server tells them."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    """Of the input tokens, as the server counts them."""
    reasoning_tokens: int = 0
    """Of the output tokens, as the server counts them."""
    usage_estimated: bool = False
    """The server did not count the tokens to the end: they are guessed from the characters, or
    are what it had counted when the reply was cut."""
    truncated: bool = False
    """Cut by max_tokens, the deadline or a cancel."""


@dataclass(slots=True)
class _CallInParts:
    index: object
    id: object
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class ReplyInParts:
    """A reply in the making, from the bytes of an event stream or of one plain JSON document."""

    prompt_chars: int
    max_tokens: int
    """What the server was asked to keep to; far beyond it the reply is cut."""
    finished: bool = False
    """The model has said all that it will say."""
    complete: bool = False
    """Nothing worth reading can follow."""
    error: str | None = None
    error_status: int | None = None
    error_is_servers: bool = False
    """The server says that it failed; else what it says cannot be read."""
    _text: list[str] = field(default_factory=list)
    _thought: list[str] = field(default_factory=list)
    _calls: list[_CallInParts] = field(default_factory=list)
    _drawn: list[DrawnToken] = field(default_factory=list)
    _tokens: TokenCounts | None = None
    _counted_all: bool = False
    """The count came with the end of the reply or after it: some servers count all along."""
    _cut: bool = False
    _thinking: bool = False
    _chosen: bool = False
    """A choice has come, if an empty one."""
    _strange: str = ""
    """Whole JSON that is no part of a completion, in case that nothing else comes."""
    _num_bytes: int = 0
    _tail: bytes = b""
    _plain: list[str] = field(default_factory=list)
    """Lines that belong to no event: the server does not stream."""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Take in more bytes; yields what a reader may see."""
        self._num_bytes += len(chunk)
        if self._num_bytes > _SPARE_BYTES + _BYTES_PER_TOKEN * self.max_tokens:
            self._fail(f"the reply has no end: it goes on far beyond {self.max_tokens} tokens")
            return
        *lines, self._tail = (self._tail + chunk).split(b"\n")
        for line in lines:
            yield from self._line(line)

    def last_line(self) -> Iterator[str]:
        """The stream has ended of itself, its last line maybe without a line end."""
        yield from self._line(self._tail)
        if self._plain and not self.complete:
            self._strange = "\n".join(self._plain)
            yield from self._json(self._strange)
            self.finished, self._counted_all = True, self._tokens is not None
        if self._strange and not (self._chosen or self.error):
            self._fail(f"no chat completion: {self._strange}")

    def close_thought(self) -> Iterator[str]:
        """The closing tag, where no text has brought it."""
        if self._thinking:
            self._thinking = False
            yield "</think>"

    def whole(self, *, truncated: bool = False) -> EndpointReply:
        """All that has come."""
        text, thought = "".join(self._text), "".join(self._thought)
        calls = tuple((call.name, call.arguments) for call in self._calls)
        num_chars = len(text) + len(thought) + sum(len(name + args) for name, args in calls)
        guessed = math.ceil(num_chars / _CHARS_PER_TOKEN)
        tokens = self._tokens or TokenCounts(
            math.ceil(self.prompt_chars / _CHARS_PER_TOKEN), guessed
        )
        return EndpointReply(
            text=text,
            thought=thought,
            calls=calls,
            drawn=tuple(self._drawn),
            input_tokens=tokens.input,
            output_tokens=tokens.output if self._counted_all else max(tokens.output, guessed),
            cached_input_tokens=tokens.cached_input,
            reasoning_tokens=tokens.reasoning,
            usage_estimated=truncated or not self._counted_all,
            truncated=truncated or self._cut,
        )

    def _fail(self, words: str, *, status: object = None) -> None:
        self.error, self.complete = words, True
        self.error_status = status if type(status) is int and 400 <= status <= 599 else None

    def _line(self, raw: bytes) -> Iterator[str]:
        line = raw.decode("utf-8", "replace").strip()
        name, _, value = line.partition(":")
        if self.complete or name in ("", "event", "id", "retry"):
            return
        if name == "error":  # as llama-server has it
            yield from self._json(f'{{"error": {value}}}')
        elif name != "data":
            self._plain.append(line)
        elif value.strip() == "[DONE]":
            self.finished = self.complete = True
            self._counted_all = self._tokens is not None
        else:
            yield from self._json(value)

    def _json(self, text: str) -> Iterator[str]:
        try:
            chunk = json.loads(text)
        except (ValueError, RecursionError):
            chunk = None
        match chunk:
            case {"error": error} if error:
                self._fail(_message(error), status=get(error, "code"))
                self.error_is_servers = True
            case dict():
                match chunk.get("choices"):
                    case [dict() as choice, *_]:
                        yield from self._choice(choice)
                    case None:
                        self._strange = self._strange or text
                self._count(chunk.get("usage"))
            case _:
                self._fail(f"no chat completion: {text}")

    def _count(self, usage: object) -> None:
        tokens = parse_counts(usage)
        if tokens is not None:
            self._tokens, self._counted_all = tokens, self.finished

    def _choice(self, choice: JsonObject) -> Iterator[str]:
        self._chosen = True
        delta = choice.get("delta") or choice.get("message")
        yield from self._think(
            _plain_text(get(delta, "reasoning_content") or get(delta, "reasoning"))
        )
        self._drawn += parse_drawn(get(choice.get("logprobs"), "content"))
        yield from self._say(_plain_text(get(delta, "content")))
        match get(delta, "tool_calls"):
            case list() as calls:
                for call in calls:
                    self._call(call)
        if reason := choice.get("finish_reason"):
            self.finished = True
            self._cut = reason == "length"

    def _think(self, thought: str) -> Iterator[str]:
        if thought:
            self._thought.append(thought)
            yield thought if self._thinking else f"<think>{thought}"
            self._thinking = True

    def _say(self, text: str) -> Iterator[str]:
        if text:
            self._text.append(text)
            yield from self.close_thought()
            yield text

    def _call(self, part: object) -> None:
        index, call_id = get(part, "index"), get(part, "id")
        name = _plain_text(get(get(part, "function"), "name"))
        arguments = get(get(part, "function"), "arguments")
        call = self._open_call(index, call_id, name)
        if call is None:
            call = _CallInParts(index, call_id)
            self._calls.append(call)
        call.name = call.name or name
        if isinstance(arguments, str):
            call.arguments += _plain_text(arguments)
        elif arguments is not None:
            call.arguments = json.dumps(arguments, ensure_ascii=False)

    def _open_call(self, index: object, call_id: object, name: str) -> _CallInParts | None:
        """The call that a delta goes on with. Some servers leave out the index, some repeat it."""
        call = next((call for call in reversed(self._calls) if call.index == index), None)
        if call is None or (call_id and call_id == call.id):
            return call
        is_new = (call_id and call.id) or (index is None and name)
        return None if is_new else call


def _plain_text(content: object) -> str:
    """A text, or a list of parts of which some are text; half a surrogate pair becomes "?"."""
    match content:
        case str():
            return content.encode("utf-8", "replace").decode("utf-8")
        case list():
            texts = (get(part, "text") for part in content)
            return "".join(_plain_text(text) for text in texts if isinstance(text, str))
    return ""


def error_words(body: bytes) -> str:
    """The provider's own words, wherever in the document it put them."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
    return _message(document)


def _message(document: object) -> str:
    for key in ("error", "message", "detail"):
        document = get(document, key) or document
    return document if isinstance(document, str) else json.dumps(document)
