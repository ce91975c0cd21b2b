"""The orchestrator of a bench: loaded once, when the first run needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from orchestra_cli.config import Config
from orchestra_cli.orchestrator import LoadedOrchestrator, load_orchestrator

Who = Literal["orchestrator", "rule", "model"]
"""As configured, the plain rules, or the model itself."""
CONDUCTORS: dict[str, Who] = {
    "orchestrator": "orchestrator",
    "rule": "rule",
    "model": "model",
}
"""The policies that are made where they run."""


class Conductor:
    """Who conducts, as the configuration names it."""

    def __init__(self, config: Config, *, offline: bool) -> None:
        self._config = config
        self._offline = offline
        self._loaded: LoadedOrchestrator | None = None

    def close(self) -> None:
        """Unload it."""
        if self._loaded is not None:
            self._loaded.engine.close()

    def load(self, who: Who) -> LoadedOrchestrator:
        """With that policy. Raises ModelError."""
        if self._loaded is None:
            from orchestra_cli.commands.models import fetch_shown

            self._loaded = load_orchestrator(
                self._config.orchestrator,
                fetch=lambda entry: fetch_shown(entry, offline=self._offline),
            )
        loaded = self._loaded
        return loaded if who == "orchestrator" else replace(loaded, policy=who)
