"""pass@k: runs of the real loop over the domain's tools decide which tasks stay."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from synthesis_seeds import made_of

from orchestra_cli.engines.base import EngineError
from orchestra_cli.errors import ModelError
from orchestra_cli.policy import Decision, State
from orchestra_cli.synthesis.candidate import Candidate, DropReason
from orchestra_cli.synthesis.generating import Made
from orchestra_cli.synthesis.ledger import Ledger
from orchestra_cli.synthesis.passing import Tries, drop_unsolved
from tools.base import Usage


class Knowing:
    """Plays the golden calls of the tasks it knows, from its third try on for some of them."""

    name = "knowing"
    answers_itself = True

    def __init__(self, known: dict[str, Candidate], number: int, *, late: frozenset[str]) -> None:
        self._known = known
        self._number = number
        self._late = late
        self._done = 0
        self.questions: list[str] = []

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """The next golden call, then what must be said."""
        yield ""
        question = state.task.question
        self.questions.append(question)
        usage = (Usage(who="orchestrator"),)
        candidate = self._known.get(question)
        if candidate is None or (question in self._late and self._number < 2):
            return Decision(thought="", answer="I cannot.", usage=usage)
        if self._done == len(candidate.actions):
            return Decision(thought="", answer=" and ".join(candidate.say) or "Done.", usage=usage)
        self._done += 1
        return Decision(thought="", call=candidate.actions[self._done - 1], usage=usage)


class Gone(Knowing):
    """A policy whose server is gone."""

    def choose(self, state: State) -> Generator[str, None, Decision]:
        """Fails."""
        yield ""
        raise EngineError("the server is gone")


class Tryer:
    """Makes such policies, and counts them."""

    def __init__(self, made: Made) -> None:
        candidates = list(made.candidates.values())
        self.unknown = {c.instruction for c in candidates[:3]}
        self.late = frozenset(c.instruction for c in candidates[3:5])
        self._known = {c.instruction: c for c in candidates if c.instruction not in self.unknown}
        self.num_made = 0

    def __call__(self, number: int) -> Knowing:
        self.num_made += 1
        return Knowing(self._known, number, late=self.late)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return made_of(tmp_path, num_tasks=12)


def tried(made: Made, tryer: Tryer, folder: Path, *, k: int) -> list[bool]:
    shown: list[bool] = []
    drop_unsolved(made, Tries("knowing", tryer, k), Ledger(folder / "t.jsonl"), show=shown.append)
    return shown


def test_what_is_solved_in_none_of_k_tries_is_dropped(made: Made, tmp_path: Path) -> None:
    tryer = Tryer(made)
    assert tried(made, tryer, tmp_path, k=3) == [False] * 3 + [True] * 9
    assert made.dropped[DropReason.NEVER_SOLVED] == 3
    assert not tryer.unknown & {c.instruction for c in made.candidates.values()}
    assert tryer.num_made == 3 * 3 + 2 * 3 + 7  # a task's tries end with the first that is right


def test_more_tries_are_only_those_that_are_missing(made: Made, tmp_path: Path) -> None:
    tryer = Tryer(made)
    candidates = dict(made.candidates)
    tried(made, tryer, tmp_path, k=2)
    assert made.dropped[DropReason.NEVER_SOLVED] == 5
    before, made.candidates = tryer.num_made, candidates
    tried(made, tryer, tmp_path, k=3)
    assert tryer.num_made - before == 5
    assert len(made.candidates) == 9


def test_a_policy_that_breaks_off_leaves_what_was_tried(made: Made, tmp_path: Path) -> None:
    tryer = Tryer(made)

    def breaks(number: int) -> Knowing:
        return Gone({}, 0, late=frozenset()) if tryer.num_made == 4 else tryer(number)

    ledger = tmp_path / "t.jsonl"
    with pytest.raises(ModelError, match="what was tried is kept"):
        drop_unsolved(made, Tries("knowing", breaks, 1), Ledger(ledger), show=lambda _: None)
    assert len(ledger.read_text().splitlines()) == 4
    tried(made, tryer, tmp_path, k=1)
    assert len(ledger.read_text().splitlines()) == 12
