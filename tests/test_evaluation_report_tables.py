"""The summary as tables: on a terminal of any width, in Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from evaluation_rows import rows_of
from evaluation_summaries import PROFILES, interval, make_summary
from rich.console import Console, RenderableType

from orchestra_cli.evaluation.figures.compare import compare
from orchestra_cli.evaluation.figures.published_route_llm import published_routers
from orchestra_cli.evaluation.report.columns import COLUMNS
from orchestra_cli.evaluation.report.comparison_table import render_comparison
from orchestra_cli.evaluation.report.csv_report import render_csv
from orchestra_cli.evaluation.report.json_report import summary_document
from orchestra_cli.evaluation.report.lines import lines_of
from orchestra_cli.evaluation.report.markdown import render_markdown
from orchestra_cli.evaluation.report.terminal import render_summary
from orchestra_cli.evaluation.summary import PairScores

SUMMARY = make_summary()


def printed(parts: list[RenderableType], width: int) -> str:
    console = Console(width=width, color_system=None, file=io.StringIO(), legacy_windows=False)
    console.print(*parts, sep="\n")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140, 200])
def test_the_table_fits_the_terminal(width: int) -> None:
    text = printed(render_summary(SUMMARY, width=width), width)
    assert max(map(len, text.splitlines())) <= width
    for policy in {cell.policy for cell in SUMMARY.cells}:
        assert policy[:20] in text
    assert "accuracy" in text
    line = next(each for each in lines_of(SUMMARY) if each.policy == "oracle")
    whole = {column.text(line) for column in COLUMNS}
    (shown,) = (each for each in text.splitlines()[:12] if each.startswith("  oracle"))
    assert set(re.split("  +", shown.strip())[1:]) <= whole  # nothing is cut at the edge


def test_a_wider_terminal_shows_more_columns() -> None:
    narrow, wide = (printed(render_summary(SUMMARY, width=w), w) for w in (80, 220))
    assert "regret" not in narrow.partition("no room here")[0]
    assert "regret" in wide.partition("no room here")[0]
    assert "the files have them" in narrow


def test_what_is_known_of_nobody_is_no_column() -> None:
    bare = replace(SUMMARY, cells=tuple(replace(cell, regret_usd=None) for cell in SUMMARY.cells))
    assert "regret" not in printed(render_summary(bare, width=220), 220)
    assert "| regret |" not in render_markdown(bare)


def test_published_figures_stand_beside_ours() -> None:
    pairs = (PairScores("threshold", "weak", "strong", interval(0.7, 0.05), None, None),)
    text = render_markdown(replace(SUMMARY, pairs=pairs), published=published_routers("mmlu"))
    (ours,) = (line for line in text.splitlines() if line.startswith("| threshold "))
    assert "0.700" in ours and "this run" in ours
    assert text.count("| published |") == len(published_routers("mmlu")) == 9
    assert "2406.18665" in text


def test_markdown_is_whole_and_a_bar_breaks_no_table() -> None:
    renamed = replace(
        SUMMARY,
        cells=tuple(
            replace(cell, policy="a|b") if cell.policy == "vote" else cell for cell in SUMMARY.cells
        ),
    )
    text = render_markdown(renamed)
    assert text.startswith(f"# {SUMMARY.suite}")
    assert "a\\|b" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    policies = [
        line.replace("\\|", "") for line in tables if "accuracy %" in line or "a\\|b" in line
    ]
    assert len({line.count("|") for line in policies}) == 1
    assert SUMMARY.command in text


def test_the_area_under_each_curve_stands_in_the_tables() -> None:
    row = "| domain-average | 72.1 ±1.2 |"
    assert render_markdown(SUMMARY).count(row) == 2 * len(PROFILES)  # two variants
    assert "72.1 ±1.2" in printed(render_summary(SUMMARY, width=100), 100)


def test_csv_has_a_line_for_each_cell_with_its_interval() -> None:
    lines = list(csv.DictReader(io.StringIO(render_csv(SUMMARY))))
    assert len(lines) == len(SUMMARY.cells)
    first = SUMMARY.cells[0]
    (line,) = (
        each
        for each in lines
        if (each["policy"], each["profile"], each["variant"])
        == (first.policy, first.profile, first.variant)
    )
    assert first.accuracy is not None
    assert float(line["accuracy"]) == first.accuracy.value
    assert float(line["accuracy_low"]) == first.accuracy.low
    assert {each["profile"] for each in lines} == set(PROFILES)


def test_the_json_document_holds_every_figure() -> None:
    document = json.loads(json.dumps(summary_document(SUMMARY), allow_nan=False))
    assert document["schema_version"] == 1
    assert len(document["cells"]) == len(SUMMARY.cells)
    cell = document["cells"][0]
    assert set(cell["accuracy"]) == {"value", "low", "high"}
    assert set(cell["arena"]["arena_score"]) == {"value", "low", "high"}


def test_a_comparison_says_what_changed_beyond_noise() -> None:
    before = rows_of("model", [0, 1] * 40, 0.001)
    after = rows_of("model", [1, 1] * 40, 0.001)
    text = printed(render_comparison(compare(before, after)), 100)
    assert "beyond noise" in text
    assert "+50.0" in text
    same = printed(render_comparison(compare(before, before)), 100)
    assert "+50.0" not in same


def test_a_comparison_names_what_only_one_side_has() -> None:
    both = rows_of("model", [0, 1] * 10, 0.001)
    more = [*both, *rows_of("other", [0, 1] * 10, 0.001), *rows_of("third", [1] * 20, 0.001)]
    text = printed(render_comparison(compare(both, more)), 100)
    assert "other" in text and "third" in text
