"""What every view offers the command: `with view: for event in agent.stream(task): view(event)`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, Self

from orchestra_cli.events import Event


class View(Protocol):
    """The third seam: the loop yields events and knows no view."""

    def __call__(self, event: Event) -> None:
        """Show or record one event, in the order in which they happened."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def suspended(self) -> AbstractContextManager[None]:
        """Keeps off the terminal while a question is put to the user there."""
        ...
