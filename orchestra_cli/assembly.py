"""Settings become an agent: which experts and tools there are, and what the hard rules leave.

This is the one place where `never`, `@remote` and --offline take tools and experts away: what is
removed here, no policy ever sees.
"""

from __future__ import annotations

from collections.abc import Callable

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
from orchestra_cli.experts.configured import build_expert, expert_endpoint
from orchestra_cli.experts.experience import load_experience
from orchestra_cli.folders import data_folder
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import ModelPolicy, Policy, PromptStyle
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from orchestra_cli.rules.policy import RulePolicy
from orchestra_cli.trajectory import Orchestrator
from prefs.profile import REMOTE, HardRules, Profile
from tools.base import Tool, ToolCall
from tools.expert_prompts import CONTEXT_CHARS
from tools.experts import Expert, Role
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot
from tools.toolbox import Toolbox
from tools.web_search import WebSearchTool

_TOOL_NAMES = (
    "python",
    "local_search",
    "web_search",
    "web_page",
    "ask_user",
    SearchSlot.name,
    ReasonSlot.name,
    AnswerSlot.name,
)
_NO_EXPERT = "no expert is configured (add [experts.NAME] to config.toml): {name} answers"
_NO_EXPERT_LEFT = "the rules leave none of the configured experts: {name} answers"
_SMALL = ", a small model that is often wrong"
_NO_PRICE = "{name} is left out: its price is not known, and a cost limit is set"
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
    experts = _experts(config, loaded, rules)
    basic = _basic_tools(config.tools, rules, ask_user)
    unpriced: list[str] = []
    if config.orchestrator.max_cost_usd is not None:
        _check_orchestrator_price(loaded)
        unpriced = _unpriced(experts, basic)
        experts = [expert for expert in experts if expert.card.name not in unpriced]
        basic = [tool for tool in basic if tool.name not in unpriced]
    style = _STYLES[loaded.prompt_style]()
    policy: Policy = RulePolicy()
    if loaded.policy == "model":
        policy = ModelPolicy(
            loaded.engine,
            style,
            sampling=loaded.sampling,
            max_tokens=style.reply_tokens(loaded.engine),
        )
    # A model on this machine evaluates slowly: a fourth of its context is plenty for documents.
    context_chars = min(CONTEXT_CHARS, loaded.engine.context_tokens)
    slots = _slots(experts, basic, context_chars=context_chars)
    offered = _offered(style, basic, slots)
    return Agent(
        policy,
        Toolbox(tool for tool in offered if not rules.forbid(tool.name, leaves_machine=False)),
        orchestrator=Orchestrator(loaded.engine.name, policy.name, style.name),
        limits=Limits(
            max_turns=config.orchestrator.max_turns,
            max_time_s=config.orchestrator.max_time_s,
            max_cost_usd=config.orchestrator.max_cost_usd,
        ),
        preference=profile.to_json(),
        notes=(
            *_notes(config, loaded, experts),
            *_idle_rules(profile, config, loaded),
            *(_NO_PRICE.format(name=name) for name in unpriced),
        ),
        repeat_key=_repeat_key(style),
    )


_STYLES: dict[str, Callable[[], PromptStyle]] = {
    "chat": ChatStyle,
    "toolorchestra": ToolOrchestraStyle,
}


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


def _effective_rules(rules: HardRules, *, offline: bool) -> HardRules:
    return HardRules((*rules.never, REMOTE)) if offline else rules


def _experts(config: Config, loaded: LoadedOrchestrator, rules: HardRules) -> list[Expert]:
    """The configured experts that the rules leave, else the orchestrator's own weights.

    Their cards say what was measured of them.
    """
    experts: list[Expert] = [
        build_expert(name, table)
        for name, table in config.experts.items()
        if not _expert_forbidden(name, table, rules)
    ]
    own = loaded.own_expert
    if not experts and not rules.forbid(own.card.name, leaves_machine=own.card.leaves_machine):
        experts = [own]
    experience = load_experience()
    for expert in experts:
        expert.card = experience.described(expert.card)
    return experts


def _expert_forbidden(name: str, table: ExpertTable, rules: HardRules) -> bool:
    """Decided before the expert's key is asked for: one that is ruled out needs none."""
    leaves_machine = not expert_endpoint(name, table).is_loopback
    return any(rules.forbid(n, leaves_machine=leaves_machine) for n in (name, table.model))


def _slots(experts: list[Expert], basic: list[Tool], *, context_chars: int) -> list[Tool]:
    """A slot for each role that some expert has and whose tools there are."""
    by_name = {tool.name: tool for tool in basic}
    searchers = [by_name[n] for n in ("local_search", "web_search") if n in by_name]
    python = by_name.get("python")
    slots: list[Tool] = []
    if searchers and (able := _with_role(experts, "search")):
        slots.append(SearchSlot(able, searchers, context_chars=context_chars))
    if python and (able := _with_role(experts, "reason")):
        slots.append(ReasonSlot(able, python, context_chars=context_chars))
    able, mathematicians = _with_role(experts, "answer"), _with_role(experts, "answer-math")
    if able or mathematicians:
        slots.append(AnswerSlot(able, math_experts=mathematicians, context_chars=context_chars))
    return slots


def _with_role(experts: list[Expert], role: Role) -> list[Expert]:
    return [expert for expert in experts if role in expert.card.roles]


def _offered(style: PromptStyle, basic: list[Tool], slots: list[Tool]) -> list[Tool]:
    """As trained, the slots alone; in a chat the policy writes queries and programs itself."""
    if style.name == "toolorchestra":
        return slots
    return [*basic, *(slot for slot in slots if slot.name != SearchSlot.name)]


def _notes(config: Config, loaded: LoadedOrchestrator, experts: list[Expert]) -> tuple[str, ...]:
    notes = list(loaded.notes)
    if experts == [loaded.own_expert]:
        reason = _NO_EXPERT_LEFT if config.experts else _NO_EXPERT
        note = reason.format(name=loaded.own_expert.card.model)
        notes.append(note + _SMALL if loaded.is_small else note)
    if loaded.policy == "rule":
        notes.append(_RULES_CONDUCT)
    return tuple(notes)


def _idle_rules(profile: Profile, config: Config, loaded: LoadedOrchestrator) -> list[str]:
    """A rule that rules out nothing is a slip of the pen, and somebody relies on it."""
    names = {*_TOOL_NAMES, *config.experts, loaded.own_expert.card.name}
    names |= {table.model for table in config.experts.values()}
    idle = [
        pattern
        for pattern in profile.rules.never
        if pattern != REMOTE
        and not any(HardRules((pattern,)).forbid(name, leaves_machine=False) for name in names)
    ]
    return [f"never {pattern!r} fits no tool and no expert: check its spelling" for pattern in idle]


def _basic_tools(
    tables: ToolTables, rules: HardRules, ask_user: Callable[[str], str] | None
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
    index_path = data_folder() / "index.sqlite3"
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


def _repeat_key(style: PromptStyle) -> Callable[[ToolCall], object]:
    """When two calls are the same: as trained, by function; in a chat, by arguments too."""
    if style.name == "toolorchestra":
        return lambda call: call.name
    return lambda call: (call.name, str(call.arguments))
