"""A user's TOML file gives a model, or one line that names file, line, key and fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from orchestra_cli.config import Config
from prefs.profile import load_profile
from prefs.strict_toml import TomlError, load_toml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def problem(file: Path, content: str | bytes, model: type[BaseModel] = Config) -> str:
    """What the user reads, without the file's name in front."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TomlError) as caught:
        load_toml(file, model)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{file}: ")


ENDPOINT = 'base_url = "http://127.0.0.1/v1"\nmodel = "m"\n'


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        # unknown keys, at every depth
        ("modle = 1", "line 1: modle: unknown key: the keys here are experts, orchestrator, tools"),
        ("[orchestrator]\nmodle = 'x'",
         "line 2: orchestrator.modle: unknown key: did you mean model?"),
        ("[tool.python]\nenabled = true", "line 1: tool: unknown key: did you mean tools?"),
        ("\n[tools.web_serch]\nenabled = true",
         "line 2: tools.web_serch: unknown key: did you mean web_search?"),
        ("[tools.web_search]\n# note\nbackand = 1",
         "line 3: tools.web_search.backand: unknown key: did you mean backend?"),
        (f"[experts.a]\n{ENDPOINT}[experts.b]\n{ENDPOINT}rolls = []",
         "line 7: experts.b.rolls: unknown key: did you mean roles?"),
        (f'[experts."gpt 5.1"]\n{ENDPOINT}price = 1',
         "line 4: experts.'gpt 5.1'.price: unknown key: the keys here are api_key_env, base_url, "
         "latency_s, max_concurrent, max_tokens, model, price_cached_in_usd_per_mtok, "
         "price_in_usd_per_mtok, price_out_usd_per_mtok, roles, skills, success_rate"),
        (f"[experts.a]\n{ENDPOINT}price_in_usd_per_mtok = 1",
         "line 1: experts.a: give price_in_usd_per_mtok and price_out_usd_per_mtok, or neither"),
        # a misspelt key is named before the key that is missing for it
        ("[experts.a]\nbase_url = 'x'\nmodle = 'x'",
         "line 3: experts.a.modle: unknown key: did you mean model?"),
        ("[orchestrator]\n\n[experts.a]\nmodel = 'x'",
         "line 3: experts.a.base_url: this key is required: add it"),
        # values
        ("[orchestrator]\ngpu_layers = 'all'",
         """line 2: orchestrator.gpu_layers: must be "auto" or a whole number, got 'all'"""),
        ("[orchestrator]\ngpu_layers = -1",
         'line 2: orchestrator.gpu_layers: must be "auto" or at least 0, got -1'),
        ("[orchestrator]\ngpu_layers = true",
         'line 2: orchestrator.gpu_layers: must be "auto" or a whole number, got true'),
        ("[orchestrator]\ncontext = 1.5",
         'line 2: orchestrator.context: must be "auto" or a whole number, got 1.5'),
        ("[orchestrator]\nprompt_style = 'chatty'",
         'line 2: orchestrator.prompt_style: must be "chat", "toolorchestra" or "brief", got '
         "'chatty'"),
        ("[orchestrator]\nmodel = 3",
         "line 2: orchestrator.model: must be a string in quotes, got 3"),
        ("[orchestrator]\nadapter = []",
         "line 2: orchestrator.adapter: must be a path in quotes, got []"),
        ("[orchestrator]\nmax_turns = '7'",
         "line 2: orchestrator.max_turns: must be a whole number, got '7'"),
        ("[orchestrator]\nmax_turns = 101",
         "line 2: orchestrator.max_turns: must be at most 100, got 101"),
        ("[orchestrator]\nmax_time_s = 0",
         "line 2: orchestrator.max_time_s: must be more than 0, got 0"),
        ("[orchestrator]\nmax_time_s = inf",
         "line 2: orchestrator.max_time_s: must be a finite number, got inf"),
        ("[orchestrator]\nmax_time_s = nan",
         "line 2: orchestrator.max_time_s: must be a finite number, got nan"),
        ("[tools.python]\nenabled = 'no'",
         "line 2: tools.python.enabled: must be true or false, got 'no'"),
        ("[tools.python]\nenabled = 0",
         "line 2: tools.python.enabled: must be true or false, got 0"),
        ("[tools]\npython = 3", "line 2: tools.python: must be a table, got 3"),
        ("experts = 'x'", "line 1: experts: must be a table, got 'x'"),
        ("[[experts]]\nmodel = 'x'", "line 1: experts: must be a table, got [{'model': 'x'}]"),
        (f"[experts.a]\n{ENDPOINT}roles = 'answer'",
         "line 4: experts.a.roles: must be a list in [ ], got 'answer'"),
        (f"[experts.a]\n{ENDPOINT}roles = [\n  'answer',\n  'sing'\n]",
         'line 4: experts.a.roles[1]: must be "search", "reason", "answer" or "answer-math", '
         "got 'sing'"),
        (f"[experts.a]\n{ENDPOINT}price_in_usd_per_mtok = -1",
         "line 4: experts.a.price_in_usd_per_mtok: must be at least 0, got -1"),
        (f"[experts.a]\n{ENDPOINT}skills = {{ a = 1 }}",
         "line 4: experts.a.skills: must be a string in quotes, got a table"),
        # where it stands, however it is written
        ("orchestrator.model = 'm'\ntools.python.timeout_s = 'x'",
         "line 2: tools.python.timeout_s: must be a number, got 'x'"),
        ("tools.web_page.enabled = true\ntools.python.enabled = 3",
         "line 2: tools.python.enabled: must be true or false, got 3"),
        ("[tools]\nweb_page = { enabled = true }\npython = { enabled = 3 }",
         "line 3: tools.python.enabled: must be true or false, got 3"),
        ("[tools]\npython.enabled = true\nweb_page.enabled = 3",
         "line 3: tools.web_page.enabled: must be true or false, got 3"),
        ("[ tools . 'python' ]\n  \"enabled\"  =  3",
         "line 2: tools.python.enabled: must be true or false, got 3"),
        ("[tools.python]\r\n\r\nenabled = 3\r\n",
         "line 3: tools.python.enabled: must be true or false, got 3"),
        ("\ufeff[tools.python]\nenabled = 3",
         "line 2: tools.python.enabled: must be true or false, got 3"),
        ("[orchestrator] # a \x09 tab\n# \u2028 \u0085\nmodel = 1",
         "line 3: orchestrator.model: must be a string in quotes, got 1"),
        # long and odd values stay on one line
        (f"[orchestrator]\nmax_turns = '{'x' * 500}'",
         f"line 2: orchestrator.max_turns: must be a whole number, got '{'x' * 59}…"),
        ('"a\\nb" = 1',
         "line 1: 'a\\nb': unknown key: the keys here are experts, orchestrator, tools"),
        # no TOML
        ("[orchestrator]\nmodel = embedded",
         "not valid TOML: line 2: 'model': a string stands in quotes"),
        ("key = sk-secret", "not valid TOML: line 1: 'key': a string stands in quotes"),
        ("[orchestrator]\nadapter = \"C:\\models\"",
         "not valid TOML: line 2: 'adapter': a path with \\ stands in 'single quotes'"),
        ("[orchestrator]\nmodel = 'a'\nmodel = 'b'",
         "not valid TOML: line 3: 'model': this key is set twice"),
        ("[tools]\n[tools]", "not valid TOML: line 2: '[tools]': this table stands here twice"),
        ("[tools",
         "not valid TOML: line 1: '[tools': Expected ']' at the end of a table declaration"),
        ("x", "not valid TOML: line 1: 'x': Expected '=' after a key in a key/value pair"),
        (f"x = {'[' * 20_000}", "not valid TOML: nested too deeply"),
        (b"[orchestrator]\nmodel = 'caf\xe9'", "line 2: not UTF-8 text: save it as UTF-8"),
        ("[orchestrator]".encode("utf-16"), "line 1: not UTF-8 text: save it as UTF-8"),
    ],
)  # fmt: skip
def test_message(file: Path, toml: str | bytes, message: str) -> None:
    assert problem(file, toml) == message


