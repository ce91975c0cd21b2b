"""A server on loopback that lists models and answers a chat, as Ollama and its like do.

with LocalModelsServer(models_of("library", "qwen3:8b")) as server:
    server.base_url, server.asked
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from loopback_server import LoopbackServer

REPLY = b'data: {"choices": [{"delta": {"content": "OK"}, "finish_reason": "stop"}]}\n\n'


def models_of(owner: str, *names: str) -> dict[str, Any]:
    """A list of models in OpenAI's format."""
    data = [{"id": n, "object": "model", "created": 0, "owned_by": owner} for n in names]
    return {"object": "list", "data": data}


class LocalModelsServer(LoopbackServer):
    """`listed` is the body of /v1/models, bytes as they are or a document; `refusing` refuses chats
    of models by name, with the Authorization header quoted back."""

    def __init__(
        self,
        listed: dict[str, Any] | bytes,
        *,
        status: int = 200,
        drip_s: float = 0.0,
        refusing: tuple[str, ...] = (),
    ) -> None:
        super().__init__(type("Handler", (_Handler,), {"owner": self}))
        self.listed = listed if isinstance(listed, bytes) else json.dumps(listed).encode()
        self.status = status
        self.drip_s = drip_s
        self.refusing = refusing
        self.asked: list[str] = []
        """The models that were asked to chat, in order."""
        self.most_at_once = 0
        self.at_once = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def stop(self) -> None:
        self.closing.set()
        super().stop()


class _Handler(BaseHTTPRequestHandler):
    owner: LocalModelsServer

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._send(404, b"not found", "text/plain")
            return
        pieces = [bytes([b]) for b in self.owner.listed] if self.owner.drip_s else None
        self._send(self.owner.status, self.owner.listed, "application/json", pieces=pieces)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.owner.lock:
            self.owner.asked.append(body["model"])
            self.owner.at_once += 1
            self.owner.most_at_once = max(self.owner.most_at_once, self.owner.at_once)
        time.sleep(0.05)
        with self.owner.lock:
            self.owner.at_once -= 1
        if body["model"] in self.owner.refusing:
            words = f"no {body['model']}\nfor {self.headers['Authorization']}"
            error = json.dumps({"error": {"message": words}}).encode()
            self._send(401, error, "application/json")
        else:
            self._send(200, REPLY, "text/event-stream")

    def _send(
        self, status: int, body: bytes, content_type: str, *, pieces: list[bytes] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            for piece in pieces or [body]:
                self.wfile.write(piece)
                if pieces and self.owner.closing.wait(self.owner.drip_s):
                    return
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Tests have no log."""
