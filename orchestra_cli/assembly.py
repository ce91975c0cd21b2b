"""Settings become an agent: a policy over the tools and slots that the hard rules leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from orchestra_cli.agent import Agent, Limits
from orchestra_cli.allowed import allow, effective_rules
from orchestra_cli.conducting import STYLES, Conduct, build_policy, checks_answers, in_menu_order
from orchestra_cli.config import Config
from orchestra_cli.errors import RefusedError
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import PromptStyle
from orchestra_cli.trajectory import Orchestrator
from prefs.profile import REMOTE, HardRules, Profile
from tools.accept import AcceptTool
from tools.base import Tool, ToolCall
from tools.expert_prompts import CONTEXT_CHARS
from tools.experts import Expert, Role
from tools.slots import AnswerSlot, ReasonSlot, SearchSlot, Slot
from tools.toolbox import Toolbox

TOOL_NAMES = (
    "python",
    "local_search",
    "web_search",
    "web_page",
    "ask_user",
    SearchSlot.name,
    ReasonSlot.name,
    AnswerSlot.name,
)
"""Every tool that there can be."""
_NO_EXPERT = "no expert is configured (add [experts.NAME] to config.toml): {name} answers"
_NO_EXPERT_LEFT = "the rules leave none of the configured experts: {name} answers"
_SMALL = ", a small model that is often wrong"
_NO_PRICE = "{name} is left out: its price is not known, and a cost limit is set"
_RULES_CONDUCT = "plain rules choose the tools, not the model"


def assemble(
    config: Config,
    profile: Profile,
    loaded: LoadedOrchestrator,
    *,
    offline: bool,
    ask_user: Callable[[str], str] | None,
    notes: tuple[str, ...] = (),
    conduct: Conduct = build_policy,
    index_path: Path | None = None,
) -> Agent:
    """An agent over everything that the rules leave. Raises ConfigError and RefusedError.

    Evaluation lets others than the orchestrator `conduct`, and has its own files searched.
    """
    rules = effective_rules(profile.rules, offline=offline)
    if loaded.leaves_machine and rules.forbid(loaded.engine.name, leaves_machine=True):
        raise RefusedError(
            f"the orchestrator {loaded.engine.name} is off this machine, and the profile "
            f"{profile.name!r} or --offline keeps everything here: choose a local --model"
        )
    allowed = allow(config, loaded, rules, ask_user, index_path=index_path)
    style = STYLES[loaded.prompt_style]()
    # A model on this machine evaluates slowly: a fourth of its context is plenty for documents.
    context_chars = min(CONTEXT_CHARS, loaded.engine.context_tokens)
    experts = in_menu_order(style, allowed.experts, profile)
    slots = _slots(experts, allowed.tools, context_chars=context_chars)
    offered = _offered(style, allowed.tools, slots)
    can_check = checks_answers(loaded) and any(_has_others_to_ask(slot) for slot in slots)
    if can_check:
        offered.append(AcceptTool())
    policy = conduct(loaded, style, profile, slots)
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
            *_notes(config, loaded, allowed.experts),
            *_idle_rules(profile, config, loaded),
            *(_NO_PRICE.format(name=name) for name in allowed.unpriced),
            *notes,
        ),
        repeat_key=_repeat_key(style),
        ends_at_answer=not can_check,
    )


def _slots(experts: Sequence[Expert], tools: Sequence[Tool], *, context_chars: int) -> list[Slot]:
    """A slot for each role that some expert has and whose tools there are."""
    by_name = {tool.name: tool for tool in tools}
    searchers = [by_name[n] for n in ("local_search", "web_search") if n in by_name]
    python = by_name.get("python")
    slots: list[Slot] = []
    if searchers and (able := _with_role(experts, "search")):
        slots.append(SearchSlot(able, searchers, context_chars=context_chars))
    if python and (able := _with_role(experts, "reason")):
        slots.append(ReasonSlot(able, python, context_chars=context_chars))
    able, mathematicians = _with_role(experts, "answer"), _with_role(experts, "answer-math")
    if able or mathematicians:
        slots.append(AnswerSlot(able, math_experts=mathematicians, context_chars=context_chars))
    return slots


def _has_others_to_ask(slot: Slot) -> bool:
    return slot.name == AnswerSlot.name and len(slot.choices.experts) > 1


def _with_role(experts: Sequence[Expert], role: Role) -> list[Expert]:
    return [expert for expert in experts if role in expert.card.roles]


def _offered(style: PromptStyle, basic: list[Tool], slots: list[Slot]) -> list[Tool]:
    """As trained, the slots alone; in a chat the policy writes queries and programs itself."""
    if style.name == "toolorchestra":
        return [*slots]
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
    own = loaded.own_expert.card
    names = {*TOOL_NAMES, *config.experts, own.name, own.model}
    names |= {table.model for table in config.experts.values()}
    idle = [
        pattern
        for pattern in profile.rules.never
        if pattern != REMOTE
        and not any(HardRules((pattern,)).forbid(name, leaves_machine=False) for name in names)
    ]
    return [f"never {pattern!r} fits no tool and no expert: check its spelling" for pattern in idle]


def _repeat_key(style: PromptStyle) -> Callable[[ToolCall], object]:
    """When two calls are the same: as trained, by function; in a chat, by arguments too."""
    if style.name == "toolorchestra":
        return lambda call: call.name
    return lambda call: (call.name, str(call.arguments))
