"""Advantages against numbers worked by hand, and what each filter drops."""

from __future__ import annotations

import math
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.training.advantages import (
    ALL_FILTERS,
    FLAT,
    KEPT,
    MALFORMED,
    NO_FILTERS,
    OUTCOMES,
    UNANSWERED,
    UNSCORED,
    Filters,
    JudgedGroup,
    judge_group,
    normalise_rewards,
)
from orchestra_cli.training.rollout import Group, Rollout, Sample
from orchestra_cli.trajectory import Orchestrator, Trajectory
from prefs.metrics import RunMetrics
from prefs.reward import ALL_TERMS, RewardForm, Term
from prefs.steering import Worth
from prefs.vector import PreferenceVector

WORTH = Worth(right_answer_usd=0.10, hour_usd=36.0)
BALANCED = PreferenceVector(accuracy=1.0, cost=0.3, latency=0.1)
ON_COST = PreferenceVector(accuracy=0.0, cost=1.0, latency=0.0)


def rollout(
    cost_usd: float = 0.0,
    *,
    right: bool = True,
    scored: bool = True,
    legal: bool = True,
    answer: str | None = "42",
) -> Rollout:
    conductor = Orchestrator("scripted", "model", "brief")
    trajectory = Trajectory(run_id="r", question="q", orchestrator=conductor, answer=answer)
    samples = (Sample("prompt", "garbage", is_legal=legal), Sample("prompt", "a call"))
    metrics = RunMetrics(right, cost_usd, 0.0) if scored else None
    return Rollout("t", trajectory, samples, metrics)


def judge(
    *rollouts: Rollout,
    preference: PreferenceVector = BALANCED,
    form: RewardForm = RewardForm.PAPER,
    terms: frozenset[Term] = ALL_TERMS,
    filters: Filters = ALL_FILTERS,
) -> JudgedGroup:
    group = Group(("recorded", 0, 0), rollouts)
    return judge_group(group, preference, WORTH, form=form, terms=terms, filters=filters)


def counted(judged: JudgedGroup) -> dict[str, int]:
    """Without the zeros."""
    return {name: number for name, number in judged.counts.items() if number}


def test_three_right_ones_ranked_by_cost_alone() -> None:
    """R = 1, 5/9, 0: mean 14/27, variance (169 + 1 + 196) / 729 / 3, std √122 / 27."""
    judged = judge(rollout(0.01), rollout(0.05), rollout(0.10), preference=ON_COST)
    assert judged.rewards == pytest.approx((1.0, 5 / 9, 0.0))
    root = math.sqrt(122)
    assert judged.advantages == pytest.approx((13 / root, 1 / root, -14 / root))
    assert counted(judged) == {KEPT: 3}


def test_one_right_of_four() -> None:
    """R = 1, 0, 0, 0: mean 1/4, std √3 / 4, so A = √3 and −1/√3."""
    judged = judge(rollout(), *(rollout(right=False) for _ in range(3)), form=RewardForm.OUTCOME)
    assert judged.advantages == pytest.approx((math.sqrt(3), *[-1 / math.sqrt(3)] * 3))


def test_clipped_to_three() -> None:
    """One right of 16 is √15 = 3.87 deviations above; one of 10 is √9, the most that fits."""
    of_16 = judge(rollout(), *(rollout(right=False) for _ in range(15)), form=RewardForm.OUTCOME)
    assert of_16.advantages[0] == 3.0
    assert of_16.advantages[1] == pytest.approx(-1 / math.sqrt(15))
    of_10 = judge(rollout(), *(rollout(right=False) for _ in range(9)), form=RewardForm.OUTCOME)
    assert of_10.advantages[0] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("dropped", "reason"),
    [
        (rollout(9.0, scored=False), UNSCORED),
        (rollout(math.inf), UNSCORED),
        (rollout(math.nan), UNSCORED),
        (rollout(right=False, legal=False), MALFORMED),
        (rollout(legal=False), MALFORMED),
        (rollout(right=False, answer=None), UNANSWERED),
        (rollout(right=False, answer=""), UNANSWERED),
        (rollout(scored=False, legal=False, answer=None), UNSCORED),
        (rollout(legal=False, answer=None), MALFORMED),
    ],
)
def test_what_a_filter_drops_has_no_part_in_the_others_advantages(
    dropped: Rollout, reason: str
) -> None:
    judged = judge(rollout(), dropped, rollout(right=False), form=RewardForm.OUTCOME)
    assert judged.advantages == (1.0, None, -1.0)
    assert counted(judged) == {KEPT: 2, reason: 1}
    assert (judged.rewards[1] is None) == (reason == UNSCORED)


@pytest.mark.parametrize(
    ("dropped", "filters"),
    [
        (rollout(right=False, legal=False), Filters(malformed=False)),
        (rollout(right=False, answer=None), Filters(unanswered=False)),
    ],
    ids=["malformed", "unanswered"],
)
def test_a_filter_that_is_off_keeps_them(dropped: Rollout, filters: Filters) -> None:
    group = (rollout(), dropped)
    assert judge(*group).advantages == (None, None), "one that is left is flat"
    judged = judge(*group, filters=filters, form=RewardForm.OUTCOME)
    assert judged.advantages == (1.0, -1.0)
    assert counted(judged) == {KEPT: 2}


def test_what_cannot_be_scored_is_dropped_under_any_filters() -> None:
    judged = judge(rollout(), rollout(scored=False), filters=NO_FILTERS)
    assert judged.advantages == (0.0, None)
    assert judged.rewards[1] is None


