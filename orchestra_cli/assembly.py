"""Settings become an agent: which experts and tools there are, and what the hard rules leave.

This is the one place where `never`, `@remote` and --offline take tools and experts away: what is
removed here, no policy ever sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.config import (
    Config,
    ExpertTable,
    ToolTables,
    WebSearchTable,
    config_path,
    read_key,
)
from orchestra_cli.errors import ConfigError, RefusedError
from orchestra_cli.folders import data_folder
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import ModelPolicy, Policy, PromptStyle
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from orchestra_cli.rules.policy import RulePolicy
from orchestra_cli.trajectory import Orchestrator
from prefs.profile import REMOTE, HardRules, Profile
from tools.base import Tool, ToolCall
from tools.experts import Expert, ExpertCard, Role
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot
from tools.toolbox import Toolbox

_SMALL_ANSWERER = (
    "no expert is configured: the small embedded model answers, and it is often wrong "
    "(add [experts.NAME] to config.toml)"
)
_RULES_CONDUCT = "plain rules choose the tools: the embedded model has not been trained to yet"


def assemble(
    config: Config,
    profile: Profile,
    loaded: LoadedOrchestrator,
    *,
    offline: bool,
    ask_user: Callable[[str], str] | None,
) -> Agent:
    """An agent over everything that the rules leave. Raises ConfigError and RefusedError."""
    rules = _effective_rules(profile.rules, offline=offline)
    if loaded.leaves_machine and rules.forbid(loaded.engine.name, leaves_machine=True):
        raise RefusedError(
            f"the orchestrator {loaded.engine.name} is off this machine, and the profile "
            f"{profile.name!r} or --offline keeps everything here: choose a local --model"
        )
    configured = [_endpoint_expert(name, table) for name, table in config.experts.items()]
    experts = [e for e in configured if not _forbidden(e, rules)] or [loaded.own_expert]
    notes = list(loaded.notes)
    if experts == [loaded.own_expert] and not loaded.leaves_machine:
        notes.append(_SMALL_ANSWERER)
    basic = [t for t in _basic_tools(config.tools, ask_user) if not _tool_forbidden(t, rules)]
    policy: Policy
    style = _STYLES[loaded.prompt_style]()
    if loaded.policy == "rule":
        policy = RulePolicy()
        notes.append(_RULES_CONDUCT)
    else:
        policy = ModelPolicy(loaded.engine, style, sampling=loaded.sampling)
    return Agent(
        policy,
        Toolbox(_offered(style, basic, experts, rules)),
        orchestrator=Orchestrator(loaded.engine.name, policy.name, style.name),
        limits=Limits(
            max_turns=config.orchestrator.max_turns, max_time_s=config.orchestrator.max_time_s
        ),
        preference=profile.to_json(),
        notes=tuple(notes),
        repeat_key=_repeat_key(style),
    )


_STYLES: dict[str, Callable[[], PromptStyle]] = {
    "chat": ChatStyle,
    "toolorchestra": ToolOrchestraStyle,
}


def _effective_rules(rules: HardRules, *, offline: bool) -> HardRules:
    return HardRules((*rules.never, REMOTE)) if offline else rules


def _forbidden(expert: Expert, rules: HardRules) -> bool:
    card = expert.card
    return any(
        rules.forbid(name, leaves_machine=card.leaves_machine) for name in (card.name, card.model)
    )


def _tool_forbidden(tool: Tool, rules: HardRules) -> bool:
    return rules.forbid(tool.name, leaves_machine=tool.leaves_machine({}))


def _offered(
    style: PromptStyle, basic: list[Tool], experts: list[Expert], rules: HardRules
) -> list[Tool]:
    """The slots, and in the chat style also the basic tools, whose arguments the policy writes."""
    by_name = {tool.name: tool for tool in basic}
    searchers = [by_name[n] for n in ("local_search", "web_search") if n in by_name]
    slots: list[Tool] = []
    if searchers and (able := _with_role(experts, "search")):
        slots.append(SearchSlot(able, searchers))
    if "python" in by_name and (able := _with_role(experts, "reason")):
        slots.append(ReasonSlot(able, by_name["python"]))
    if able := _with_role(experts, "answer"):
        slots.append(AnswerSlot(able))
    slots = [s for s in slots if not rules.forbid(s.name, leaves_machine=False)]
    if style.name == "toolorchestra":
        return slots
    return [*basic, *(s for s in slots if s.name != SearchSlot.name)]


def _with_role(experts: Iterable[Expert], role: Role) -> list[Expert]:
    return [expert for expert in experts if role in expert.card.roles]


def _endpoint_expert(name: str, table: ExpertTable) -> Expert:
    from tools.endpoint import Endpoint
    from tools.endpoint_expert import EndpointExpert

    key = read_key(table.api_key_env, needed_by=f"[experts.{name}] api_key_env")
    endpoint = Endpoint(table.base_url, table.model, key, api_key_env=table.api_key_env)
    free = 0.0 if endpoint.is_loopback else None
    price_in, price_out = table.price_in_usd_per_mtok, table.price_out_usd_per_mtok
    card = ExpertCard(
        name=name,
        model=table.model,
        roles=frozenset(table.roles),
        skills=table.skills,
        price_in_usd_per_mtok=free if price_in is None else price_in,
        price_out_usd_per_mtok=free if price_out is None else price_out,
        latency_s=table.latency_s,
        leaves_machine=not endpoint.is_loopback,
    )
    return EndpointExpert(card, endpoint)


def _basic_tools(tables: ToolTables, ask_user: Callable[[str], str] | None) -> list[Tool]:
    """Every tool that is enabled and has what it needs."""
    from tools.ask_user import AskUserTool
    from tools.index import Index
    from tools.local_search import LocalSearchTool
    from tools.python import PythonTool
    from tools.web_page import WebPageTool

    tools: list[Tool] = []
    if tables.python.enabled:
        tools.append(PythonTool(backend=tables.python.backend, timeout_s=tables.python.timeout_s))
    index_path = data_folder() / "index.sqlite3"
    if tables.local_search.enabled and not Index(index_path).is_empty():
        tools.append(LocalSearchTool(index_path))
    if tables.web_search.enabled:
        tools.append(_web_search(tables.web_search))
    if tables.web_page.enabled:
        tools.append(WebPageTool(allow_private=tables.web_page.allow_private))
    if tables.ask_user.enabled and ask_user is not None:
        tools.append(AskUserTool(ask_user))
    return tools


def _web_search(table: WebSearchTable) -> Tool:
    from tools.web_search import WebSearchTool

    key = read_key(table.api_key_env, needed_by="[tools.web_search] api_key_env")
    try:
        return WebSearchTool(backend=table.backend, api_key=key, base_url=table.base_url)
    except ValueError as error:
        raise ConfigError(f"{config_path()}: [tools.web_search]: {error}") from None


def _repeat_key(style: PromptStyle) -> Callable[[ToolCall], object]:
    """When two calls are the same: as trained, by function; in a chat, by arguments too."""
    if style.name == "toolorchestra":
        return lambda call: call.name
    return lambda call: (call.name, str(call.arguments))
