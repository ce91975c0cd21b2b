"""The folder of a synthesis: domains that load, tasks that are read, the same bytes every time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from synthesis_seeds import made_of

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.domains.catalog import domain_of
from orchestra_cli.evaluation.domains.domain_file import load_domain
from orchestra_cli.evaluation.judges.state import StateJudge, calls_from, state_answer
from orchestra_cli.evaluation.task_file import read_tasks
from orchestra_cli.synthesis.folder import load_synthesised, open_folder, write_folder
from orchestra_cli.synthesis.generating import Made


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return made_of(tmp_path, num_tasks=30)


def written(folder: Path, made: Made) -> Path:
    open_folder(folder)
    write_folder(folder, [made], {"seed": 0})
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_domains_are_read_back_as_they_were_drawn(made: Made, tmp_path: Path) -> None:
    folder = written(tmp_path / "out", made)
    for name, world in made.worlds.items():
        domain = load_domain(folder / "domains" / f"{name}.toml")
        assert domain.database == world.domain.database
        assert domain.policy == world.domain.policy
        assert [t.function for t in domain.tools] == [t.function for t in world.domain.tools]


def test_loaded_tasks_are_judged_by_the_files_alone(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "out", made)
    monkeypatch.chdir("/")
    tasks = load_synthesised(folder)
    assert [task.id for task in tasks] == [task.id for task in made.tasks]
    judge = StateJudge()
    for task in tasks:
        assert domain_of(task).name == "shop"
        assert isinstance(task.answer, dict)
        says = " and ".join(map(str, task.answer["communicate"]))  # type: ignore[union-attr]
        right = state_answer(calls_from(task.answer["actions"]), says)
        assert judge.grade(task, right).right is True
        assert judge.grade(task, "I did it.").right is False


def test_the_same_seed_writes_the_same_bytes_anywhere(made: Made, tmp_path: Path) -> None:
    one, other = written(tmp_path / "one", made), written(tmp_path / "b" / "other", made)
    assert contents(one) == contents(other)
    written(one, made)
    assert contents(one) == contents(other)
    assert str(tmp_path) not in "".join(map(str, contents(one).values()))


def test_a_smaller_synthesis_leaves_nothing_of_a_larger_one(tmp_path: Path) -> None:
    folder = written(tmp_path / "out", made_of(tmp_path, num_tasks=90))
    assert len(list((folder / "domains").iterdir())) > 2
    small = made_of(tmp_path, num_tasks=5)
    written(folder, small)
    assert {path.stem for path in (folder / "domains").iterdir()} == set(small.worlds)


def test_the_manifest_counts_what_is_in_the_folder(made: Made, tmp_path: Path) -> None:
    folder = written(tmp_path / "out", made)
    manifest = json.loads((folder / "manifest.json").read_text())
    tasks = read_tasks(folder / "tasks.jsonl")
    shop = manifest["domains"]["shop"]
    assert manifest["num_tasks"] == shop["num_tasks"] == len(tasks) == 30
    assert sum(manifest["splits"].values()) == 30
    assert manifest["seed"] == 0
    assert shop["dropped"] == {str(reason): n for reason, n in sorted(made.dropped.items())}
    assert shop["golden_calls"] == sum(len(t.answer["actions"]) for t in tasks)  # type: ignore


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match=r"holds thesis\.txt already: name a new folder"):
        open_folder(tmp_path)
    with pytest.raises(UsageError, match="cannot be a folder"):
        open_folder(tmp_path / "thesis.txt")


def test_a_folder_that_is_not_whole_is_not_loaded(made: Made, tmp_path: Path) -> None:
    folder = written(tmp_path / "out", made)
    (folder / "manifest.json").unlink()
    with pytest.raises(UsageError, match="holds no whole synthesis"):
        load_synthesised(folder)
