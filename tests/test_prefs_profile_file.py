"""Writing profile.toml: no update is lost, and the file is always the old one or the new one."""

from __future__ import annotations

import os
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prefs.profile import load_profile
from prefs.profile_change import ProfileChange, profile_table
from prefs.profile_file import (
    ChangedMeanwhileError,
    Document,
    has_comments,
    replace_profiles,
    update_profiles,
)
from prefs.strict_toml import TomlError

OLD = b'[profiles.default]\ncost = 0.5\ntext = "old"\n'
BIG = "x" * 3000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "profile.toml"


@pytest.fixture
def old(file: Path) -> Path:
    file.parent.mkdir()
    file.write_bytes(OLD)
    return file


def setting(**values: object) -> Callable[[Document], None]:
    return lambda document: profile_table(document).update(values)


def counting(key: str) -> Callable[[Document], None]:
    """Adds a tool, so that a lost update shows."""
    return lambda document: profile_table(document).setdefault("tools", {}).update({key: 1.0})


def read(file: Path) -> Any:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def left_beside(file: Path) -> set[str]:
    return {path.name for path in file.parent.iterdir()} - {file.name, f"{file.name}.lock"}


def test_the_first_write_makes_file_and_folder(file: Path) -> None:
    written = update_profiles(file, setting(cost=0.7))
    assert (written.changed, written.backup) == (True, None)
    assert read(file) == {"profiles": {"default": {"cost": 0.7}}}
    assert load_profile(file).preference.cost == 0.7
    assert left_beside(file) == set()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_not_changed_stays(old: Path) -> None:
    old.write_text(
        'active = "work"\n[profiles.work]\ncost = 1\nnever = ["a", "@remote"]\n'
        'text = "é\\t\\u0000"\n[profiles.work.tools]\n"my gpt" = 0.25\n[profiles."a b"]\n',
        encoding="utf-8",
    )
    before = read(old)
    update_profiles(old, setting(latency=0.5))
    before["profiles"]["work"]["latency"] = 0.5
    assert read(old) == before


