"""What is known of the experts from experience, for whoever describes them to the orchestrator.

One quick look into the file for all experts together. A file that cannot be read is no reason to
leave a question unanswered: then nothing is known, and `problem` says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestra_cli.experts.cards import MeasuredCard, card_of, load_results
from orchestra_cli.experts.history import Figures, Key, load_figures
from orchestra_cli.experts.records import RecordsError, reading, records_path
from tools.experts import ExpertCard

_PATIENCE_S = 0.2
_MIN_CALLS = 3
"""Answers before the user's own history counts for more than a measured card."""
_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Experience:
    """The figures and the cards of every expert that has any."""

    figures: dict[Key, Figures] = field(default_factory=dict)
    cards: dict[Key, MeasuredCard] = field(default_factory=dict)
    problem: str | None = None
    """Why nothing could be read: one line with the fix."""

    def of(self, card: ExpertCard) -> tuple[Figures | None, MeasuredCard | None]:
        """What is known of this expert under this model."""
        key = (card.name, card.model)
        return self.figures.get(key), self.cards.get(key)

    def described(self, card: ExpertCard) -> ExpertCard:
        """The card with what is known of the expert put in."""
        figures, measured = self.of(card)
        return described(card, measured=measured, figures=figures)


def load_experience(path: Path | None = None) -> Experience:
    """Everything in the file; nothing where there is none."""
    try:
        with reading(path or records_path(), patience_s=_PATIENCE_S) as db:
            if db is None:
                return Experience()
            cards = {key: card_of(results) for key, results in load_results(db).items()}
            known = {key: card for key, card in cards.items() if card is not None}
            return Experience(load_figures(db), known)
    except RecordsError as error:
        return Experience(problem=str(error))


def described(
    card: ExpertCard, *, measured: MeasuredCard | None, figures: Figures | None
) -> ExpertCard:
    """The card as the orchestrator reads it: the user's own words stay first."""
    words = (card.skills.strip().rstrip(";."), measured.text if measured else "")
    latency_s = measured_latency_s(measured=measured, figures=figures)
    return replace(
        card,
        skills="; ".join(word for word in words if word),
        latency_s=card.latency_s if latency_s is None else _stepped(latency_s),
        success_rate=card.success_rate if measured is None else measured.success_rate,
        success_by_domain={} if measured is None else measured.success_by_domain,
        reply_tokens=figures.output_tokens if figures else card.reply_tokens,
    )


def measured_latency_s(*, measured: MeasuredCard | None, figures: Figures | None) -> float | None:
    """Seconds a call: of the user's own where there are a few, else of the card."""
    if figures and figures.calls - figures.failures >= _MIN_CALLS:
        return figures.latency_s
    return measured.latency_s if measured else None


def _stepped(latency_s: float) -> float:
    """The nearest of a few steps.

    The prompt's beginning then stays the same from one question to the next, and with it the state
    that an engine has saved for it.
    """
    scale = 10.0 ** (len(f"{latency_s:.0f}") - 1) if latency_s >= 1 else 0.1
    return min((round(step * scale, 2) for step in _STEPS), key=lambda step: abs(step - latency_s))
