"""The rewards against numbers worked by hand, and the traps of the released training code."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefs.metrics import RunMetrics
from prefs.reward import ALL_TERMS, RewardForm, Term, rewards
from prefs.steering import Worth
from prefs.vector import PreferenceVector

WORTH = Worth(right_answer_usd=0.10, hour_usd=36.0)
ON_COST = PreferenceVector(accuracy=0.001, cost=1.0, latency=0.0)


def run(
    cost_usd: float = 0.0, latency_s: float = 0.0, *, right: bool = True, **calls: int
) -> RunMetrics:
    return RunMetrics(right, cost_usd, latency_s, calls)


def paper(group: list[RunMetrics], preference: PreferenceVector) -> list[float | None]:
    return list(rewards(group, preference, WORTH, form=RewardForm.PAPER))


def dollars(group: list[RunMetrics], preference: PreferenceVector) -> list[float | None]:
    return list(rewards(group, preference, WORTH, form=RewardForm.DOLLARS))


def test_the_paper_s_own_example() -> None:
    """Three right ones at $0.01, $0.05, $0.10 with P on cost: 1, (0.10 - 0.05) / 0.09, 0."""
    group = [run(0.01), run(0.05), run(0.10)]
    assert paper(group, ON_COST) == pytest.approx([1.0, 5 / 9, 0.0])


def test_every_term_of_the_paper_s_form() -> None:
    """Columns of (python, search, right, -cost, -latency), each from 0 to 1."""
    group = [
        run(0.02, 4.0, search=2),  # (0, 1, 1, 0.5, 1)
        run(0.01, 8.0, python=1),  # (1, 0, 1, 1, 0)
        run(0.03, 8.0, right=False, search=1),  # wrong
    ]
    vector = PreferenceVector(1.0, 0.4, 0.2, {"search": 0.5, "python": 0.25})
    assert paper(group, vector) == pytest.approx([0.5 + 1 + 0.2 + 0.2, 0.25 + 1 + 0.4, 0.0])


def test_cost_and_latency_count_against_a_rollout() -> None:
    """The released code has the sign the other way round."""
    for group in ([run(0.01), run(0.02)], [run(0, 1.0), run(0, 2.0)]):
        both = PreferenceVector(1.0, 0.5, 0.5)
        for found in (paper(group, both), dollars(group, both)):
            assert found[0] is not None and found[1] is not None
            assert found[0] > found[1]


def test_outcome_cost_and_latency_enter_once() -> None:
    """The released code adds them twice."""
    group = [run(0.01, 1.0), run(0.02, 2.0, right=False)]
    assert paper(group, PreferenceVector(1.0, 1.0, 1.0)) == [3.0, 0.0]


def test_a_tool_that_was_never_called_is_the_minimum() -> None:
    """The released code takes it over the rollouts that called it: 2 and 3 would be 0 and 1."""
    group = [run(search=2), run(search=3), run()]
    vector = PreferenceVector(0.001, 0.0, 0.0, {"search": 1.0})
    assert paper(group, vector) == pytest.approx([2 / 3, 1.0, 0.0])


def test_every_call_counts_not_the_first_of_a_turn() -> None:
    vector = PreferenceVector(0.001, 0.0, 0.0, {"search": 1.0})
    assert paper([run(search=4), run(search=1)], vector) == [1.0, 0.0]


def test_a_group_of_right_rollouts_is_ranked_by_the_rest() -> None:
    vector = PreferenceVector(1.0, 0.5, 0.0)
    assert paper([run(0.01), run(0.03)], vector) == [0.5, 0.0]


def test_with_no_weight_on_accuracy_a_right_rollout_could_get_as_little_as_a_wrong_one() -> None:
    with pytest.raises(ValueError, match="accuracy must be above 0"):
        paper([run()], PreferenceVector(0.0, 1.0, 0.0))


def test_the_unit_of_dollars_is_a_right_answer() -> None:
    """V = $0.10 and H = $36: a cent is a tenth of it, a second $0.01 too."""
    vector = PreferenceVector(1.0, 1.0, 1.0)
    assert dollars([run()], vector) == [1.0]
    assert dollars([run(0.01, 0.0)], vector) == pytest.approx([0.9])
    assert dollars([run(0.0, 1.0)], vector) == pytest.approx([0.9])
    assert dollars([run(0.02, 3.0, right=False)], vector) == pytest.approx([-0.5])


def test_the_weight_of_tools_in_dollars_is_their_mean() -> None:
    """(w - 0.5) / 2: a weight of 1 is worth a quarter of a right answer, and so is 0 against it."""
    vector = PreferenceVector(1.0, 0.0, 0.0, {"local": 1.0, "web": 0.0})
    found = dollars([run(local=1), run(local=5), run(web=1), run(local=1, web=1), run(x=1)], vector)
    assert found == pytest.approx([1.25, 1.25, 0.75, 1.0, 1.0])


def test_the_outcome_alone() -> None:
    group = [run(5.0), run(0.0, right=False)]
    assert rewards(group, ON_COST, WORTH, form=RewardForm.OUTCOME) == (1.0, 0.0)


@pytest.mark.parametrize("form", list(RewardForm))
def test_what_could_not_be_scored_is_never_nought(form: RewardForm) -> None:
    group = [run(0.01), None, run(0.05), run(0.10)]
    found = rewards(group, ON_COST, WORTH, form=form)
    assert found[1] is None
    whole = rewards([each for each in group if each], ON_COST, WORTH, form=form)
    assert [each for each in found if each is not None] == list(whole)


@pytest.mark.parametrize("form", [RewardForm.PAPER, RewardForm.DOLLARS])
def test_a_term_can_be_left_out(form: RewardForm) -> None:
    group = [run(0.01, 5.0, web=1), run(0.09, 1.0, web=1), run(0.05, 9.0)]
    vector = PreferenceVector(1.0, 1.0, 1.0, {"web": 1.0})

    def best(terms: frozenset[Term]) -> int:
        found = rewards(group, vector, WORTH, form=form, terms=terms)
        return max(range(3), key=lambda at: found[at] or 0.0)

    outcome = frozenset({Term.OUTCOME})
    assert best(outcome | {Term.COST}) == 0
    assert best(outcome | {Term.LATENCY}) == 1
    assert rewards(group, vector, WORTH, form=form, terms=outcome)[0] == pytest.approx(
        0.0 if form is RewardForm.PAPER else 1.0
    )


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("form", [RewardForm.PAPER, RewardForm.DOLLARS])
def test_metrics_that_are_no_numbers_are_refused(bad: float, form: RewardForm) -> None:
    with pytest.raises(ValueError, match="finite"):
        rewards([run(bad), run(0.0)], ON_COST, WORTH, form=form)


METRICS = st.builds(
    RunMetrics,
    is_right=st.booleans(),
    cost_usd=st.floats(0, 100),
    latency_s=st.floats(0, 10_000),
    calls=st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 9), max_size=3),
)
WEIGHTS = st.floats(0.01, 1.0)
VECTORS = st.builds(
    PreferenceVector, WEIGHTS, WEIGHTS, WEIGHTS, st.fixed_dictionaries({"a": WEIGHTS})
)


@given(group=st.lists(METRICS, min_size=1, max_size=8), vector=VECTORS)
def test_a_wrong_rollout_gets_nothing_in_the_paper_s_form(
    group: list[RunMetrics], vector: PreferenceVector
) -> None:
    for metrics, found in zip(group, paper(group, vector), strict=True):
        assert found is not None and found >= 0
        assert metrics.is_right or found == 0


@given(group=st.lists(METRICS, min_size=1, max_size=8), vector=VECTORS)
def test_dollars_do_not_depend_on_the_group(
    group: list[RunMetrics], vector: PreferenceVector
) -> None:
    alone = [dollars([metrics], vector)[0] for metrics in group]
    assert dollars(group, vector) == alone


@given(metrics=METRICS, vector=VECTORS, more=st.floats(0.001, 10))
def test_in_dollars_cheaper_is_better_right_or_wrong(
    metrics: RunMetrics, vector: PreferenceVector, more: float
) -> None:
    dearer = RunMetrics(metrics.is_right, metrics.cost_usd + more, metrics.latency_s, metrics.calls)
    found = dollars([metrics, dearer], vector)
    assert found[0] is not None and found[1] is not None and found[0] > found[1]


def test_all_terms_are_all() -> None:
    assert set(ALL_TERMS) == set(Term)
