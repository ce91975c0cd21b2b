"""The HTML report: one file that needs nothing else, drawn by a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluation_summaries import PROFILES, make_summary

from orchestra_cli.evaluation.report.html import render_html
from orchestra_cli.evaluation.report.lines import seen_cells
from orchestra_cli.evaluation.summary import Summary

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
)
CLICK_ON_COST = 'document.querySelectorAll(".sortable th button")[2].click()'


@pytest.fixture(scope="module")
def summary() -> Summary:
    return make_summary()


@pytest.fixture(scope="module")
def page(summary: Summary) -> str:
    return render_html(summary)


@pytest.fixture(scope="module")
def drawn(page: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page's elements once the browser has run its scripts and a heading was clicked."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    folder = tmp_path_factory.mktemp("page")
    page += f"<script>{CLICK_ON_COST}</script>"
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [CHROMIUM, *FLAGS, profile, "--window-size=1280,2000", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert console == []
    return done.stdout


class _Loads(HTMLParser):
    """What a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            is_load = name in ("src", "srcset", "data") or (tag == "link" and name == "href")
            if is_load and value and not value.startswith("data:"):
                self.found.append(f"{tag} {name}={value}")


def test_nothing_is_fetched(page: str) -> None:
    loads = _Loads()
    loads.feed(page)
    assert loads.found == []
    assert "default-src 'none'" in page


def test_the_plots_are_drawn(drawn: str, summary: Summary) -> None:
    plots = re.findall(r'js-plotly-plot" id="((?:pareto|calls)-\d+)"', drawn)
    assert len(plots) == 2 * len(PROFILES), plots
    assert drawn.count('class="main-svg"') >= len(plots)
    assert drawn.count('class="trace scatter') > 3
    assert drawn.count('class="trace bars"') > 3
    whole = drawn.partition('id="pareto-0"')[2].partition("</figure>")[0]
    assert whole.count('<path class="point"') == len(seen_cells(summary, PROFILES[0]))
    assert ">orchestrator</text>" in whole


def test_a_click_on_a_heading_sorts_by_its_column(drawn: str) -> None:
    table = drawn.partition('<table class="sortable">')[2].partition("</table>")[0]
    assert 'aria-sort="descending"' in table
    costs = [float(row.split('data-number="')[2].split('"')[0]) for row in table.split("<tr")[2:]]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) > 20


def test_every_policy_stands_in_the_table(drawn: str, summary: Summary) -> None:
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", drawn, re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", " ", cell) for cell in cells)
    for policy in {cell.policy for cell in summary.cells}:
        assert policy in words


def test_text_from_data_stays_text(summary: Summary) -> None:
    evil = "<script>alert(1)</script></script><img src=x onerror=alert(2)>"
    renamed = replace(
        summary,
        suite=evil,
        notes=(evil,),
        cells=tuple(
            replace(cell, policy=evil, calls={evil: 1.0}) if cell.policy == "vote" else cell
            for cell in summary.cells
        ),
    )
    page = render_html(renamed)
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_summary_of_nothing_is_a_page_all_the_same(summary: Summary) -> None:
    page = render_html(replace(summary, cells=(), curves=(), pairs=(), experts=(), num_tasks=0))
    assert "<html" in page and summary.suite in page


def test_the_file_can_be_written_anywhere(page: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page
