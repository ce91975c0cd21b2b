"""Checks of the experts, and of an orchestrator behind an address: reach, key, price.

A call that costs money is never made, and nothing is asked of what the hard rules or --offline keep
from being called.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestra_cli.config import Config, ExpertTable, OrchestratorTable
from orchestra_cli.doctor.model_files import is_address
from orchestra_cli.doctor.reach import Answer, Target, reach_all
from orchestra_cli.doctor.redaction import is_variable_name
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ExitCode, UsageError
from prefs.profile import Profile

if TYPE_CHECKING:
    from orchestra_cli.models.sources import ServedSource

GROUP = "experts"
_CONFIG = "config.toml"
_OWN = "(orchestrator)"
"""No expert can be called so: TOML would want quotes."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Something behind an address, as the settings have it."""

    name: str
    table: str
    """Where in config.toml, such as [experts.gpt-5]."""
    address: str
    target: Target
    key_env: str | None = None


def check_endpoints(
    config: Config, profile: Profile, *, served: ServedSource | None, offline: bool
) -> Iterator[Row]:
    """A row for each that may be asked, with the reason for each that may not.

    `served` is the orchestrator's where vLLM has to run it.
    """
    if not config.experts:
        fix = "add [experts.NAME] to config.toml (`orchestra init` looks for keys and servers)"
        found = "none is configured: the orchestrator's own model answers"
        yield Row(GROUP, "experts", Status.WARNING, found, fix)
    asked: list[Endpoint] = []
    try:
        orchestrator = _orchestrator(config.orchestrator, served)
    except UsageError as error:
        fix = f"correct model under [orchestrator] in {_CONFIG}"
        yield Row(GROUP, _OWN, Status.FAILED, str(error), fix, ExitCode.CONFIG)
        orchestrator = {}
    for name, table in (orchestrator | config.experts).items():
        endpoint = _endpoint(name, table)
        if isinstance(endpoint, Row):
            yield endpoint
        elif skipped := _kept_away(endpoint, profile, offline=offline):
            yield skipped
        elif slip := _key_slip(endpoint):
            yield slip
        else:
            asked.append(endpoint)
    answers = reach_all([endpoint.target for endpoint in asked])
    yield from map(judge_reach, asked, answers)


def judge_reach(endpoint: Endpoint, answer: Answer) -> Row:
    """What the answer means, and what to do about it."""
    row = _judge_status(endpoint, answer)
    if not (endpoint.key_env and not endpoint.target.key):
        return row
    found = f"${endpoint.key_env} is not set; without it: {row.found}"
    fix = f"`export {endpoint.key_env}=…` with the key, in the shell that runs orchestra"
    return replace(row, status=Status.FAILED, found=found, fix=fix, exit_code=ExitCode.CONFIG)


def _judge_status(endpoint: Endpoint, answer: Answer) -> Row:
    def row(status: Status, found: str, fix: str = "") -> Row:
        return Row(GROUP, endpoint.name, status, found, fix, figures=_figures(answer))

    where, address, table = endpoint.address, endpoint.address, endpoint.table
    if answer.error:
        found = f"{where} cannot be reached: {answer.error}"
        return row(Status.FAILED, found, _reach_fix(endpoint, answer))
    where = f"{address} answers in {1000 * (answer.answer_s or 0):.0f} ms{_connect_words(answer)}"
    status = answer.status or 0
    if status in (401, 403) and endpoint.target.key:
        fix = f"put a valid key into ${endpoint.key_env}"
        return row(Status.FAILED, f"{where}: HTTP {status}: the key is refused", fix)
    if status in (401, 403) and not endpoint.key_env:
        fix = f'name the variable that holds the key: api_key_env = "…" under {table} in {_CONFIG}'
        return row(Status.FAILED, f"{where}: HTTP {status}: it wants a key", fix)
    if status >= 500 and status != 501:  # a server without a list of models is no failure
        fix = "wait and try again; where it lasts, look at the server's log or status page"
        return row(Status.WARNING, f"{where}: HTTP {status}", fix)
    if answer.lists_model is False:
        fix = f"check model under {table} in {_CONFIG} (a server with one model takes any name)"
        return row(Status.WARNING, f"{where}: its list lacks {endpoint.target.model}", fix)
    key = f", key in ${endpoint.key_env}" if endpoint.target.key else ", no key"
    listed = ", lists the model" if answer.lists_model else ""
    return row(Status.OK, f"{where}{key}{listed}")


