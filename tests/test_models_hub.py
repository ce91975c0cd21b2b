"""Pulling from a model hub, on loopback, with the real huggingface_hub: whole or not at all."""

from __future__ import annotations

import logging
import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hub_server import COMMIT, CONTENT, FILE, REPO, SHA256, TOKEN, Hub, serve_hub
from model_fetches import assert_one_line, get

from orchestra_cli.errors import ModelError, UsageError
from orchestra_cli.models.catalog import CatalogEntry, load_catalog
from orchestra_cli.models.fetch import fetch, load_provenance, remove
from orchestra_cli.models.hub_name import parse_hub_name
from orchestra_cli.models.progress import Progress, Stage
from orchestra_cli.models.sources import HubSource


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve_hub(monkeypatch) as served:
        yield served


def entry_of(**source: str | int) -> CatalogEntry:
    """An entry whose source is a file of the hub."""
    named = {"file": FILE} if "quant" not in source else {}
    wanted = HubSource(repo=REPO, **(named | source))  # type: ignore[arg-type]
    return replace(
        load_catalog()["nemotron-8b"], name="tiny", description="Tiny", file="t.gguf", source=wanted
    )


def nothing_is_kept(entry: CatalogEntry) -> bool:
    parts = list((entry.path.parent / ".staging" / entry.slug).glob("*"))
    return not entry.path.exists() and not parts


def test_a_file_comes_whole_with_its_progress_and_its_origin(hub: Hub) -> None:
    entry, seen = entry_of(), list[Progress]()
    assert get(entry, seen) == entry.path
    assert entry.path.read_bytes() == CONTENT
    done = [progress.done_bytes for progress in seen if progress.stage == Stage.DOWNLOADING]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, len(CONTENT))
    assert seen[-1] == Progress(Stage.PREPARING, len(CONTENT), len(CONTENT))
    note = load_provenance(entry)
    assert note is not None
    assert (note.requirement, note.member) == (f"hf:{REPO}@{COMMIT}", FILE)
    assert (note.sha256, note.licence) == (SHA256, "NVIDIA (research)")


def test_what_is_in_the_cache_needs_no_hub(hub: Hub) -> None:
    entry = entry_of()
    get(entry)
    hub.asked.clear()
    assert get(entry, offline=True) == entry.path
    assert hub.asked == []


def test_the_bytes_are_those_of_the_commit_that_was_promised(hub: Hub) -> None:
    get(entry_of())
    assert [path for method, path, _ in hub.asked if method == "GET"] == [
        f"/{REPO}/resolve/{COMMIT}/{FILE}"
    ]


def test_a_cut_connection_is_taken_up_where_it_broke(hub: Hub) -> None:
    hub.cut_after, hub.cuts_left = 400_000, 1
    entry = entry_of()
    get(entry)
    assert entry.path.read_bytes() == CONTENT
    assert [asked for asked, _ in hub.stored] == [None, "bytes=400000-"]
    assert hub.sent_bytes == len(CONTENT)


def test_the_next_process_goes_on_where_a_killed_one_stopped(hub: Hub) -> None:
    hub.cut_after, hub.cuts_left = 400_000, 1
    entry = entry_of()

    def lose_the_hub(progress: Progress) -> None:
        if progress.done_bytes == 400_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(entry, progress=lose_the_hub, offline=False)
    assert not entry.path.exists()
    seen = list[Progress]()
    get(entry, seen)
    assert entry.path.read_bytes() == CONTENT
    assert min(progress.done_bytes for progress in seen) == 400_000
    assert hub.sent_bytes == len(CONTENT)


def test_a_part_of_another_content_is_no_beginning_of_this_one(hub: Hub) -> None:
    entry = entry_of()
    staging = entry.path.parent / ".staging" / "tiny"
    staging.mkdir(parents=True)
    (staging / f"{'0' * 32}.part").write_bytes(bytes(300_000))
    get(entry)
    assert entry.path.read_bytes() == CONTENT
    assert [asked for asked, _ in hub.stored] == [None]


def test_a_store_without_ranges_sends_the_whole_again(hub: Hub) -> None:
    hub.cut_after, hub.cuts_left, hub.ranges = 400_000, 1, False
    entry = entry_of()
    get(entry)
    assert entry.path.read_bytes() == CONTENT
    assert hub.sent_bytes == 400_000 + len(CONTENT)


def test_a_file_that_is_not_what_the_hub_promised_is_not_kept(hub: Hub) -> None:
    hub.promised_sha256 = "1" * 64
    entry = entry_of()
    with pytest.raises(ModelError) as error:
        get(entry)
    assert_one_line(error, FILE, SHA256, "1" * 64, "not kept", "orchestra models pull tiny")
    assert nothing_is_kept(entry)


def test_a_file_that_is_not_the_catalogues_is_not_even_fetched(hub: Hub) -> None:
    entry = entry_of(sha256="2" * 64)
    with pytest.raises(ModelError) as error:
        get(entry)
    assert_one_line(error, "2" * 64, SHA256, "another file")
    assert hub.stored == []
    assert nothing_is_kept(entry)


def test_a_mirror_that_promises_rightly_and_sends_wrongly(hub: Hub) -> None:
    hub.files[FILE] = CONTENT[:-1] + b"x"
    hub.promised_sha256 = SHA256
    entry = entry_of(sha256=SHA256)
    with pytest.raises(ModelError) as error:
        get(entry)
    assert_one_line(error, SHA256, "not kept", "HF_ENDPOINT")
    assert nothing_is_kept(entry)


