"""The experts and tools that the hard rules leave.

This is the one place where `never`, `@remote`, --offline and a cost limit take tools and experts
away: what is removed here, no policy ever sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestra_cli.config import (
    Config,
    ExpertTable,
    ToolTables,
    WebSearchTable,
    config_path,
    read_key,
)
from orchestra_cli.errors import ConfigError, RefusedError
from orchestra_cli.experts.configured import build_expert, expert_endpoint
from orchestra_cli.experts.experience import load_experience
from orchestra_cli.folders import data_folder
from orchestra_cli.orchestrator import LoadedOrchestrator
from prefs.profile import REMOTE, HardRules
from tools.base import Tool
from tools.experts import Expert
from tools.web_search import WebSearchTool


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a run may use."""

    experts: list[Expert]
    tools: list[Tool]
    """Without the slots, which are made of both."""
    unpriced: list[str]
    """What a cost limit has taken away, because nobody knows its price."""


def allow(
    config: Config,
    loaded: LoadedOrchestrator,
    rules: HardRules,
    ask_user: Callable[[str], str] | None,
    *,
    index_path: Path | None = None,
) -> Allowed:
    """Everything that is configured and that neither the rules nor a cost limit forbid.

    `index_path` is what local search looks in; None is the user's own index.
    """
    index_path = index_path or data_folder() / "index.sqlite3"
    experts = _experts(config, loaded, rules)
    tools = _basic_tools(config.tools, rules, ask_user, index_path)
    unpriced: list[str] = []
    if config.orchestrator.max_cost_usd is not None:
        _check_orchestrator_price(loaded)
        unpriced = _unpriced(experts, tools)
    return Allowed(
        [expert for expert in experts if expert.card.name not in unpriced],
        [tool for tool in tools if tool.name not in unpriced],
        unpriced,
    )


def effective_rules(rules: HardRules, *, offline: bool) -> HardRules:
    """The profile's, and --offline."""
    return HardRules((*rules.never, REMOTE)) if offline else rules


def _check_orchestrator_price(loaded: LoadedOrchestrator) -> None:
    """An orchestrator that costs an unknown sum cannot keep to a limit."""
    if loaded.own_expert.card.price is None:
        raise RefusedError(
            f"the price of the orchestrator {loaded.engine.name} is not known, and a cost limit "
            f"is set: set price_in_usd_per_mtok and price_out_usd_per_mtok in {config_path()}: "
            "[orchestrator]"
        )


def _unpriced(experts: list[Expert], basic: list[Tool]) -> list[str]:
    """The experts and tools whose price nobody knows."""
    names = [expert.card.name for expert in experts if expert.card.price is None]
    return names + [
        tool.name for tool in basic if isinstance(tool, WebSearchTool) and tool.price_usd is None
    ]


def _experts(config: Config, loaded: LoadedOrchestrator, rules: HardRules) -> list[Expert]:
    """The configured experts that the rules leave, else the orchestrator's own weights.

    Their cards say what was measured of them.
    """
    experts: list[Expert] = [
        build_expert(name, table)
        for name, table in config.experts.items()
        if not _is_forbidden(name, table, rules)
    ]
    own = loaded.own_expert
    if not experts and not _forbids(rules, own.card.name, own.card.model, own.card.leaves_machine):
        experts = [own]
    experience = load_experience()
    for expert in experts:
        expert.card = experience.described(expert.card)
    return experts


def _is_forbidden(name: str, table: ExpertTable, rules: HardRules) -> bool:
    """Decided before the expert's key is asked for: one that is ruled out needs none."""
    return _forbids(rules, name, table.model, not expert_endpoint(name, table).is_loopback)


def _forbids(rules: HardRules, name: str, model: str, leaves_machine: bool) -> bool:
    """An expert may be ruled out by its own name or by its model's."""
    return any(rules.forbid(each, leaves_machine=leaves_machine) for each in (name, model))


def _basic_tools(
    tables: ToolTables,
    rules: HardRules,
    ask_user: Callable[[str], str] | None,
    index_path: Path,
) -> list[Tool]:
    """Every tool that is enabled, has what it needs and is not ruled out."""
    from tools.ask_user import AskUserTool
    from tools.index import Index
    from tools.local_search import LocalSearchTool
    from tools.python import PythonTool
    from tools.web_page import WebPageTool

    tools: list[Tool] = []
    if tables.python.enabled:
        tools.append(PythonTool(backend=tables.python.backend, timeout_s=tables.python.timeout_s))
    if tables.local_search.enabled and not Index(index_path).is_empty():
        tools.append(LocalSearchTool(index_path))
    # Decided before its key is asked for: it need not be there if the tool is ruled out.
    if tables.web_search.enabled and not rules.forbid("web_search", leaves_machine=True):
        tools.append(_web_search(tables.web_search))
    if tables.web_page.enabled:
        tools.append(WebPageTool(allow_private=tables.web_page.allow_private))
    if tables.ask_user.enabled and ask_user is not None:
        tools.append(AskUserTool(ask_user))
    return [t for t in tools if not rules.forbid(t.name, leaves_machine=t.leaves_machine({}))]


def _web_search(table: WebSearchTable) -> Tool:
    key = read_key(table.api_key_env, needed_by="[tools.web_search] api_key_env")
    try:
        return WebSearchTool(
            backend=table.backend,
            api_key=key,
            base_url=table.base_url,
            price_usd_per_call=table.price_usd_per_call,
        )
    except ValueError as error:
        raise ConfigError(f"{config_path()}: [tools.web_search]: {error}") from None
