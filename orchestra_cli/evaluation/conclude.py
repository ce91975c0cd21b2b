"""From a run's rows to its summary: what the suite knows is put beside what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from orchestra_cli.evaluation.figures.summarise import Known, summarise
from orchestra_cli.evaluation.judges.judging import agreement
from orchestra_cli.evaluation.plan import Plan, Request
from orchestra_cli.evaluation.roster import Roster
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.summary import ExpertFacts, Summary


def conclude(request: Request, plan: Plan, rows: Sequence[Row], *, command: str) -> Summary:
    """The figures of a run, whole or not yet."""
    suite, spec = request.suite, plan.spec
    notes = [*suite.notes, *(f"left out: {reason}" for reason in plan.left_out)]
    if suite.file:
        notes += [f"prices {name}: {said}" for name, said in suite.file.price_lists.items()]
        notes.append("nobody was called: the experts' answers are recorded ones")
    judged = [row.judge_cost_usd for row in rows if row.judge_cost_usd != 0]
    if judged:
        known_usd = sum(usd for usd in judged if usd is not None)
        more = " and more, at an unknown price" if None in judged else ""
        notes.append(f"judging {len(judged):,} answers by a model cost ${known_usd:.4f}{more}")
    return summarise(
        rows,
        suite=suite.title,
        split=suite.split,
        profiles=spec.profiles,
        known={variant: _known(plan, roster) for variant, roster in spec.rosters.items()},
        pair=_pair(spec.rosters.get("seen")),
        experts=_experts(plan),
        judge_agreement=_agreement(plan, suite.file.answers_cut_at if suite.file else None),
        notes=notes,
        command=command,
        seed=request.seed,
    )


def _known(plan: Plan, roster: Roster) -> dict[str, dict[str, Known]]:
    """What each expert would have done, by task."""
    return {
        record.task.id: {
            name: Known(
                record.outcomes[name].right,
                roster.cost_usd(record.task, name, record.outcomes[name]),
                record.outcomes[name].latency_s,
            )
            for name in roster.cards
        }
        for record in plan.spec.records.values()
    }


def _pair(roster: Roster | None) -> tuple[str, str] | None:
    """(weak, strong) of a suite of two experts."""
    if roster is None or len(roster.cards) != 2:
        return None
    weak, strong = sorted(roster.cards.values(), key=lambda card: card.success_rate or 0.0)
    return weak.name, strong.name


def _experts(plan: Plan) -> list[ExpertFacts]:
    """Each expert with its price, in the variants where either is new."""
    return [
        ExpertFacts(
            name=f"{name}, at an unseen price" if variant == "unseen-prices" else name,
            input_usd_per_mtok=card.price.input_usd_per_mtok if card.price else None,
            output_usd_per_mtok=card.price.output_usd_per_mtok if card.price else None,
            price_source=card.price.source if card.price else "",
            train_accuracy=card.success_rate,
            is_unseen=variant != "seen",
        )
        for variant, roster in plan.spec.rosters.items()
        for name, card in roster.cards.items()
    ]


def _agreement(plan: Plan, cut_at: int | None) -> dict[str, list[bool]]:
    """How often our judges say what the record says, over all recorded answers of these tasks."""
    pairs = (
        (record.task, outcome.answer, outcome.right)
        for record in plan.spec.records.values()
        for outcome in record.outcomes.values()
        if outcome.answer is not None
        and outcome.right in (0.0, 1.0)
        and (cut_at is None or len(outcome.answer) < cut_at)
    )
    return agreement(pairs)
