"""`orchestra init`: look for experts, and write the first config.toml.

What was found is told on stderr; stdout is for the file's text under --print. No key is ever shown
or written, and a file that is there is never touched.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from orchestra_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestra_cli.experts.discovery import FoundExpert, FoundServer, Trial
    from orchestra_cli.experts.providers import Providers
    from tools.prices import Price

CONDUCTOR = "nemotron-8b"
"""The catalogue's name of the model that was trained to conduct."""


def init(
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the file to stdout and write nothing.")
    ] = False,
    test: Annotated[
        bool | None,
        typer.Option(
            "--test/--no-test", help="Try each expert with one tiny call; else it is asked for."
        ),
    ] = None,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline", envvar="ORCHESTRA_OFFLINE", help="Look at this machine's servers only."
        ),
    ] = False,
) -> None:
    """Find experts (keys in the environment, servers on this machine) and write config.toml."""
    from datetime import date

    from orchestra_cli.config import config_path
    from orchestra_cli.experts.providers import load_providers
    from orchestra_cli.experts.starter_config import already_there, render_config, write_new

    path = config_path()
    if not only_print and (path.exists() or path.is_symlink()):
        raise UsageError(already_there(path))
    providers = load_providers()
    trials = _trials(_find(providers, offline=offline), test)
    text = render_config(
        trials,
        price_of=_price_of,
        conductor=CONDUCTOR,
        known_as_of=providers.known_as_of,
        today=date.today(),
    )
    if only_print:
        typer.echo(text.encode(), nl=False)  # a TOML file is UTF-8, whatever the terminal is
        return
    write_new(path, text)
    _tell(_summary(trials))
    _tell(f'wrote {path}: read it, then: orchestra ask "How far is the moon?"')


def _find(providers: Providers, *, offline: bool) -> list[FoundExpert]:
    """The experts, each source told of. Offline, the keys are not even counted as experts."""
    import os

    from orchestra_cli.experts.discovery import experts_of, find_hosted, find_local

    hosted = find_hosted(providers, os.environ)
    for provider, variable in hosted.values():
        _tell(f"{provider.title}: {variable}{' (left out: --offline)' if offline else ''}")
    servers = find_local(providers)
    for server in servers:
        _tell(_server_line(server))
    experts = experts_of({} if offline else hosted, servers)
    if not experts:
        _tell("no expert found: export a key such as OPENAI_API_KEY, or start Ollama")
    return experts


def _server_line(server: FoundServer) -> str:
    line = f"{server.title} at {server.base_url}"
    if server.problem is not None:
        return f"{line}: {server.problem}"
    line += f": {len(server.models)} models" if len(server.models) != 1 else f": {server.models[0]}"
    left_out = f" (left out, no chat here: {', '.join(server.left_out)})" if server.left_out else ""
    return line + left_out


def _trials(experts: Sequence[FoundExpert], test: bool | None) -> list[Trial]:
    """The experts tried, where the user allows it."""
    import os

    from orchestra_cli.experts.discovery import Trial, try_experts

    if test is None:
        test = bool(experts) and _may_test(experts)
    if not test:
        return [Trial(expert) for expert in experts]
    return try_experts(experts, os.environ, on_trial=lambda trial: _tell(_trial_line(trial)))


def _may_test(experts: Sequence[FoundExpert]) -> bool:
    """Ask the person at the terminal; in a pipe there is nobody to allow it."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    question = f"Try each of the {len(experts)} with one tiny call ({_cost_words(experts)})?"
    return typer.confirm(question, default=True, err=True)


def _cost_words(experts: Sequence[FoundExpert]) -> str:
    """What the calls cost at worst."""
    from orchestra_cli.experts.discovery import TEST_MAX_TOKENS

    prices = [_price_of(expert) for expert in experts]
    cost_usd = sum(
        price.cost_usd(input_tokens=TEST_MAX_TOKENS, output_tokens=TEST_MAX_TOKENS)
        for price in prices
        if price is not None
    )
    words = f"at most ${cost_usd:.3f}" if cost_usd else "free"
    return f"{words}; {prices.count(None)} of unknown price" if None in prices else words


def _trial_line(trial: Trial) -> str:
    outcome = f"{trial.latency_s:.1f} s" if trial.problem is None else f"failed: {trial.problem}"
    return f"{trial.expert.name}: {outcome}"


def _summary(trials: Sequence[Trial]) -> str:
    failed = sum(trial.problem is not None for trial in trials)
    num_on = len(trials) - failed
    words = "1 expert" if num_on == 1 else f"{num_on} experts"
    return f"{words}, {failed} more commented out: their test failed" if failed else words


def _price_of(expert: FoundExpert) -> Price | None:
    from tools.price_book import look_up
    from tools.prices import FREE

    return look_up(expert.model, expert.base_url) if expert.key_variable else FREE


def _tell(line: str) -> None:
    from orchestra_cli.views.clean_text import one_line

    typer.echo(one_line(line), err=True)