def test_no_change_is_no_write(old: Path) -> None:
    old.write_bytes(b"# mine\n" + OLD)
    before = old.stat()
    assert not update_profiles(old, setting(cost=0.5)).changed
    assert (old.stat().st_ino, old.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert left_beside(old) == set()


def test_a_change_that_raises_leaves_the_file(old: Path) -> None:
    def fail(document: Document) -> None:
        document.clear()
        raise KeyError("no")

    with pytest.raises(KeyError):
        update_profiles(old, fail)
    assert old.read_bytes() == OLD
    assert update_profiles(old, setting(cost=0.6)).changed  # the lock is free


def test_a_change_that_makes_no_profile_is_not_written(old: Path) -> None:
    with pytest.raises(TomlError, match="at most 1"):
        update_profiles(old, setting(cost=7))
    assert old.read_bytes() == OLD


# What is never overwritten


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[profiles.default\n", "line 1"),
        (b"[profiles.default]\ncost = 0.5\nfuture_key = 1\n", "line 3: .*unknown key"),
        (b"[other]\nx = 1\n", "line 1: other: unknown key"),
        (b"[profiles.default]\ncost = 'low'\n", "line 2: profiles.default.cost: must be a number"),
        (b"# caf\xe9\n", "line 1: not UTF-8"),
        (b"\x00\x01\x02", "not valid TOML"),
        (b"{}", "not valid TOML"),
        (OLD.decode().encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_broken_or_foreign_file(old: Path, content: bytes, problem: str) -> None:
    old.write_bytes(content)
    with pytest.raises(TomlError, match=f"profile.toml: .*{problem}"):
        update_profiles(old, setting(cost=0.9))
    assert old.read_bytes() == content
    assert left_beside(old) == set()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=40) | st.text(alphabet="[]profilesdt.=\n\"'#0 ").map(str.encode))
def test_any_bytes_are_kept_or_understood(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "profile.toml"
    file.write_bytes(content)
    try:
        update_profiles(file, lambda document: document.update(active="default"))
    except TomlError:
        assert file.read_bytes() == content
    else:
        assert read(file)["active"] == "default"


def test_a_folder_in_the_files_place(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(TomlError, match="not a file"):
        update_profiles(file, setting(cost=0.9))
    assert file.is_dir()


def test_a_device_in_the_files_place(file: Path) -> None:
    file.parent.mkdir()
    file.symlink_to("/dev/null")
    with pytest.raises(TomlError):
        update_profiles(file, setting(cost=0.9))
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


# Comments, links, permissions


def test_comments_are_kept_in_a_copy_once_for_each_rewrite(old: Path) -> None:
    first = b"\xef\xbb\xbf# mine\n" + OLD
    old.write_bytes(first)
    backup = update_profiles(old, setting(cost=0.6)).backup
    assert backup == old.with_name("profile.toml.bak")
    assert backup.read_bytes() == first
    assert update_profiles(old, setting(cost=0.7)).backup is None  # it has none any more
    second = b"# new\n" + old.read_bytes()
    old.write_bytes(second)
    again = update_profiles(old, setting(cost=0.8)).backup
    assert again == old.with_name("profile.toml.bak2")
    assert (backup.read_bytes(), again.read_bytes()) == (first, second)
    old.write_bytes(first)
    assert update_profiles(old, setting(cost=0.9)).backup == backup  # the same once more


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("", False),
        ("# a", True),
        ("x = 1 # a", True),
        ('x = "# no"', False),
        ("x = '# no'", False),
        ('x = "\\"# no"', False),
        ("x = '\\' # yes", True),
        ('x = """\n# no "quoted" # no\n"""', False),
        ('x = """a""""" # yes', True),
        ("x = '''\n# no ' # no\n'''", False),
        ("x = '''a''''' # yes", True),
        ('x = """"""\ny = 1 # yes', True),
        ('x = ""\ny = "#"', False),
        ('"#" = 1', False),
        ("x = [\n 'a', # yes\n]", True),
    ],
)
def test_what_a_comment_is(text: str, has: bool) -> None:
    tomllib.loads(text)
    assert has_comments(text) is has


strings = st.text(alphabet="\"'#\\\n ab")


@given(values=st.lists(strings, max_size=4), multiline=st.booleans(), comment=st.booleans())
def test_comments_among_any_strings(values: list[str], multiline: bool, comment: bool) -> None:
    text = tomli_w.dumps({f"k{i}": v for i, v in enumerate(values)}, multiline_strings=multiline)
    assert has_comments(text + ("# c" if comment else "")) is comment


def test_a_link_is_followed(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "mine.toml"
    target.parent.mkdir()
    target.write_bytes(OLD)
    file.parent.mkdir()
    file.symlink_to(target)
    update_profiles(file, setting(cost=0.9))
    assert file.is_symlink()
    assert read(target)["profiles"]["default"]["cost"] == 0.9


def test_a_link_to_nothing_makes_its_target(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    file.symlink_to(tmp_path / "later" / "profile.toml")
    update_profiles(file, setting(cost=0.9))
    assert file.is_symlink()
    assert load_profile(file).preference.cost == 0.9


def test_a_link_to_itself(file: Path) -> None:
    file.parent.mkdir()
    file.symlink_to(file)
    with pytest.raises(TomlError):
        update_profiles(file, setting(cost=0.9))
    assert file.is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_permissions_are_kept(old: Path, mode: int) -> None:
    old.write_bytes(b"# mine\n" + OLD)
    old.chmod(mode)
    backup = update_profiles(old, setting(cost=0.9)).backup
    assert backup is not None
    assert {stat.S_IMODE(path.stat().st_mode) for path in (old, backup)} == {mode}


# A text of the user's own


def test_a_users_text_is_saved_as_it_is(old: Path) -> None:
    text = b"# mine\r\n[profiles.default] # here\r\ncost = 0.1\r\n"
    replace_profiles(old, text, expected=OLD)
    assert old.read_bytes() == text
    assert left_beside(old) == set()


def test_a_file_that_changed_meanwhile_is_not_overwritten(old: Path) -> None:
    update_profiles(old, setting(cost=0.9))
    now = old.read_bytes()
    with pytest.raises(ChangedMeanwhileError, match="changed meanwhile"):
        replace_profiles(old, b"", expected=OLD)
    assert old.read_bytes() == now


@pytest.mark.parametrize("text", [b"x = 1", b'active = "nobody"', b"\xff", b"["])
def test_a_broken_text_is_not_saved(old: Path, text: bytes) -> None:
    with pytest.raises(TomlError):
        replace_profiles(old, text, expected=OLD)
    assert old.read_bytes() == OLD


# Many at once

WRITER = """
import sys, random, time
from pathlib import Path
from prefs.profile_change import profile_table
from prefs.profile_file import update_profiles
path, name, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for i in range(number):
    def change(document):
        table = profile_table(document)
        table["text"] = f"{name}-{i}-" + "x" * 2000
        table.setdefault("tools", {})[f"{name}-{i}"] = 1.0
    update_profiles(path, change)
"""


def writer(file: Path, name: str, number: int, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, file, name, str(number)], **options)


@pytest.mark.parametrize(
    ("num_processes", "each"), [(8, 25), pytest.param(200, 1, marks=pytest.mark.slow)]
)
def test_two_hundred_updates_of_many_processes(file: Path, num_processes: int, each: int) -> None:
    processes = [writer(file, str(i), each, stdout=-3) for i in range(num_processes)]
    assert [process.wait(100) for process in processes] == [0] * num_processes
    tools = load_profile(file).preference.tools
    assert set(tools) == {f"{i}-{j}" for i in range(num_processes) for j in range(each)}
    assert left_beside(file) == set()


def test_updates_of_many_threads(file: Path) -> None:
    threads = [
        threading.Thread(target=update_profiles, args=(file, counting(str(i)))) for i in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(load_profile(file).preference.tools) == {str(i) for i in range(40)}


# Deaths and full disks


def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_file(file: Path) -> None:
    update_profiles(file, setting(text="-"))
    moments = random.Random(4)
    for attempt in range(12):
        with writer(file, f"w{attempt}", 10**6, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moments.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        profile = load_profile(file)
        tools = set(profile.preference.tools)
        last = profile.text.rsplit("-", 1)[0]
        assert not last or last in tools  # text and tools are of one update
        written = sum(name.startswith(f"w{attempt}-") for name in tools)
        assert {f"w{attempt}-{i}" for i in range(written)} <= tools
        update_profiles(file, lambda document: profile_table(document).clear())
        assert left_beside(file) == set()  # what the dead one left is gone


DYING = """
import os, sys
from pathlib import Path
from prefs.profile import load_profile
from prefs.profile_change import profile_table
from prefs.profile_file import update_profiles

path = Path(sys.argv[1])

def dying(function, step, count=[0]):
    def call(*arguments, **options):
        count[0] += 1
        if count[0] == step:
            os._exit(9)
        return function(*arguments, **options)
    return call

def set_text(text):
    update_profiles(path, lambda document: profile_table(document).update(text=text))

for step in range(1, 100):
    path.write_text("# mine\\n[profiles.default]\\ntext = 'old'\\n")
    child = os.fork()
    if not child:
        for name in ("open", "fsync", "replace", "chmod", "chown", "unlink", "close"):
            setattr(os, name, dying(getattr(os, name), step))
        set_text("new")
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code, load_profile(path).text)
    set_text("next")
    assert load_profile(path).text == "next"
    assert not path.with_name(".profile.toml.new").exists()
    if code == 0:
        break
"""


def test_a_death_before_any_step(old: Path) -> None:
    """Of each system call in turn; the file has one text or the other, and the next one writes."""
    command = [sys.executable, "-c", DYING, old]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[-1] == "0 new"
    assert set(lines[:-1]) == {"9 old", "9 new"}
    assert lines[:-1] == sorted(lines[:-1], reverse=True)  # never back
    assert len(lines) > 12


@pytest.mark.parametrize("name", ["open", "fsync", "replace", "chmod", "chown"])
def test_a_failure_at_any_step(old: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for step in range(1, 20):
        old.write_bytes(b"# mine\n" + OLD)
        calls = 0
        real = getattr(os, name)

        def failing(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == step:  # noqa: B023
                raise OSError(28, "No space left on device")
            return real(*arguments, **options)  # noqa: B023

        with monkeypatch.context() as patch:
            patch.setattr(os, name, failing)
            try:
                update_profiles(old, setting(text="new"))
            except TomlError as error:
                assert "cannot be written: no space left on device" in str(error)
                assert old.read_bytes() == b"# mine\n" + OLD
            else:
                assert load_profile(old).text == "new"
        assert left_beside(old) <= {"profile.toml.bak"}
        if calls < step:
            break
    else:
        pytest.fail("it never got through")
    assert step > 1


def test_a_disk_that_is_full_at_any_byte(old: Path) -> None:
    """A real write that fails in the middle: no file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in range(0, 3100, 77):
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
            with pytest.raises(TomlError, match="cannot be written: file too large"):
                update_profiles(old, setting(text=BIG))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert old.read_bytes() == OLD
        assert left_beside(old) == set()
        if room > len(BIG):
            break
    update_profiles(old, setting(text=BIG))
    assert load_profile(old).text == BIG


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(old: Path) -> None:
    old.parent.chmod(0o500)
    try:
        with pytest.raises(TomlError, match="cannot be written: permission denied"):
            update_profiles(old, setting(cost=0.9))
    finally:
        old.parent.chmod(0o700)


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("", encoding="utf-8")
    with pytest.raises(TomlError, match="cannot be written"):
        update_profiles(tmp_path / "folder" / "profile.toml", setting(cost=0.9))


# Changes


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({}, ProfileChange(preset="cheap"), {"accuracy": 0.3, "cost": 1.0, "latency": 0.1}),
        ({"cost": 0.9}, ProfileChange(preset="fast", values={"cost": 0.8}),
         {"accuracy": 0.5, "cost": 0.8, "latency": 1.0}),
        ({"never": ["a"]}, ProfileChange(preset="private"),
         {"accuracy": 1.0, "cost": 0.3, "latency": 0.1, "never": ["a", "@remote"]}),
        ({"never": ["@remote"]}, ProfileChange(never=("a", "@remote", "a")),
         {"never": ["@remote", "a"]}),
        ({"never": ["@remote"]}, ProfileChange(allow=("@remote", "b")), {}),
        ({"tools": {"a": 1.0, "b": 0.5}}, ProfileChange(tools={"a": None, "c": 0.0, "z": None}),
         {"tools": {"b": 0.5, "c": 0.0}}),
        ({"tools": {"a": 1.0}}, ProfileChange(tools={"a": None}), {}),
        ({"text": "x", "beta": 1}, ProfileChange(values={"text": "", "beta": 0.0}), {"beta": 0.0}),
    ],
)  # fmt: skip
def test_changes(before: dict[str, Any], change: ProfileChange, after: dict[str, Any]) -> None:
    assert change
    change.apply(before)
    assert before == after


def test_nothing_is_no_change() -> None:
    assert not ProfileChange()