def _reach_fix(endpoint: Endpoint, answer: Answer) -> str:
    base_url = f"base_url under {endpoint.table} in {_CONFIG}"
    if endpoint.table == "[orchestrator]":
        base_url = f"model under [orchestrator] in {_CONFIG}"
    if endpoint.target.is_loopback:
        return f"start the server at {endpoint.address}, or correct {base_url}"
    if answer.is_tls:
        return (
            f"set SSL_CERT_FILE to the certificates that your network uses, or correct {base_url}"
        )
    return f"check the network and HTTPS_PROXY, or correct {base_url}"


def _connect_words(answer: Answer) -> str:
    return "" if answer.connect_s is None else f" (connected in {1000 * answer.connect_s:.0f} ms)"


def _figures(answer: Answer) -> dict[str, float]:
    figures = {"connect_s": answer.connect_s, "answer_s": answer.answer_s}
    return {name: value for name, value in figures.items() if value is not None}


def _orchestrator(table: OrchestratorTable, served: ServedSource | None) -> dict[str, ExpertTable]:
    """The orchestrator as an expert, where it is behind an address. Raises UsageError."""
    from orchestra_cli.engines.remote import parse_model_url

    if served is not None:
        base_url, model = served.base_url, served.repo
    elif is_address(table.model):
        base_url, model = parse_model_url(table.model)
    else:
        return {}
    return {_OWN: ExpertTable(base_url=base_url, model=model, api_key_env=table.api_key_env)}


def _endpoint(name: str, table: ExpertTable) -> Endpoint | Row:
    """What to ask; a row where the settings cannot work."""
    from tools.endpoint import Endpoint as Client
    from tools.endpoint import EndpointError

    where = "[orchestrator]" if name == _OWN else f"[experts.{name}]"
    key = os.environ.get(table.api_key_env or "", "").strip()
    try:
        client = Client(table.base_url, table.model, key, api_key_env=table.api_key_env)
    except EndpointError as error:
        fix = f"correct {where} in {_CONFIG}, or the variable that it names"
        return Row(GROUP, name, Status.FAILED, str(error), fix, ExitCode.CONFIG)
    return Endpoint(
        name=name,
        table=where,
        address=client.address,
        target=Target(table.base_url, table.model, key, client.is_loopback),
        key_env=table.api_key_env,
    )


def _kept_away(endpoint: Endpoint, profile: Profile, *, offline: bool) -> Row | None:
    leaves = not endpoint.target.is_loopback
    names = (endpoint.name, endpoint.target.model)
    if any(profile.rules.forbid(name, leaves_machine=leaves) for name in names):
        fix = f"to have it checked and used, take it out of `never` in profile {profile.name}"
        return Row(GROUP, endpoint.name, Status.SKIPPED, "the profile's hard rules forbid it", fix)
    if offline and leaves:
        fix = "run `orchestra doctor` without --offline"
        return Row(GROUP, endpoint.name, Status.SKIPPED, "it is off this machine", fix)
    return None


def _key_slip(endpoint: Endpoint) -> Row | None:
    """A key where its variable's name belongs: it is sent nowhere and shown nowhere."""
    if endpoint.key_env is None or is_variable_name(endpoint.key_env, os.environ):
        return None
    fix = f"put the key into a variable and that variable's name under {endpoint.table}; " + (
        "a key that stood in a file should be replaced"
    )
    found = "api_key_env does not name an environment variable (is it the key itself?)"
    return Row(GROUP, endpoint.name, Status.FAILED, found, fix, ExitCode.CONFIG)
