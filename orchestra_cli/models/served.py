"""Models that run in vLLM: the command that starts them, and whether one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orchestra_cli.errors import ModelError
from orchestra_cli.models.sources import LOCAL_VLLM, ServedSource

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 3.0
_MAX_NAMES = 5


def vllm_command(source: ServedSource, context_tokens: int | None) -> str:
    """Serves the model on this machine alone, at `source.base_url`."""
    words = ["vllm serve", source.repo, "--host 127.0.0.1"]
    if source.base_url != LOCAL_VLLM:
        words.append(f"--port {urlsplit(source.base_url).port or 80}")
    if context_tokens is not None:
        words.append(f"--max-model-len {context_tokens}")
    # Qwen3's calls are in the form of Hermes; the engine reads `<think>` itself.
    return " ".join([*words, "--enable-auto-tool-choice --tool-call-parser hermes"])


def require_served(
    source: ServedSource, *, name: str, context_tokens: int | None, api_key: str | None = None
) -> None:
    """Raise a `ModelError` with the command to run where nobody serves these weights."""
    import httpx  # here: the catalogue reads this module in every run

    command = vllm_command(source, context_tokens)
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client:
            reply = client.get(f"{source.base_url}/models", headers=headers)
    except httpx.HTTPError:
        raise ModelError(
            f"{name}: nothing answers at {source.base_url}: run `{command}` on a machine with a "
            f"GPU; where it is another one, --model http://HOST:8000/v1#{source.repo}"
        ) from None
    served = _served_names(reply)
    if served is not None and source.repo not in served:
        raise ModelError(
            f"{name}: {source.base_url} serves {', '.join(served[:_MAX_NAMES]) or 'no model'}, "
            f"not {source.repo}: run `{command}`"
        )


def _served_names(reply: httpx.Response) -> list[str] | None:
    """The models that it lists; None where it does not say."""
    try:
        return [str(model["id"]) for model in reply.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return None
