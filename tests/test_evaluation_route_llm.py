"""RouteLLM's measures, against numbers worked by hand, and the figures that it publishes."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_rows import rows_of
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.evaluation.figures.bootstrap import Resamples
from orchestra_cli.evaluation.figures.cell_rows import cells_of
from orchestra_cli.evaluation.figures.published_route_llm import published_routers
from orchestra_cli.evaluation.figures.regret import Known
from orchestra_cli.evaluation.figures.route_llm import pair_scores, threshold
from orchestra_cli.evaluation.rows import Row
from orchestra_cli.evaluation.summary import PairScores

PAIR = ("weak", "strong")
WEAK = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
STRONG = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
KNOWN = {
    f"t{index:03}": {"weak": Known(weak, 0.001, None), "strong": Known(strong, 0.01, None)}
    for index, (weak, strong) in enumerate(zip(WEAK, STRONG, strict=True))
}


def routed(
    policy: str, to_strong: set[int], *, profile: str = "default", variant: str = "seen"
) -> list[Row]:
    """A policy that sends these tasks to the strong expert."""
    rights = [STRONG[t] if t in to_strong else WEAK[t] for t in range(10)]
    calls = [{"strong" if t in to_strong else "weak": 1} for t in range(10)]
    return rows_of(policy, rights, calls=calls, profile=profile, variant=variant)


def scores(rows: list[Row]) -> dict[str, PairScores]:
    cells = cells_of(rows)
    found = pair_scores(cells, {"seen": KNOWN}, pair=PAIR, resamples=Resamples(10))
    return {each.policy: each for each in found}


ALWAYS = [*routed("threshold@0%", set()), *routed("threshold@100%", set(range(10)))]


def test_a_router_that_knows_best() -> None:
    # of a gap of 0.4, two strong calls of ten recover half: PGR 0.5 at 0.2; four all: 1 at 0.4
    rows = [*ALWAYS, *routed("threshold@20%", {4, 5}), *routed("threshold@40%", {4, 5, 6, 7})]
    found = scores(rows)["threshold"]
    # 0.2 · 0.25 + 0.2 · 0.75 + 0.6 · 1
    assert found.apgr.value == pytest.approx(0.8)
    assert found.cpt50 is not None
    assert found.cpt50.value == pytest.approx(0.2)
    assert found.cpt80 is not None
    assert found.cpt80.value == pytest.approx(0.2 + 0.2 * 0.3 / 0.5)
    assert (found.weak, found.strong) == PAIR
    assert found.apgr.low < 0.8 < found.apgr.high


def test_a_router_that_asks_where_nothing_is_gained() -> None:
    # half of the calls, none of the gap: (0.5 · 0) + (0.5 · 0.5)
    found = scores([*ALWAYS, *routed("threshold@50%", {0, 1, 2, 3, 8})])["threshold"]
    assert found.apgr.value == pytest.approx(0.25)
    assert found.cpt50 is not None
    assert found.cpt50.value == pytest.approx(0.75)


def test_the_ends_are_the_experts_whether_they_were_run_or_not() -> None:
    middle = routed("threshold@20%", {4, 5})
    alone, with_ends = scores(middle)["threshold"], scores([*ALWAYS, *middle])["threshold"]
    assert alone.apgr.value == with_ends.apgr.value
    # 0.2 · 0.25 + 0.8 · 0.75
    assert alone.apgr.value == pytest.approx(0.65)


def test_families_are_scored_apart_and_the_first_profile_counts() -> None:
    rows = [
        *routed("random@30%", {0, 4, 8}),
        *routed("threshold@20%", {4, 5}),
        *routed("threshold@20%", {0, 1}, profile="frugal"),
        *routed("threshold@50%", {0, 1}, variant="unseen-prices"),
    ]
    found = scores(rows)
    assert set(found) == {"random", "threshold"}
    assert found["threshold"].apgr.value == pytest.approx(0.65)
    # PGR 0.25 at 0.3: 0.3 · 0.125 + 0.7 · 0.625
    assert found["random"].apgr.value == pytest.approx(0.475)


def test_who_asks_others_or_one_alone_is_no_router_of_the_pair() -> None:
    third = rows_of("knn@50%", [1.0] * 10, calls=[{"other": 1}] * 10)
    assert scores([*ALWAYS, *third]) == {}


def test_a_strong_expert_that_is_no_better_recovers_nothing() -> None:
    level = {task: {"weak": each["strong"], "strong": each["weak"]} for task, each in KNOWN.items()}
    cells = cells_of(routed("threshold@50%", {0, 1, 2, 3, 4}))
    assert pair_scores(cells, {"seen": level}, pair=PAIR, resamples=Resamples(10)) == ()


def test_live_runs_have_no_record_of_the_pair() -> None:
    cells = cells_of(routed("threshold@50%", {0, 1, 2, 3, 4}))
    assert pair_scores(cells, {}, pair=PAIR, resamples=Resamples(10)) == ()


def test_a_threshold_is_the_first_crossing() -> None:
    shares = np.array([0.0, 0.2, 0.4, 1.0])
    dips = np.array([0.0, 0.6, 0.3, 1.0])
    assert threshold(shares, dips, reach=0.5) == pytest.approx(0.2 * 0.5 / 0.6)
    assert threshold(shares, dips, reach=0.8) == pytest.approx(0.4 + 0.6 * 0.5 / 0.7)
    assert threshold(shares, np.array([0.7, 0.7, 0.7, 1.0]), reach=0.5) == 0
    assert np.isnan(threshold(shares, dips - 1, reach=0.5))


@given(st.sets(st.integers(0, 9), min_size=1, max_size=9), st.integers(0, 3))
def test_a_measure_lies_within_its_interval(to_strong: set[int], seed: int) -> None:
    cells = cells_of(routed("threshold@1%", to_strong))
    resamples = Resamples(10, num_resamples=40, seed=seed)
    (found,) = pair_scores(cells, {"seen": KNOWN}, pair=PAIR, resamples=resamples)
    assert found.cpt50 is not None
    assert found.cpt80 is not None
    for each in (found.apgr, found.cpt50, found.cpt80):
        assert each.low <= each.value <= each.high
    assert 0 <= found.cpt50.value <= found.cpt80.value <= 1


@pytest.mark.parametrize("benchmark", ["mmlu", "gsm8k"])
def test_published_figures_are_sane(benchmark: str) -> None:
    routers = published_routers(benchmark)
    assert len(routers) == 9
    assert len({(each.router, each.training) for each in routers}) == 9
    coin = routers[0]
    assert coin.router == "random"
    assert coin.apgr == pytest.approx(0.5, abs=0.005)
    for each in routers:
        assert 0.3 < each.cpt50 < each.cpt80 < 0.9
        # a curve through (CPT50, 0.5) and (CPT80, 0.8) has about this area
        assert each.apgr == pytest.approx(1 - (each.cpt50 + each.cpt80 - 0.3) / 2, abs=0.06)
        assert "2406.18665" in each.source


def test_other_sets_have_none() -> None:
    assert published_routers("mt-bench") == ()
