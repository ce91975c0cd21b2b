"""What the user's own questions have shown of each expert, and how it describes them."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from orchestra_cli.experts.cards import Outcome, ResultStore, TaskResult, card_of
from orchestra_cli.experts.experience import described, load_experience
from orchestra_cli.experts.history import KEPT_CALLS, ExpertHistory, Figures
from orchestra_cli.experts.records import RecordsError, records_path
from orchestra_cli.trajectory import Orchestrator, Trajectory, Turn
from tools.base import Observation, Usage
from tools.experts import ExpertCard

CARD = ExpertCard("big", "big-1", skills="broad knowledge")


def used(latency_s: float = 1.0, cost_usd: float | None = 0.002, who: str = "big") -> Usage:
    return Usage(who, 1, 100, 20, cost_usd, latency_s)


def record(*latencies: float, ok: bool = True) -> None:
    for latency_s in latencies:
        ExpertHistory().record("big", "big-1", used(latency_s), ok=ok)


def trajectory(*turns: Turn) -> Trajectory:
    return Trajectory("r", "the question", Orchestrator("m", "rule", "chat"), turns=turns)


def turn(expert: str | None, *usage: Usage, error: str | None = None) -> Turn:
    own = Usage("orchestrator", 1, 9, 9, 0.0, 0.1)
    seen = Observation("the answer", error=error)
    return Turn(0, "", "answer", expert=expert, observation=seen, usage=(own, *usage))


def test_nothing_is_made_by_looking(home: Path) -> None:
    assert ExpertHistory().figures("big", "big-1") is None
    assert load_experience().described(CARD) == CARD
    assert not home.exists()


def test_medians_are_of_the_answers_and_failures_are_counted() -> None:
    record(1.0, 2.0, 9.0)
    record(60.0, ok=False)
    assert ExpertHistory().figures("big", "big-1") == Figures(4, 1, 2.0, 0.002, 100, 20)
    assert ExpertHistory().figures("big", "big-2") is None
    assert ExpertHistory().figures("small", "big-1") is None


def test_only_failures_leave_the_medians_unknown() -> None:
    record(60.0, ok=False)
    assert ExpertHistory().figures("big", "big-1") == Figures(1, 1, None, None, None, None)


def test_an_unknown_price_stays_unknown() -> None:
    ExpertHistory().record("big", "big-1", used(cost_usd=None), ok=True)
    figures = ExpertHistory().figures("big", "big-1")
    assert figures and figures.cost_usd is None


def test_only_the_newest_calls_count_and_are_kept() -> None:
    record(*[100.0] * 10, *[1.0] * KEPT_CALLS)
    figures = ExpertHistory().figures("big", "big-1")
    assert figures and (figures.calls, figures.latency_s) == (KEPT_CALLS, 1.0)
    with sqlite3.connect(records_path()) as db:
        assert db.execute("SELECT count(*), min(latency_s) FROM call").fetchone() == (50, 1.0)
    db.close()


def test_a_run_is_recorded_by_its_experts_lines() -> None:
    failed = turn("big", error="big: HTTP 401")
    history = ExpertHistory()
    history.record_trajectory(
        trajectory(
            turn("big", used(2.0)),
            turn(None),
            turn("big", used(7.0), used(3.0, who="small")),  # small stood in
            failed,
            Turn(9, "", "answer", expert="big", usage=(used(5.0),)),  # the user broke it off
        ),
        [CARD, ExpertCard("small", "small-1")],
    )
    big, small = history.figures("big", "big-1"), history.figures("small", "small-1")
    assert big and (big.calls, big.failures, big.latency_s) == (3, 2, 2.0)
    assert small and (small.calls, small.failures, small.latency_s) == (1, 0, 3.0)
    assert history.figures("orchestrator", "m") is None


def test_one_that_stood_in_for_one_that_was_never_reached() -> None:
    history = ExpertHistory()
    history.record_trajectory(
        trajectory(turn("big", used(3.0, who="small"))), [CARD, ExpertCard("small", "s")]
    )
    big, small = history.figures("big", "big-1"), history.figures("small", "s")
    assert big and big.failures == 1
    assert small and small.failures == 0


def test_nothing_that_was_asked_or_answered_is_stored() -> None:
    ExpertHistory().record_trajectory(trajectory(turn("big", used())), [CARD])
    files = [path.read_bytes() for path in records_path().parent.iterdir()]
    assert any(b"big-1" in content for content in files)
    assert not any(b"the question" in each or b"the answer" in each for each in files)
    assert records_path().stat().st_mode & 0o077 == 0


def test_a_run_without_experts_makes_no_file(home: Path) -> None:
    ExpertHistory().record_trajectory(trajectory(turn(None), turn("other")), [CARD])
    assert not home.exists()


@pytest.mark.parametrize("content", [b"no database " * 999, b"\0" * 4096, b""])
def test_a_broken_file_is_passed_over(content: bytes) -> None:
    records_path().parent.mkdir(parents=True)
    records_path().write_bytes(content)
    if not content:  # as good as none
        record(1.0)
        assert load_experience().figures
        return
    record(1.0)
    assert records_path().read_bytes() == content
    experience = load_experience()
    assert experience.described(CARD) == CARD
    assert experience.problem and str(records_path()) in experience.problem
    assert "delete this file" in experience.problem and "\n" not in experience.problem


def test_a_newer_file_is_left_alone() -> None:
    record(1.0)
    with sqlite3.connect(records_path()) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    record(1.0)
    problem = load_experience().problem
    assert problem and "not written by this version" in problem


def test_a_locked_file_holds_no_question_up() -> None:
    record(1.0, 1.0, 1.0)
    with sqlite3.connect(records_path(), isolation_level=None) as db:
        db.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        record(9.0)
        assert time.monotonic() - began < 1.0
        assert load_experience().figures  # readers do not wait for a writer
        db.execute("ROLLBACK")
    db.close()
    figures = ExpertHistory().figures("big", "big-1")
    assert figures and figures.calls == 3


def test_a_folder_that_cannot_be_made_is_passed_over(home: Path) -> None:
    home.mkdir()
    (home / "data").write_text("a file where the folder should be")
    record(1.0)
    experience = load_experience()
    assert experience.described(CARD) == CARD
    with pytest.raises(RecordsError, match="experts.sqlite3.*: check who may"):
        ResultStore("big", "big-1", "s").clear(all_results=False)


def test_looking_is_quick() -> None:
    history = ExpertHistory()
    turns = [turn(f"e{n}", *[used(who=f"e{n}")] * KEPT_CALLS) for n in range(10)]
    history.record_trajectory(trajectory(*turns), [ExpertCard(f"e{n}", "m") for n in range(10)])
    took = []
    for _ in range(9):
        began = time.perf_counter()
        assert len(load_experience().figures) == 10
        took.append(time.perf_counter() - began)
    assert sorted(took)[4] < 0.02


def measured(cost_usd: float | None = 0.0021, **right: tuple[int, int]) -> None:
    """Put results into the file: `mathematics=(5, 6)` are six, of which five are right."""
    store = ResultStore("big", "big-1", "s")
    for domain, (num_right, num) in right.items():
        for number in range(num):
            outcome = Outcome.RIGHT if number < num_right else Outcome.WRONG
            result = TaskResult(
                f"{domain}-{number}", domain, outcome, used(4.2, cost_usd), "2026-07-25"
            )
            store.save(result)


def test_the_description_has_the_users_words_first() -> None:
    measured(mathematics=(5, 6), code=(6, 6), knowledge=(3, 6))
    card = load_experience().described(CARD)
    assert card.skills == (
        "broad knowledge; mathematics 5/6, code 6/6, knowledge 3/6; strongest in code; "
        "about $0.002 a call"
    )
    assert card.latency_s == 4.0
    assert load_experience().described(ExpertCard("big", "big-2")).skills == ""


def test_a_share_by_domain_is_drawn_towards_that_of_all() -> None:
    measured(mathematics=(5, 6), code=(6, 6), knowledge=(3, 6))
    card = load_experience().described(CARD)
    overall = 15 / 20
    assert card.success_rate == pytest.approx(overall)
    assert card.success_by_domain == {
        "mathematics": pytest.approx((5 + 2 * overall) / 8),
        "code": pytest.approx((6 + 2 * overall) / 8),
        "knowledge": pytest.approx((3 + 2 * overall) / 8),
    }
    assert load_experience().described(ExpertCard("big", "big-2")).success_by_domain == {}


def test_no_strength_is_claimed_that_was_not_seen() -> None:
    measured(mathematics=(0, 3), code=(0, 3), knowledge=(0, 3))
    assert load_experience().described(CARD).skills.endswith("knowledge 0/3; about $0.002 a call")
    measured(mathematics=(3, 3), code=(3, 3), knowledge=(3, 3))
    assert "strongest" not in load_experience().described(CARD).skills


def test_a_price_that_is_nothing_or_unknown_is_not_told() -> None:
    for cost_usd in (0.0, None):
        measured(cost_usd, code=(1, 2))
        assert load_experience().described(ExpertCard("big", "big-1")).skills == "code 1/2"


def test_what_was_not_reached_is_no_wrong_answer() -> None:
    result = TaskResult("tank", "mathematics", Outcome.UNREACHED, used(60.0), "2026-07-25")
    card = card_of([result])
    assert card and (card.scores, card.unreached, card.latency_s) == ({}, 1, None)
    assert described(CARD, measured=card, figures=None) == CARD


def test_history_counts_for_more_than_a_card_once_there_is_some() -> None:
    measured(code=(1, 2))
    record(20.0, 21.0)
    assert load_experience().described(CARD).latency_s == 4.0
    record(22.0)
    assert load_experience().described(CARD).latency_s == 20.0


def test_the_configured_latency_stands_where_nothing_was_measured() -> None:
    card = ExpertCard("big", "big-1", latency_s=31.7)
    assert described(card, measured=None, figures=None) == card


@pytest.mark.parametrize(
    ("latency_s", "shown"),
    [(0.004, 0.1), (0.31, 0.3), (0.98, 1.0), (1.1, 1.0), (2.6, 3.0), (9.7, 10.0), (13.0, 15.0)]
    + [(96.0, 100.0), (99.8, 100.0), (430.0, 400.0)],
)
def test_latencies_are_told_in_steps_so_that_prompts_stay_the_same(
    latency_s: float, shown: float
) -> None:
    figures = Figures(3, 0, latency_s, None, 1, 1)
    assert described(CARD, measured=None, figures=figures).latency_s == shown


def test_results_of_another_model_or_other_tasks_are_dropped() -> None:
    measured(code=(1, 2))
    same, other = ResultStore("big", "big-1", "s"), ResultStore("big", "big-1", "t")
    same.clear(all_results=False)
    assert len(same.load()) == 2 and other.load() == []
    other.clear(all_results=False)
    assert same.load() == []
    measured(code=(1, 2))
    same.clear(all_results=True)
    assert same.load() == []
