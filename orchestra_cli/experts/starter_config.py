"""The first config.toml: what was found, written once and with its comments for the user to edit.

It holds the names of the keys' variables and never a key. A file that is there is never replaced.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import tomli_w

from orchestra_cli.errors import ConfigError, UsageError
from orchestra_cli.experts.discovery import FoundExpert, Trial
from prefs.durable import sync_folder
from tools.prices import Price

PriceOf = Callable[[FoundExpert], Price | None]

MAX_LOCAL_EXPERTS = 4
"""Of one server; the others are named in a comment."""

_HEAD = """\
# The settings of orchestra. `orchestra init` wrote this on {today}; it is yours now and is never
# rewritten. A line that starts with # is off. A key that does not exist is an error that names the
# nearest one that does.

[orchestrator]
model = "embedded"          # small, runs on any machine, needs no key
# The model that was trained to conduct: a 5 GB file (`orchestra models pull {conductor}`), at its
# best on a GPU, licensed for research and development only:
# model = "{conductor}"
# Or any endpoint:
# model = "http://127.0.0.1:8000/v1#model-id"

# Limits of one question; the flags --max-cost, --max-turns and --max-time override them.
# max_cost_usd = 0.5        # no call is made that could exceed it, nor one of unknown price
# max_turns = 12
# max_time_s = 600
"""

_ABOUT_EXPERTS = """\

# Experts: the models that the orchestrator may call. base_url and model are needed, the rest not:
#   api_key_env   the environment variable that holds the key: the key itself never stands here
#   roles         what it is asked for: "search" writes queries, "reason" writes programs,
#                 "answer" answers, "answer-math" answers mathematics
#   skills        what the orchestrator reads about it (`orchestra experts cards` measures them)
#   price_in_usd_per_mtok, price_out_usd_per_mtok
#                 dollars per million tokens, where the price book has none or has it wrong
#   latency_s     seconds that an answer takes, as the orchestrator reads it
#   max_tokens    for the longest reply, unseen thinking included (8192)
#   max_concurrent  calls at a time to this provider (8)
# `orchestra experts test` tries them. Addresses and models are as known in {known_as_of}.
"""

_NO_EXPERTS = """\

# No key and no server was found: the orchestrator's own model answers. An expert looks like this:
# [experts.local]
# base_url = "http://127.0.0.1:11434/v1"
# model = "qwen3:8b"
# roles = ["search", "reason", "answer"]
# skills = "small, runs here"
"""

_TOOLS = """
# Tools: all are on; a table changes one.
# [tools.web_search]
# backend = "duckduckgo"    # duckduckgo | tavily | brave | searxng
# api_key_env = "TAVILY_API_KEY"
# [tools.web_page]
# allow_private = false     # true also opens pages of this machine and of the local network
# [tools.python]
# backend = "monty"         # monty | bubblewrap (full CPython in a sandbox; needs bwrap)
# timeout_s = 10
# [tools.local_search]      # `orchestra index add FOLDER` fills it
# enabled = true
# [tools.ask_user]
# enabled = true
"""


def render_config(
    trials: Sequence[Trial],
    *,
    price_of: PriceOf,
    conductor: str,
    known_as_of: str,
    today: date,
) -> str:
    """The file's text. A trial without latency and problem was not made: its expert is on."""
    parts = [_HEAD.format(today=today.isoformat(), conductor=conductor)]
    parts.append(_ABOUT_EXPERTS.format(known_as_of=known_as_of) if trials else _NO_EXPERTS)
    num_local: dict[str, int] = {}
    surplus: dict[str, list[str]] = {}
    for trial in trials:
        expert = trial.expert
        if expert.key_variable is None and trial.problem is None:
            num_local[expert.base_url] = num_local.get(expert.base_url, 0) + 1
            if num_local[expert.base_url] > MAX_LOCAL_EXPERTS:
                surplus.setdefault(expert.source, []).append(expert.model)
                continue
        parts.append(_render_expert(trial, price_of))
    parts += [f"\n# Also at {source}: {', '.join(models)}\n" for source, models in surplus.items()]
    return "".join([*parts, _TOOLS])


def write_new(path: Path, text: str) -> None:
    """The file, whole or not at all, where there was none. Raises UsageError and ConfigError.

    Its name is taken first, so that of two that write at once one fails, then the finished and
    synced file is put there.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_synced(path, text)
        _take_name(path)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(
            f"{path}: cannot be written: {reason}: set ORCHESTRA_HOME to a folder of yours, or "
            "save what `orchestra init --print` shows"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def already_there(path: Path) -> str:
    """What a user reads whose file would be overwritten."""
    return (
        f"{path} is there and is never overwritten: `orchestra init --print` shows what would be "
        "written"
    )


def price_words(price: Price | None) -> str:
    """Such as: $0.25 in, $2 out per million tokens."""
    if price is None:
        return "price unknown"
    if not (price.input_usd_per_mtok or price.output_usd_per_mtok):
        return "free"
    into, out = f"{price.input_usd_per_mtok:g}", f"{price.output_usd_per_mtok:g}"
    return f"${into} in, ${out} out per million tokens"


def _render_expert(trial: Trial, price_of: PriceOf) -> str:
    expert, price = trial.expert, price_of(trial.expert)
    notes = [f"# {_comment(expert.source)}: {_price_note(price)}"]
    if trial.latency_s is not None:
        notes.append(f"# answered a tiny call in {trial.latency_s:.1f} s")
    if trial.problem is not None:
        notes.append(f"# off, because its test failed: {_comment(trial.problem)}")
    table = {
        "base_url": expert.base_url,
        "model": expert.model,
        **({"api_key_env": expert.key_variable} if expert.key_variable else {}),
        "roles": list(expert.roles),
        **({"skills": expert.skills} if expert.skills else {}),
    }
    lines = [f"[experts.{expert.name}]", *(_assignment(key, table[key]) for key in table)]
    if not expert.skills:
        lines.append('# skills = "what it is good at"')
    if price is None:
        lines += ["# price_in_usd_per_mtok = 1.0", "# price_out_usd_per_mtok = 1.0"]
    if trial.problem is not None:
        lines = [line if line.startswith("#") else f"# {line}" for line in lines]
    return "\n" + "\n".join([*notes, *lines]) + "\n"


def _price_note(price: Price | None) -> str:
    if price is None:
        return "price unknown, so it is left out under a cost limit until its price stands here"
    words = price_words(price)
    return words if words == "free" else f"{words} ({price.source})"


def _assignment(key: str, value: object) -> str:
    """One line of TOML, which a list is not where tomli-w writes it."""
    if isinstance(value, list):
        items = (_assignment("x", item).removeprefix("x = ") for item in value)
        return f"{key} = [{', '.join(items)}]"
    return tomli_w.dumps({key: value}).strip()


def _comment(text: str) -> str:
    """One line without what TOML forbids in a comment."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _write_synced(path: Path, text: str) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _take_name(path: Path) -> None:
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        raise UsageError(already_there(path)) from None
