"""Who conducts a run: the rules or a loaded model, steered where the profile asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orchestra_cli.engines.base import Scorer
from orchestra_cli.orchestrator import LoadedOrchestrator
from orchestra_cli.policy import ModelPolicy, Policy, PromptStyle
from orchestra_cli.prompts.chat import ChatStyle
from orchestra_cli.prompts.toolorchestra import ToolOrchestraStyle
from orchestra_cli.rules.policy import RulePolicy
from orchestra_cli.steered_policy import SteeredPolicy
from orchestra_cli.steering import Steering
from orchestra_cli.told_policy import ToldPolicy
from prefs.profile import Profile
from tools.slots import Slot

Conduct = Callable[[LoadedOrchestrator, PromptStyle, Profile, Sequence[Slot]], Policy]
STYLES: dict[str, Callable[[], PromptStyle]] = {
    "chat": ChatStyle,
    "toolorchestra": ToolOrchestraStyle,
}


def build_policy(
    loaded: LoadedOrchestrator, style: PromptStyle, profile: Profile, slots: Sequence[Slot]
) -> Policy:
    """The policy of a run over these slots."""
    steering = _steering(loaded, profile, slots)
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
        return SteeredPolicy(model, loaded.engine, steering)
    return ToldPolicy(model, steering)


def checks_answers(loaded: LoadedOrchestrator) -> bool:
    """Whether an expert's answer comes back to who conducts: the rules take the first."""
    return loaded.checks_answers and loaded.policy == "model"


def _steering(
    loaded: LoadedOrchestrator, profile: Profile, slots: Sequence[Slot]
) -> Steering | None:
    """None where the profile leaves the choice to the model."""
    if not profile.beta:
        return None
    cards = {alias: expert.card for slot in slots for alias, expert in slot.choices.experts.items()}
    return Steering(profile, cards, loaded.own_expert.card)