def test_a_quantisation_finds_its_file(hub: Hub) -> None:
    hub.files["Tiny-f16_q4_k_m.gguf"] = b"another"
    entry = entry_of(quant="q4_k_m")
    get(entry)
    assert entry.path.read_bytes() == CONTENT
    note = load_provenance(entry)
    assert note is not None
    assert note.member == FILE


@pytest.mark.parametrize(
    ("quant", "more", "says"),
    [
        ("Q9_9", {}, ["no file ends in Q9_9", FILE]),
        ("Q4_K_M", {"b/Tiny.Q4_K_M.gguf": b""}, ["2 files end in Q4_K_M", "b/Tiny.Q4_K_M.gguf"]),
    ],
    ids=["none", "two"],
)
def test_a_quantisation_that_is_not_one_file(
    hub: Hub, quant: str, more: dict[str, bytes], says: list[str]
) -> None:
    hub.files |= more
    with pytest.raises(ModelError) as error:
        get(entry_of(quant=quant))
    assert_one_line(error, REPO, f"hf:{REPO}/FILE", *says)


def test_a_gated_repository_is_explained(hub: Hub) -> None:
    hub.gated = True
    with pytest.raises(ModelError) as error:
        get(entry_of())
    assert_one_line(error, f"{REPO} is gated", f"https://huggingface.co/{REPO}", "HF_TOKEN")


def test_a_token_opens_the_gate_and_is_not_shown_to_the_store(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.gated = True
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    entry = entry_of()
    get(entry)
    assert entry.path.read_bytes() == CONTENT
    assert {token for _, _, token in hub.asked} == {f"Bearer {TOKEN}"}
    assert hub.stored == [(None, None)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"repo": "someone/else"}, ["someone/else", "no such repository", "HF_TOKEN"]),
        ({"file": "none.gguf"}, ["no file none.gguf", "it has", FILE]),
        ({"revision": "gone"}, ["no revision gone"]),
    ],
    ids=["repository", "file", "revision"],
)
def test_what_is_not_there_is_named(hub: Hub, change: dict[str, str], says: list[str]) -> None:
    entry = entry_of()
    assert isinstance(entry.source, HubSource)
    with pytest.raises(ModelError) as error:
        get(replace(entry, source=replace(entry.source, **change)))
    assert_one_line(error, *says)


@pytest.mark.parametrize(
    ("status", "says"),
    [(403, "refuses the token"), (500, "status 500"), (429, "status 429")],
)
def test_a_refusal_is_one_line(hub: Hub, status: int, says: str) -> None:
    hub.status = status
    with pytest.raises(ModelError) as error:
        get(entry_of())
    assert_one_line(error, REPO, says)


def test_an_address_that_is_no_hub(hub: Hub) -> None:
    hub.forgets_commit = True
    with pytest.raises(ModelError) as error:
        get(entry_of())
    assert_one_line(error, hub.url, "no model hub", "HF_ENDPOINT")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "127.0.0.1:9"])
def test_a_hub_that_is_out_of_reach(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(ModelError) as error:
        get(entry_of())
    assert_one_line(error, f"{endpoint} cannot be reached", "HF_ENDPOINT")


def test_a_disk_without_room_is_said_before_anything_moves(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    with pytest.raises(ModelError) as error:
        get(entry_of())
    assert_one_line(error, "needs 0.1 GB", "0.0 GB are free", "ORCHESTRA_HOME")
    assert hub.stored == []


def test_the_librarys_own_words_stay_off_the_terminal(
    hub: Hub, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.status = 500
    with pytest.raises(ModelError):
        get(entry_of())
    logging.getLogger("huggingface_hub").warning("not for a user's eyes")
    assert capfd.readouterr() == ("", "")


def test_offline_names_the_command(hub: Hub) -> None:
    with pytest.raises(ModelError) as error:
        get(parse_hub_name(f"hf:{REPO}/{FILE}"), offline=True)
    assert_one_line(error, f"orchestra models pull hf:{REPO}/{FILE}")
    assert hub.asked == []


def test_any_file_of_the_hub_is_a_model_by_name(hub: Hub) -> None:
    entry = parse_hub_name(f"hf:{REPO}/{FILE}")
    assert get(entry) == entry.path
    assert entry.path.name == f"someone--Tiny-GGUF--{FILE}"
    assert entry.path.read_bytes() == CONTENT
    assert not entry.is_vetted
    assert (entry.prompt_style, entry.policy) == ("chat", "model")
    assert remove(entry, progress=lambda _: None)
    assert load_provenance(entry) is None


def test_a_file_of_a_known_repository_is_prompted_as_the_catalogue_says() -> None:
    known = load_catalog()["nemotron-8b"]
    entry = parse_hub_name("hf:bartowski/nvidia_Orchestrator-8B-GGUF:Q8_0")
    assert (entry.prompt_style, entry.sampling) == ("toolorchestra", known.sampling)
    assert entry.licence.research_only
    assert entry.file != known.file
    assert entry.is_vetted


@pytest.mark.parametrize(
    "name",
    [
        "hf:bartowski/nvidia_Orchestrator-8B-GGUF:q4_k_m",
        "hf:bartowski/nvidia_Orchestrator-8B-GGUF/nvidia_Orchestrator-8B-Q4_K_M.gguf",
    ],
)
def test_another_name_of_a_catalogue_model_is_that_model(name: str) -> None:
    assert parse_hub_name(name) == load_catalog()["nemotron-8b"]


@pytest.mark.parametrize(
    "name",
    ["hf:", "hf:a/b", "hf:a/b/c.bin", "hf:a/b/../../c.gguf", "hf:a/b/c-00001-of-00003.gguf"],
)
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(UsageError, match="hf:"):
        parse_hub_name(name)
