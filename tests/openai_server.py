"""A loopback server that speaks OpenAI's /chat/completions from a script.

    with OpenAIServer() as server:
        server.script(streamed("Paris."), refused(429, "slow down"))
        Endpoint(server.base_url, "some-model") ...
        assert server.requests[0].body["model"] == "some-model"

Each request takes the next reply of the script; the last one stays.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

Json = dict[str, Any]
Ending = Literal["whole", "cut", "hang", "close"]
"""How a body ends: as HTTP has it; the connection cut in the middle of it; silence until the client
goes; or closed where the client was not told of any length."""


@dataclass(frozen=True)
class Reply:
    """What goes back: bytes a write, and how it ends."""

    pieces: tuple[bytes, ...]
    status: int = 200
    content_type: str = "text/event-stream"
    ending: Ending = "whole"
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    """Before each piece."""


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: Json


def event(data: Json | str) -> bytes:
    """One server-sent event."""
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def delta(finish: str | None = None, **said: Any) -> Json:
    """A chunk of a streamed completion: `delta(content="Par")`."""
    return {"choices": [{"index": 0, "delta": said, "finish_reason": finish}]}


def usage(input_tokens: int, output_tokens: int) -> Json:
    """The `usage` of a completion."""
    return {"prompt_tokens": input_tokens, "completion_tokens": output_tokens}


def tool_call(name: str, arguments: Any, *, index: int | None = 0, **more: Any) -> Json:
    """A call inside a delta or a message; `arguments` may be text or an object."""
    function = {"name": name, "arguments": arguments}
    return {"type": "function", "function": function, **more} | (
        {} if index is None else {"index": index}
    )


def streamed(
    *texts: str,
    thought: str = "",
    calls: Sequence[Json] = (),
    tokens: tuple[int, int] | None = None,
    finish: str = "stop",
    ending: Ending = "whole",
    pause_s: float = 0.0,
) -> Reply:
    """A streamed completion, one event a text. Only a whole one has finish_reason and [DONE]."""
    chunks = [delta(reasoning_content=thought)] if thought else []
    chunks += [delta(content=text) for text in texts]
    chunks += [delta(tool_calls=[call]) for call in calls]
    if ending == "whole":
        chunks.append(delta(finish))
        chunks += [{"choices": [], "usage": usage(*tokens)}] if tokens else []
    pieces = [event(chunk) for chunk in chunks]
    pieces += [event("[DONE]")] if ending == "whole" else []
    return Reply(tuple(pieces), ending=ending, pause_s=pause_s)


def events(*data: Json | str, ending: Ending = "whole") -> Reply:
    """Server-sent events as given."""
    return Reply(tuple(event(each) for each in data), ending=ending)


def plain(
    text: str | None,
    *,
    calls: Sequence[Json] = (),
    tokens: tuple[int, int] | None = None,
    content_type: str = "application/json",
) -> Reply:
    """A completion as one JSON document, from a server that does not stream."""
    message = {"role": "assistant", "content": text, "tool_calls": list(calls)}
    document: Json = {"choices": [{"message": message, "finish_reason": "stop"}]}
    if tokens:
        document["usage"] = usage(*tokens)
    return Reply((json.dumps(document, indent=2).encode(),), content_type=content_type)


def refused(status: int, message: str, *, headers: dict[str, str] | None = None) -> Reply:
    """An error as OpenAI words it."""
    body = json.dumps({"error": {"message": message, "code": None}}).encode()
    return Reply((body,), status=status, content_type="application/json", headers=headers or {})


def raw(*pieces: bytes, content_type: str = "text/event-stream", ending: Ending = "close") -> Reply:
    """Any bytes."""
    return Reply(pieces, content_type=content_type, ending=ending)


def silence() -> Reply:
    """The request is taken, and nothing ever comes back, not even a status line."""
    return Reply((), status=0, ending="hang")


class OpenAIServer:
    """Serves on a port of its own until the `with` block ends."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.hung_up = threading.Event()
        """Set once a client has left a reply that hung."""
        self._script: list[Reply] = []
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self})
        )
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    @property
    def base_url(self) -> str:
        """What a client is configured with."""
        return f"http://127.0.0.1:{self.port}/v1"

    def script(self, *replies: Reply | Iterable[Reply]) -> None:
        """Replies for the requests to come, in this order."""
        with self._lock:
            self._script = [
                each
                for reply in replies
                for each in ((reply,) if isinstance(reply, Reply) else reply)
            ]

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, request: Received) -> Reply:
        """Note a request; its reply."""
        with self._lock:
            self.requests.append(request)
            if not self._script:
                return refused(500, "the test's script holds no reply")
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]


class _Handler(BaseHTTPRequestHandler):
    owner: OpenAIServer

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.owner.take(Received(self.path, headers, json.loads(body)))
        self.close_connection = True
        try:
            self._send(reply)
        except OSError:
            self.owner.hung_up.set()

    def _send(self, reply: Reply) -> None:
        if reply.status:
            self._send_head(reply)
        for piece in reply.pieces:
            self.owner.closing.wait(reply.pause_s)
            self._write(piece, chunked=reply.ending != "close")
        if reply.ending == "whole":
            self.wfile.write(b"0\r\n\r\n")
        elif reply.ending == "hang":
            self._hang()

    def _send_head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Connection", "close")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.ending != "close":
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _write(self, piece: bytes, *, chunked: bool) -> None:
        if chunked and piece:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        self.wfile.write(piece)
        self.wfile.flush()

    def _hang(self) -> None:
        self.connection.settimeout(0.02)
        while not self.owner.closing.is_set():
            try:
                if not self.connection.recv(1):
                    self.owner.hung_up.set()
                    return
            except TimeoutError:
                continue

    def log_message(self, format: str, *args: Any) -> None:
        """Tests have no log."""
