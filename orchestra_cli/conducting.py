"""Who conducts a run: the rules or a loaded model, steered where the profile asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orchestra_cli.cascade.outlooks import Outlooks
from orchestra_cli.domain_reader import DomainReader, ScoringEngine, domains_of
from orchestra_cli.engines.base import Scorer
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import ModelPolicy, Policy, PromptStyle
from orchestra_cli.prompts.brief import BriefStyle
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from orchestra_cli.rules.policy import RulePolicy
from orchestra_cli.steered_policy import SteeredPolicy
from orchestra_cli.steering import Steering
from orchestra_cli.told_policy import ToldPolicy
from prefs.profile import Profile
from tools.experts import Expert, ExpertCard
from tools.slots import AnswerSlot, Slot

Conduct = Callable[[LoadedOrchestrator, PromptStyle, Profile, Sequence[Slot]], Policy]
STYLES: dict[str, Callable[[], PromptStyle]] = {
    "brief": BriefStyle,
    "chat": ChatStyle,
    "toolorchestra": ToolOrchestraStyle,
}


def build_policy(
    loaded: LoadedOrchestrator, style: PromptStyle, profile: Profile, slots: Sequence[Slot]
) -> Policy:
    """The policy of a run over these slots."""
    if isinstance(style, BriefStyle):
        style = _with_outlooks(style, profile, slots)
    steering = _steering(loaded, style, profile, slots)
    if loaded.policy == "rule":
        return RulePolicy(steering)
    model = ModelPolicy(
        loaded.engine,
        style,
        sampling=loaded.sampling,
        max_tokens=style.reply_tokens(loaded.engine),
    )
    if steering is None:
        return model
    if isinstance(loaded.engine, Scorer):
        # who reads the brief style has learned to say what a call has found, and nothing of errors
        is_brief = style.name == BriefStyle.name
        return SteeredPolicy(
            model,
            loaded.engine,
            steering,
            hands_over_after_error=is_brief,
            reader=_reader(loaded.engine, _answering(slots)) if is_brief else None,
        )
    return ToldPolicy(model, steering)


def in_menu_order(
    style: PromptStyle, experts: Sequence[Expert], profile: Profile
) -> Sequence[Expert]:
    """As the style was trained on: the brief one finds the best to begin with first."""
    if style.name != BriefStyle.name:
        return experts
    from orchestra_cli.cascade.asking_order import in_asking_order

    return in_asking_order(experts, profile)


def checks_answers(loaded: LoadedOrchestrator) -> bool:
    """Whether an expert's answer comes back to who conducts: the rules take the first."""
    return loaded.checks_answers and loaded.policy == "model"


def _with_outlooks(style: BriefStyle, profile: Profile, slots: Sequence[Slot]) -> BriefStyle:
    """Told what asking each expert is worth, where there are several to ask."""
    cards = _answering(slots)
    return BriefStyle(Outlooks(cards, profile)) if len(cards) > 1 else style


def _reader(engine: ScoringEngine, cards: Mapping[str, ExpertCard]) -> DomainReader | None:
    """Where there are several to ask whose cards tell domains apart."""
    domains = domains_of(cards.values())
    return DomainReader(engine, domains) if len(cards) > 1 and domains else None


def _answering(slots: Sequence[Slot]) -> dict[str, ExpertCard]:
    """The cards of those that answer, by alias."""
    return {
        alias: expert.card
        for slot in slots
        if slot.name == AnswerSlot.name
        for alias, expert in slot.choices.experts.items()
    }


def _steering(
    loaded: LoadedOrchestrator, style: PromptStyle, profile: Profile, slots: Sequence[Slot]
) -> Steering | None:
    """None where the profile leaves the choice to the model.

    Who reads the brief style was trained to choose among options: they are weighed as wholes, for
    the likeliest first token need not begin the likeliest option, and their arguments are written
    under a grammar.
    """
    if not profile.beta and style.name != BriefStyle.name:
        return None
    cards = {alias: expert.card for slot in slots for alias, expert in slot.choices.experts.items()}
    return Steering(profile, cards, loaded.own_expert.card)
