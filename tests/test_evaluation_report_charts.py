"""The plots as data: every policy has its point, names do not cover each other, plotly takes it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from evaluation_summaries import PROFILES, cell_summary, interval, make_summary

from orchestra_cli.evaluation.report.charts import Chart, calls_chart
from orchestra_cli.evaluation.report.label_places import Spot, place_labels
from orchestra_cli.evaluation.report.lines import lines_of, seen_cells
from orchestra_cli.evaluation.report.pareto_chart import pareto_charts
from orchestra_cli.evaluation.report.side_by_side import sweep_charts, unseen_charts
from orchestra_cli.evaluation.summary import CellSummary, Summary

SUMMARY = make_summary()


def of_cells(*cells: CellSummary) -> Summary:
    return Summary("a suite", "", 10, cells)


def points(chart: Chart) -> dict[str, tuple[float, float]]:
    """By the first line of what the pointer shows: where the point stands."""
    return {
        text.partition("<br>")[0].removeprefix("<b>").removesuffix("</b>"): (x, y)
        for trace in chart.figure["data"]
        for text, x, y in zip(trace.get("hovertext", ()), trace["x"], trace["y"], strict=False)
    }


def trace(chart: Chart, name: str) -> dict[str, Any]:
    (found,) = (each for each in chart.figure["data"] if each["name"] == name)
    return dict(found)


def all_charts() -> list[Chart]:
    lines = lines_of(SUMMARY)
    calls = calls_chart("calls", [each for each in lines if each.profile == "default"], "default")
    assert calls is not None
    pareto = pareto_charts("pareto", SUMMARY, "default")
    return [*pareto, calls, *sweep_charts(lines), *unseen_charts(lines, "thrifty")]


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.key)
def test_plotly_knows_every_property(chart: Chart) -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects")
    figure = graph_objects.Figure(chart.figure)
    assert len(figure.data) == len(chart.figure["data"])


def test_every_policy_has_a_point_at_its_dollars_and_accuracy() -> None:
    whole, enlarged = pareto_charts("pareto", SUMMARY, "default")
    found = points(whole)
    assert set(found) == {cell.policy for cell in seen_cells(SUMMARY, "default")}
    assert found["domain-average@40%"] == pytest.approx((0.00245, 75.5))
    bottom = enlarged.figure["layout"]["yaxis"]["range"][0]
    assert bottom > whole.figure["layout"]["yaxis"]["range"][0]


def test_the_front_climbs_and_passes_by_the_oracle() -> None:
    whole, _ = pareto_charts("pareto", SUMMARY, "default")
    front = trace(whole, "the front")
    assert front["x"] == sorted(front["x"])
    assert front["y"] == sorted(front["y"])
    assert max(front["y"]) == pytest.approx(76.2)  # the orchestrator's; the oracle has 90.8


def test_a_family_is_a_line_through_its_members_by_cost() -> None:
    whole, _ = pareto_charts("pareto", SUMMARY, "default")
    lines = [each for each in whole.figure["data"] if each["name"] == "tfidf"]
    assert [each["mode"] for each in lines] == ["lines", "markers+text"]
    assert lines[0]["x"] == pytest.approx([0.0012, 0.0024, 0.0037])
    assert "knn" not in {each["name"] for each in whole.figure["data"]}  # one point is no line


def test_what_is_free_or_of_unknown_cost_is_spoken_of() -> None:
    summary = of_cells(
        cell_summary("own", cost_usd=0.0),
        cell_summary("paid", cost_usd=0.002, accuracy=0.8),
        cell_summary("<i>riddle", cost_usd=None),
    )
    (chart,) = pareto_charts("pareto", summary, "default")
    found = points(chart)
    assert 0 < found["own"][0] < found["paid"][0]
    assert "What costs nothing" in chart.guide
    assert "riddle" in chart.guide and len(found) == 2
    assert not list(pareto_charts("p", of_cells(cell_summary(cost_usd=None)), "default"))


def test_names_cover_neither_each_other_nor_a_point() -> None:
    spots = [Spot(f"policy-{n}", 300 + 9 * (n % 6), 200 + 14 * (n // 6)) for n in range(24)]
    places = place_labels(spots, [], width=900, height=400)
    assert 4 <= len(places) < len(spots)
    corners = [_corner(spots[index], place) for index, place in places.items()]
    for (x, y), (u, v) in combinations(corners, 2):
        assert abs(x - u) >= 8 * 6 or abs(y - v) >= 14


def _corner(spot: Spot, place: str) -> tuple[float, float]:
    """The upper left of the name, as plotly puts it."""
    vertical, horizontal = place.split()
    wide = 6.6 * len(spot.text)
    left = {"left": spot.x - 6 - wide, "center": spot.x - wide / 2, "right": spot.x + 6}
    top = {"top": spot.y - 21, "middle": spot.y - 7.5, "bottom": spot.y + 6}
    return left[horizontal], top[vertical]


def test_a_name_keeps_off_a_line_where_it_can() -> None:
    line = [(0.0, 90.0), (300.0, 90.0)]
    (place,) = place_labels([Spot("name", 150, 100)], [line], width=300, height=200).values()
    assert place.startswith("bottom")


def test_the_rarely_called_share_a_bar() -> None:
    calls = {f"expert-{n}": 1.0 / (n + 1) for n in range(14)}
    chart = calls_chart("calls", lines_of(of_cells(cell_summary(calls=calls))), "default")
    assert chart is not None
    others = trace(chart, "5 others")
    assert others["x"] == pytest.approx([sum(1.0 / (n + 1) for n in range(9, 14))])


def test_the_sweep_shows_what_reacts_to_preferences() -> None:
    accuracy, cents, seconds = sweep_charts(lines_of(SUMMARY))
    assert [each["name"] for each in cents.figure["data"]] == list(PROFILES)
    shown = cents.figure["layout"]["yaxis"]["ticktext"]
    assert "orchestrator" in shown and "strongest" not in shown
    assert len({len(chart.figure["data"][0]["y"]) for chart in (accuracy, cents, seconds)}) == 1


def test_unseen_experts_stand_beside_the_seen() -> None:
    accuracy, _ = unseen_charts(lines_of(SUMMARY), "default")
    assert [each["name"] for each in accuracy.figure["data"]] == ["seen", "unseen experts"]
    only_seen = of_cells(cell_summary())
    assert unseen_charts(lines_of(only_seen), "default") == []


def test_names_from_data_are_escaped_for_plotly() -> None:
    evil = "<b>bold</b>"
    cell = replace(cell_summary(evil, calls={evil: 1.0}), accuracy=interval(0.5, 0.1))
    (chart,) = pareto_charts("pareto", of_cells(cell), "default")
    calls = calls_chart("calls", lines_of(of_cells(cell)), "default")
    assert calls is not None
    for text in (str(chart.figure), str(calls.figure)):
        assert evil not in text
        assert "&lt;b&gt;bold" in text
