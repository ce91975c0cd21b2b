"""The checks of settings, models, prices, sandboxes and folders."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orchestra_command import write_config, write_profile

from orchestra_cli.config import ToolTables
from orchestra_cli.doctor.disk import check_folder, check_folders
from orchestra_cli.doctor.install import PythonFacts, advise_python, check_install
from orchestra_cli.doctor.model_files import (
    Memory,
    Need,
    Place,
    describe_fits,
    describe_model,
    place_of,
    resolve_model,
)
from orchestra_cli.doctor.prices import advise_book
from orchestra_cli.doctor.row import Row, Status, count, exit_code, run_check
from orchestra_cli.doctor.sandboxes import check_sandbox, check_tools
from orchestra_cli.doctor.settings import read_settings
from orchestra_cli.doctor.speed import check_speed
from orchestra_cli.errors import ExitCode

GIB = 2**30
PANIC = type("PanicException", (BaseException,), {})


def row(status: Status, code: ExitCode = ExitCode.FAILED) -> Row:
    return Row("group", "name", status, "found", "fix", code)


@pytest.mark.parametrize("error", [ValueError("of\nmany lines"), SystemExit(9), PANIC("rust")])
def test_a_check_that_raises_is_a_failed_row_after_those_it_gave(error: BaseException) -> None:
    def check() -> Iterator[Row]:
        yield row(Status.OK)
        raise error

    first, second = run_check("group", check)
    assert first.status is Status.OK
    assert second.status is Status.FAILED
    assert type(error).__name__ in second.found
    assert "\n" not in second.found


def test_ctrl_c_ends_a_check() -> None:
    def check() -> list[Row]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_check("group", check)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row(Status.OK), row(Status.WARNING), row(Status.SKIPPED)], ExitCode.ANSWERED),
        ([row(Status.FAILED), row(Status.FAILED, ExitCode.MODEL)], ExitCode.MODEL),
        ([row(Status.FAILED, c) for c in (ExitCode.MODEL, ExitCode.CONFIG)], ExitCode.CONFIG),
        ([row(Status.FAILED, ExitCode.INTERNAL)], ExitCode.FAILED),
        ([row(Status.WARNING, ExitCode.CONFIG)], ExitCode.ANSWERED),
    ],
    ids=["nothing failed", "model", "config first", "anything else", "a warning is no failure"],
)
def test_the_exit_code_is_the_most_fitting(rows: list[Row], code: ExitCode) -> None:
    assert exit_code(rows) is code


def test_an_old_python_fails_and_this_one_does_not() -> None:
    old = advise_python(PythonFacts((3, 10, 4), "CPython", "/usr", is_virtual=False))
    assert old.status is Status.FAILED
    assert [each.status for each in check_install()] == [Status.OK, Status.OK]


def test_settings_that_are_not_there_are_defaults() -> None:
    settings = read_settings()
    assert settings.config is not None
    assert settings.profile is not None
    assert [each.status for each in settings.rows] == [Status.OK, Status.OK]


def test_settings_that_are_wrong_fail_with_their_own_words() -> None:
    path = write_config("[orchestrator]\nmodle = 'x'\n")
    write_profile("active = 'gone'\n")
    config, profile = read_settings().rows
    assert (config.status, config.exit_code) == (Status.FAILED, ExitCode.CONFIG)
    assert "modle" in config.found
    assert str(path) in config.fix
    assert profile.status is Status.FAILED


@pytest.mark.parametrize(
    ("need", "memory", "place"),
    [
        (Need(5 * GIB, 9 * GIB), Memory(32 * GIB, (24 * GIB,)), Place.GPU),
        (Need(5 * GIB, 9 * GIB), Memory(32 * GIB, (9 * GIB,)), Place.PARTLY),
        (Need(5 * GIB, 9 * GIB), Memory(32 * GIB, (6 * GIB, 6 * GIB)), Place.GPU),
        (Need(5 * GIB, 9 * GIB), Memory(32 * GIB), Place.MAIN),
        (Need(5 * GIB, 9 * GIB), Memory(8 * GIB), Place.SHORTER),
        (Need(5 * GIB, 9 * GIB), Memory(4 * GIB), Place.NOWHERE),
        (Need(5 * GIB, None), Memory(64 * GIB), Place.UNKNOWN),
        (Need(6 * GIB, 10 * GIB, is_served=True), Memory(64 * GIB), Place.NO_GPU),
        (
            Need(6 * GIB, 10 * GIB, is_served=True),
            Memory(64 * GIB, served_bytes=24 * GIB),
            Place.SERVED,
        ),
    ],
)
def test_where_a_model_fits(need: Need, memory: Memory, place: Place) -> None:
    assert place_of(need, memory) is place


sizes = st.integers(1, 64 * GIB)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=9),
        st.builds(
            lambda weights, kv, is_served: Need(weights, weights + kv, is_served=is_served),
            sizes,
            sizes,
            st.booleans(),
        ),
        min_size=1,
    ),
    st.builds(Memory, sizes, st.lists(sizes, max_size=2).map(tuple), sizes),
)
def test_the_configured_model_warns_exactly_where_it_has_no_place(
    needs: dict[str, Need], memory: Memory
) -> None:
    configured = next(iter(needs))
    found = describe_fits(needs, memory, configured=configured)
    fits = place_of(needs[configured], memory) not in (Place.NOWHERE, Place.NO_GPU)
    assert (found.status is Status.OK) is fits
    assert len(found.found.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        ("embedded", Status.WARNING, "`orchestra models pull embedded`"),
        ("/nowhere/x.gguf", Status.FAILED, "orchestra models list"),
        ("hf:not a repository", Status.FAILED, "orchestra models list"),
        ("http://127.0.0.1:1/v1#m", Status.OK, ""),
    ],
)
def test_where_the_configured_model_is(words: str, status: Status, text: str) -> None:
    found = describe_model(resolve_model(words))
    assert found.status is status
    assert text in found.fix


def test_the_speed_of_the_cached_model_is_measured(embedded: Path) -> None:
    model = resolve_model("embedded")
    assert model.path == embedded
    assert describe_model(model).status is Status.OK
    (found,) = check_speed(model, gpu_layers="auto", wanted=True)
    assert found.status is Status.OK
    assert found.figures["prefill_tokens_per_s"] > 1
    assert found.figures["decode_tokens_per_s"] > 0.1
    assert "tokens/s on CPU" in found.found


def test_a_model_file_that_is_broken_fails_its_speed_row(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 32)
    (found,) = check_speed(resolve_model(str(path)), gpu_layers=0, wanted=True)
    assert (found.status, found.exit_code) == (Status.FAILED, ExitCode.MODEL)


def test_no_speed_without_a_file_or_a_wish() -> None:
    for wanted in (True, False):
        (found,) = check_speed(resolve_model("embedded"), gpu_layers="auto", wanted=wanted)
        assert found.status is Status.SKIPPED


@pytest.mark.parametrize(
    ("newest", "status"),
    [
        (date(2026, 7, 1), Status.OK),
        (date(2026, 6, 28), Status.OK),
        (date(2026, 6, 27), Status.WARNING),
        (None, Status.WARNING),
    ],
)
def test_an_old_price_book_warns(newest: date | None, status: Status) -> None:
    found = advise_book("book 1", newest, today=date(2026, 10, 26))
    assert found.status is status
    assert status is Status.OK or "pip install --upgrade genai-prices" in found.fix


def test_monty_runs_a_sum() -> None:
    assert check_sandbox("monty", is_chosen=True).status is Status.OK


@pytest.mark.parametrize("chosen", ["monty", "bubblewrap"])
def test_bubblewrap_matters_where_it_is_chosen(
    chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tables = ToolTables.model_validate({"python": {"backend": chosen}})
    found = {each.name: each for each in check_tools(tables)}["python: bubblewrap"]
    assert found.status is (Status.FAILED if chosen == "bubblewrap" else Status.SKIPPED)
    assert "install" in found.fix


@pytest.mark.parametrize(
    ("table", "key", "status"),
    [
        ({}, "", Status.OK),
        ({"enabled": False}, "", Status.SKIPPED),
        ({"backend": "tavily", "api_key_env": "SEARCH_KEY"}, "", Status.FAILED),
        ({"backend": "tavily", "api_key_env": "SEARCH_KEY"}, "k-123", Status.OK),
        ({"backend": "brave"}, "", Status.FAILED),
        ({"backend": "searxng", "base_url": "ftp://x"}, "", Status.FAILED),
        ({"backend": "tavily", "api_key_env": "tvly-abcdef"}, "", Status.FAILED),
    ],
)
def test_web_search_has_what_its_backend_needs(
    table: dict[str, object], key: str, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCH_KEY", key)
    found = list(check_tools(ToolTables.model_validate({"web_search": table})))[-1]
    assert found.status is status
    assert "tvly" not in found.found + found.fix
    assert found.status is not Status.FAILED or found.exit_code is ExitCode.CONFIG


def test_folders_are_looked_at_and_not_made(home: Path) -> None:
    assert count(check_folders())[Status.OK] == 3
    assert not home.exists()


def test_what_a_folder_holds_is_counted(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_bytes(b"x" * 1000)
    found = check_folder("cache", lambda: tmp_path, room_bytes=2**62)
    assert found.status is Status.WARNING
    assert found.figures["held_bytes"] == 1000


def test_a_file_in_a_folders_place_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = check_folder("data", lambda: tmp_path / "file" / "data")
    assert found.status is Status.FAILED
    assert "ORCHESTRA_HOME" in found.fix
