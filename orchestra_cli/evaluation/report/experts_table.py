"""What was known of the experts, as texts under headings; and what the judges are worth."""

from __future__ import annotations

from collections.abc import Iterator

from orchestra_cli.evaluation.report.number_text import UNKNOWN, half_width, percent, price
from orchestra_cli.evaluation.summary import Summary

EXPERT_HEADINGS = ("expert", "$ per M in", "$ per M out", "right on train rows %", "price from")
JUDGE_HEADINGS = ("judge", "agrees with the record %")


def expert_rows(summary: Summary) -> Iterator[tuple[str, ...]]:
    """One for each expert."""
    for expert in summary.experts:
        train, dollars_in, dollars_out = (
            expert.train_accuracy,
            expert.input_usd_per_mtok,
            expert.output_usd_per_mtok,
        )
        yield (
            f"{expert.name} (unseen)" if expert.is_unseen else expert.name,
            UNKNOWN if dollars_in is None else price(dollars_in),
            UNKNOWN if dollars_out is None else price(dollars_out),
            UNKNOWN if train is None else percent(train),
            expert.price_source or UNKNOWN,
        )


def judge_rows(summary: Summary) -> Iterator[tuple[str, ...]]:
    """One for each judge that could be compared."""
    for judge, agreement in summary.judge_agreement.items():
        yield judge, f"{percent(agreement.value)} ±{percent(half_width(agreement))}"
