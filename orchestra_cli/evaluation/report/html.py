"""The summary as one HTML file that needs nothing else: no request leaves the page.

Its content security policy forbids every load, so that the promise does not hang on the template.
Every text from data is escaped: by Jinja in the page, by `charts.shown` in the plots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.figures.published_route_llm import PublishedRouter
from orchestra_cli.evaluation.report.charts import Chart, calls_chart
from orchestra_cli.evaluation.report.columns import columns_of
from orchestra_cli.evaluation.report.curves_table import (
    CURVE_GUIDE,
    CURVE_HEADINGS,
    CURVE_TITLE,
    curve_rows,
)
from orchestra_cli.evaluation.report.domain_tables import domain_tables
from orchestra_cli.evaluation.report.experts_table import (
    EXPERT_HEADINGS,
    JUDGE_HEADINGS,
    expert_rows,
    judge_rows,
)
from orchestra_cli.evaluation.report.headlines import headlines
from orchestra_cli.evaluation.report.lines import lines_of, profiles_of
from orchestra_cli.evaluation.report.pairs import (
    PAIR_GUIDE,
    PAIR_HEADINGS,
    pair_rows,
    pair_title,
    published_sources,
)
from orchestra_cli.evaluation.report.pareto_chart import pareto_charts
from orchestra_cli.evaluation.report.side_by_side import sweep_charts, unseen_charts
from orchestra_cli.evaluation.summary import Summary
from orchestra_cli.views.clean_text import clean_text

_TEMPLATE = "report.html.j2"


def render_html(summary: Summary, *, published: Sequence[PublishedRouter] = ()) -> str:
    """The text of the file. Raises UsageError where plotly is not installed."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["data"] = _as_script_data
    template = (files(__package__) / _TEMPLATE).read_text(encoding="utf-8")
    lines = lines_of(summary)
    return environment.from_string(template).render(
        summary=summary,
        command=clean_text(summary.command),
        profiles=profiles_of(summary),
        headlines={name: list(headlines(summary, name)) for name in profiles_of(summary)},
        lines=lines,
        columns=columns_of(lines),
        by_profile=list(_charts_by_profile(summary)),
        sweep=sweep_charts(lines),
        unseen={name: unseen_charts(lines, name) for name in profiles_of(summary)},
        domain_tables=list(domain_tables(summary)),
        curve_title=CURVE_TITLE,
        curve_guide=CURVE_GUIDE,
        curve_headings=CURVE_HEADINGS,
        curve_rows=list(curve_rows(summary.curves)),
        pair_title=pair_title(summary),
        pair_guide=PAIR_GUIDE,
        pair_headings=PAIR_HEADINGS,
        pair_rows=list(pair_rows(summary, published)),
        published_sources=published_sources(published),
        expert_headings=EXPERT_HEADINGS,
        expert_rows=list(expert_rows(summary)),
        judge_headings=JUDGE_HEADINGS,
        judge_rows=list(judge_rows(summary)),
        plotly_js=_plotly_js(),
    )


def _charts_by_profile(summary: Summary) -> Iterator[Chart]:
    lines = lines_of(summary)
    for number, profile in enumerate(profiles_of(summary)):
        of_profile = [line for line in lines if line.profile == profile]
        yield from pareto_charts(f"pareto-{number}", summary, profile)
        calls = calls_chart(f"calls-{number}", of_profile, profile)
        if calls is not None:
            yield calls


def _as_script_data(value: object) -> str:
    """JSON that cannot end the script element it stands in."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _plotly_js() -> str:
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise UsageError(
            'the HTML report needs plotly: pip install "orchestra-cli[eval]"'
        ) from None
    return str(get_plotlyjs())