def test_a_group_with_nothing_to_tell_apart_is_dropped_whole() -> None:
    """Weight 0.15 on cost: R = 0.15 and 0, std 0.075."""
    slight = PreferenceVector(accuracy=1.0, cost=0.15, latency=0.0)
    group = (rollout(0.01), rollout(0.02))
    assert judge(*group, preference=slight).advantages == (None, None)
    assert counted(judge(*group, preference=slight)) == {FLAT: 2}
    lower = judge(*group, preference=slight, filters=Filters(flat_below=0.07))
    assert lower.advantages == pytest.approx((1.0, -1.0))


def test_flat_is_judged_on_what_is_left() -> None:
    """The malformed one alone makes the group look spread: R = 1, 1, 0."""
    group = (rollout(), rollout(), rollout(right=False, legal=False))
    judged = judge(*group, form=RewardForm.OUTCOME)
    assert judged.advantages == (None, None, None)
    assert counted(judged) == {FLAT: 2, MALFORMED: 1}


def test_dollars_need_a_lower_threshold() -> None:
    """Two right ones a cent apart, V = 10 cents, cost weight 0.3: R = 0.97 and 0.94."""
    group = (rollout(0.01), rollout(0.02))
    judged = judge(*group, form=RewardForm.DOLLARS)
    assert judged.rewards == pytest.approx((0.97, 0.94))
    assert counted(judged) == {FLAT: 2}
    lower = judge(*group, form=RewardForm.DOLLARS, filters=Filters(flat_below=0.01))
    assert lower.advantages == pytest.approx((1.0, -1.0))


def test_equal_rewards_give_no_push_where_flat_is_kept() -> None:
    assert judge(rollout(), rollout(), filters=NO_FILTERS).advantages == (0.0, 0.0)
    assert normalise_rewards([0.3, 0.1 + 0.2]) == [0.0, 0.0], "rounding is no difference"


@pytest.mark.parametrize("form", [RewardForm.PAPER, RewardForm.DOLLARS])
def test_a_right_rollout_beats_a_wrong_one_even_without_a_wish_for_accuracy(
    form: RewardForm,
) -> None:
    """The right one costs as much: only the least weight of accuracy tells them apart."""
    careless = PreferenceVector(accuracy=0.0, cost=0.0, latency=0.0)
    judged = judge(rollout(0.01), rollout(0.01, right=False), preference=careless, form=form,
                   filters=NO_FILTERS)  # fmt: skip
    assert judged.rewards == pytest.approx((0.1, 0.0))
    assert judged.advantages == pytest.approx((1.0, -1.0))


def test_a_term_that_is_left_out_decides_nothing() -> None:
    group = (rollout(0.01), rollout(0.02), rollout(0.01, right=False))
    without_cost = judge(*group, terms=ALL_TERMS - {Term.COST})
    assert without_cost.rewards == (1.0, 1.0, 0.0)


def test_an_empty_group_is_nothing() -> None:
    judged = judge()
    assert judged.rewards == judged.advantages == ()
    assert set(judged.counts) == set(OUTCOMES) and counted(judged) == {}


@pytest.mark.parametrize("threshold", [-0.1, math.nan])
def test_a_threshold_below_zero_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="flat_below"):
        Filters(flat_below=threshold)


ROLLOUTS = st.lists(
    st.builds(
        rollout,
        st.floats(0, 10) | st.just(math.nan),
        right=st.booleans(),
        scored=st.booleans(),
        legal=st.booleans(),
        answer=st.sampled_from([None, "", "42"]),
    ),
    max_size=16,
)
FILTERS = st.builds(
    Filters, malformed=st.booleans(), unanswered=st.booleans(), flat_below=st.floats(0, 0.5)
)
WEIGHTS = st.floats(0, 1)
PREFERENCES = st.builds(PreferenceVector, WEIGHTS, WEIGHTS, WEIGHTS)


@given(ROLLOUTS, PREFERENCES, st.sampled_from(RewardForm), FILTERS)
def test_of_any_group(
    rollouts: list[Rollout], preference: PreferenceVector, form: RewardForm, filters: Filters
) -> None:
    judged = judge(*rollouts, preference=preference, form=form, filters=filters)
    assert len(judged.rewards) == len(judged.advantages) == len(rollouts)
    assert sum(judged.counts.values()) == len(rollouts)
    assert judged.counts[UNSCORED] == judged.rewards.count(None)
    pairs = zip(judged.advantages, judged.rewards, strict=True)
    trained = [(a, r) for a, r in pairs if a is not None and r is not None]
    assert judged.counts[KEPT] == len(trained) == len(rollouts) - judged.advantages.count(None)
    advantages = [advantage for advantage, _ in trained]
    assert all(abs(each) <= 3.0 for each in advantages)
    ordered = [advantage for advantage, _ in sorted(trained, key=lambda pair: pair[1])]
    assert ordered == sorted(ordered), "a higher reward is never a lower advantage"
    if advantages and max(map(abs, advantages)) < 3.0:
        assert fmean(advantages) == pytest.approx(0.0, abs=1e-6)
        assert pstdev(advantages) == pytest.approx(1.0) or set(advantages) == {0.0}


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=10), st.floats(0.5, 4), st.floats(-3, 3))
def test_advantages_do_not_depend_on_the_rewards_scale(
    rewards: list[float], scale: float, shift: float
) -> None:
    if pstdev(rewards) < 1e-3:
        return
    moved = [scale * each + shift for each in rewards]
    assert normalise_rewards(moved) == pytest.approx(normalise_rewards(rewards), abs=1e-6)
