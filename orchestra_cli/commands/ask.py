"""`orchestra ask`: a question in, tools called live, an answer out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestra_cli.commands.preference_options import (
    Accuracy,
    Accurate,
    Balanced,
    Cheap,
    Cost,
    Fast,
    Latency,
    Prefer,
    Private,
    one_preset,
    overrides_of,
)
from orchestra_cli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from orchestra_cli.config import Config
    from orchestra_cli.trajectory import Trajectory
    from orchestra_cli.views.base import View

MAX_QUESTION_CHARS = 20_000
"""A longer text is piped in, where it is trimmed by rule."""


def ask(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUESTION", help="The question; - reads it from standard input."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            envvar="ORCHESTRA_MODEL",
            help="A name of `models list`, a .gguf, hf:owner/repo/file.gguf, or http://host/v1#id.",
        ),
    ] = None,
    adapter: Annotated[
        Path | None, typer.Option(help="A LoRA adapter (.gguf) for the model.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="Who chooses the tools: model, or rule.")
    ] = None,
    prompt_style: Annotated[
        str | None, typer.Option(help="How the model is prompted: chat, toolorchestra or brief.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", "-p", envvar="ORCHESTRA_PROFILE", help="A profile of profile.toml."
        ),
    ] = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", envvar="ORCHESTRA_OFFLINE", help="Nothing leaves this machine."),
    ] = False,
    balanced: Balanced = False,
    cheap: Cheap = False,
    fast: Fast = False,
    accurate: Accurate = False,
    private: Private = False,
    accuracy: Accuracy = None,
    cost: Cost = None,
    latency: Latency = None,
    prefer: Prefer = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each choice why it was made.")
    ] = False,
    max_turns: Annotated[
        int | None, typer.Option(min=1, max=100, help="Stop after so many turns.")
    ] = None,
    max_time: Annotated[
        float | None, typer.Option(min=0.1, help="Stop after so many seconds.")
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, help="Never spend more than so many dollars."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole run as one JSON document.")
    ] = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print each event as a line of JSON, as it happens.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show nothing but the answer.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Show the run as plain lines, without a live view.")
    ] = False,
    stdin: Annotated[
        bool | None,
        typer.Option(
            "--stdin/--no-stdin", help="Wait for standard input to end, or leave it alone."
        ),
    ] = None,
) -> int:
    """Answer a question. Piped text is part of it: `cat notes.txt | orchestra ask "summarise"`."""
    from orchestra_cli.asking import answer_question
    from orchestra_cli.config import load_user_profile
    from orchestra_cli.terminal import JsonDocument, choose_view, print_answer
    from orchestra_cli.views.json_lines import JsonLines

    if as_json and as_jsonl:
        raise UsageError("--json and --jsonl: choose one")
    question, piped = _read_question(words or [], stdin)
    config = _configured(
        model=model,
        adapter=adapter,
        policy=_one_of("--policy", policy, ("model", "rule")),
        prompt_style=_one_of("--prompt-style", prompt_style, ("chat", "toolorchestra", "brief")),
        max_turns=max_turns,
        max_time_s=max_time,
        max_cost_usd=max_cost,
    )
    preset = one_preset(
        balanced=balanced, cheap=cheap, fast=fast, accurate=accurate, private=private
    )
    overrides = overrides_of(preset, accuracy=accuracy, cost=cost, latency=latency, prefer=prefer)
    printers: list[View] = [JsonDocument(sys.stdout)] if as_json else []
    printers += [JsonLines(sys.stdout)] if as_jsonl else []
    # A live region and lines of JSON do not go together on one terminal.
    plain = plain or (as_jsonl and sys.stdout.isatty())
    view = choose_view(quiet=quiet, plain=plain, explains=explain)
    trajectory = answer_question(
        question,
        piped,
        config,
        load_user_profile(profile),
        overrides,
        offline=offline,
        views=[*printers, view],
    )
    if trajectory.answer is not None and not printers:
        print_answer(trajectory.answer)
    code = _exit_code(trajectory)
    if quiet and trajectory.answer is None and code is not ExitCode.INTERRUPTED:
        _print_why_not(trajectory)
    return code


def _read_question(words: list[str], stdin: bool | None) -> tuple[str, str]:
    """(question, piped text). Raises UsageError where there is no question."""
    from orchestra_cli.piped import Reading, read_piped

    from_stdin = words == ["-"]
    readings: dict[bool | None, Reading] = {None: "auto", True: "wait", False: "ignore"}
    piped, note = read_piped("wait" if from_stdin else readings[stdin])
    if note:
        print(f"orchestra: {note}", file=sys.stderr)
    question = piped if from_stdin else " ".join(words).strip()
    if not question:
        raise UsageError('the question is empty: orchestra ask "How far is the moon?"')
    if len(question) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"the question has {len(question):,} characters and may have {MAX_QUESTION_CHARS:,}: "
            'pipe the long part in: cat FILE | orchestra ask "What does it say?"'
        )
    return question, "" if from_stdin else piped


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> str | None:
    if value is not None and value not in allowed:
        raise UsageError(f"{option} must be {' or '.join(allowed)}, got {value!r}")
    return value


def _configured(**flags: object) -> Config:
    """config.toml with the flags that were given put over its [orchestrator]."""
    from orchestra_cli.config import config_path, load_config

    return load_config(config_path()).with_orchestrator(**flags)


def _print_why_not(trajectory: Trajectory) -> None:
    """--quiet hides the run, but not why it has no answer."""
    from orchestra_cli.views.short_forms import stop_words

    print(f"orchestra: no answer: {stop_words(trajectory)}", file=sys.stderr)


def _exit_code(trajectory: Trajectory) -> ExitCode:
    from orchestra_cli.trajectory import StopReason

    return {
        StopReason.ANSWERED: ExitCode.ANSWERED,
        StopReason.COST_LIMIT: ExitCode.BUDGET,
        StopReason.TIME_LIMIT: ExitCode.BUDGET,
        StopReason.TURN_LIMIT: ExitCode.BUDGET,
        StopReason.FORMAT_ERRORS: ExitCode.NO_ANSWER,
        StopReason.FAILED: ExitCode.FAILED,
        StopReason.REFUSED: ExitCode.REFUSED,
        StopReason.INTERRUPTED: ExitCode.INTERRUPTED,
    }[trajectory.stop_reason]