def test_a_number_of_too_many_digits_is_no_internal_error(file: Path) -> None:
    assert problem(file, f"x = {'9' * 5000}").startswith("not valid TOML: ")


def test_no_file_means_the_defaults(file: Path) -> None:
    assert load_toml(file, Config) == Config()


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"# nothing\r\n", b"\n\n", b"[tools]"])
def test_an_empty_file_means_the_defaults(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert load_toml(file, Config) == Config()


def test_a_file_from_a_windows_editor_reads_as_any_other(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf[orchestrator]\r\nmodel = 'm'\r\nmax_time_s = 5\r\n")
    config = load_toml(file, Config)
    assert (config.orchestrator.model, config.orchestrator.max_time_s) == ("m", 5.0)


def test_a_folder_in_the_files_place(file: Path) -> None:
    file.mkdir()
    with pytest.raises(TomlError, match=r"config\.toml: cannot be read: Is a directory"):
        load_toml(file, Config)


def test_a_file_in_the_folders_place(file: Path) -> None:
    file.write_text("")
    with pytest.raises(TomlError, match="cannot be read: Not a directory"):
        load_toml(file / "config.toml", Config)


keys = st.sampled_from(
    ["orchestrator", "experts", "tools", "model", "gpu_layers", "roles", "python", "web_search",
     "enabled", "backend", "base_url", "max_time_s", "active", "profiles", "never", "cost", "text"]
) | st.text(max_size=4)  # fmt: skip
scalars: st.SearchStrategy[Any] = (
    st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates() | st.times()
    | st.integers(10**300, 10**400) | st.sampled_from(["auto", "answer", "@remote", "default"])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
quick = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_both(file: Path) -> None:
    """Each reader gives its model or a TomlError of one line."""
    for read in (lambda: load_toml(file, Config), lambda: load_profile(file)):
        try:
            read()
        except TomlError as error:
            assert str(error).startswith(f"{file}: ")
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < len(str(file)) + 500


@given(content=st.binary(max_size=80))
@quick
def test_any_bytes(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    read_both(file)


@given(
    lines=st.lists(
        st.sampled_from(
            ["[orchestrator]", "[experts.a]", "[[tools]]", "[profiles.default]", "model = ",
             "gpu_layers = -1", "'a'", '"', '"""', "roles = [", "]", "= 1", ".", "cost = 2", "\r",
             "x = 1", "1979-05-27", "25:61:00", "{", "}", "#", "\\", "\x00", "é", "never = ['@x']"]
        )
        | st.text(max_size=5),
        max_size=8,
    ),
    glue=st.sampled_from(["\n", " "]),
)  # fmt: skip
@quick
def test_any_text(file: Path, lines: list[str], glue: str) -> None:
    file.write_bytes(glue.join(lines).encode())
    read_both(file)


@given(content=st.dictionaries(keys, values, max_size=4))
@quick
def test_any_toml(file: Path, content: dict[str, Any]) -> None:
    file.write_bytes(tomli_w.dumps(content).encode())
    read_both(file)
