"""The summary as a JSON document, for programs: every key always stands there."""

from __future__ import annotations

from dataclasses import asdict

from orchestra_cli.evaluation.summary import CellSummary, Curve, Interval, Summary
from tools.base import JsonObject

SCHEMA_VERSION = 1


def summary_document(summary: Summary) -> JsonObject:
    """What `summary.json` holds; what is not known is null."""
    return {
        "schema_version": SCHEMA_VERSION,
        "suite": summary.suite,
        "split": summary.split,
        "num_tasks": summary.num_tasks,
        "command": summary.command,
        "cells": [_cell(cell) for cell in summary.cells],
        "domains": {
            domain: [_cell(cell) for cell in cells] for domain, cells in summary.domains.items()
        },
        "curves": [_curve(curve) for curve in summary.curves],
        "pairs": [asdict(pair) for pair in summary.pairs],
        "experts": [asdict(expert) for expert in summary.experts],
        "judge_agreement": {
            judge: _interval(agreement) for judge, agreement in summary.judge_agreement.items()
        },
        "notes": list(summary.notes),
    }


def _cell(cell: CellSummary) -> JsonObject:
    return {
        "policy": cell.policy,
        "profile": cell.profile,
        "variant": cell.variant,
        "num_tasks": cell.num_tasks,
        "num_failed": cell.num_failed,
        "num_unjudged": cell.num_unjudged,
        "accuracy": _interval(cell.accuracy),
        "cost_usd": _interval(cell.cost_usd),
        "cost_share": _interval(cell.cost_share),
        "latency_s": _interval(cell.latency_s),
        "own_latency_s": _interval(cell.own_latency_s),
        "own_cost_usd": cell.own_cost_usd,
        "turns": _interval(cell.turns),
        "calls": dict(cell.calls),
        "legal_rate": _interval(cell.legal_rate),
        "adherence": _interval(cell.adherence),
        "regret_usd": _interval(cell.regret_usd),
        "arena": None if cell.arena is None else asdict(cell.arena),
        "right_tools": _interval(cell.right_tools),
        "legal_runs": _interval(cell.legal_runs),
        "latency_median_s": cell.latency_median_s,
        "latency_p95_s": cell.latency_p95_s,
    }


def _curve(curve: Curve) -> JsonObject:
    return {
        "policy": curve.policy,
        "profile": curve.profile,
        "variant": curve.variant,
        "points": [{"cost_usd": cost, "accuracy": accuracy} for cost, accuracy in curve.points],
        "area": _interval(curve.area),
    }


def _interval(interval: Interval | None) -> JsonObject | None:
    return None if interval is None else asdict(interval)
