"""The whole check-up: every family of checks in turn, none of which can stop the others.

The invariant: each row that leaves here has gone through the `Redactor`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from orchestra_cli.config import Config
from orchestra_cli.doctor.disk import check_folders
from orchestra_cli.doctor.endpoints import check_endpoints
from orchestra_cli.doctor.install import check_install
from orchestra_cli.doctor.llama_build import check_llama
from orchestra_cli.doctor.llama_probe import Build, ProbeError, probe_build
from orchestra_cli.doctor.machine_gpus import MachineGpu, machine_gpus
from orchestra_cli.doctor.model_files import ConfiguredModel, Memory, check_models, resolve_model
from orchestra_cli.doctor.prices import check_prices
from orchestra_cli.doctor.redaction import Redactor, find_secrets
from orchestra_cli.doctor.row import Check, Row, Status, run_check
from orchestra_cli.doctor.sandboxes import check_tools
from orchestra_cli.doctor.settings import GROUP as SETTINGS
from orchestra_cli.doctor.settings import Settings, read_settings
from orchestra_cli.doctor.speed import check_speed


def check_up(*, offline: bool, with_speed: bool) -> Iterator[Row]:
    """Rows as they are found."""
    settings = Settings(None, None, ())
    redact = Redactor(find_secrets(None, os.environ))

    def read() -> Iterator[Row]:
        nonlocal settings, redact
        settings = read_settings()
        redact = Redactor(find_secrets(settings.config, os.environ))
        yield from settings.rows

    rows = run_check(SETTINGS, read)
    yield from (row.finished(redact) for row in rows)
    for group, check in _checks(settings, offline=offline, with_speed=with_speed):
        yield from (row.finished(redact) for row in run_check(group, check))


class _Facts:
    """What several families need, found once; where that raises, those families say so."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def gpus(self) -> tuple[MachineGpu, ...]:
        return machine_gpus()

    @cached_property
    def build(self) -> Build | ProbeError:
        try:
            return probe_build()
        except ProbeError as error:
            return error

    @cached_property
    def model(self) -> ConfiguredModel:
        from orchestra_cli.models.adapter import adapter_of

        table = self._config.orchestrator
        model = resolve_model(table.model)
        return replace(model, adapter=adapter_of(table, model.entry))

    @property
    def memory(self) -> Memory | None:
        if isinstance(self.build, ProbeError):
            return None
        return Memory(
            main_bytes=self.build.available_bytes,
            gpu_bytes=tuple(gpu.free_bytes for gpu in self.build.gpus),
            served_bytes=sum(gpu.free_bytes or 0 for gpu in self.gpus),
        )


def _checks(settings: Settings, *, offline: bool, with_speed: bool) -> Iterator[tuple[str, Check]]:
    config = settings.config or Config()
    facts, table = _Facts(config), config.orchestrator
    yield "install", check_install
    yield "llama.cpp", lambda: check_llama(facts.build, facts.gpus)
    yield "models", lambda: check_models(facts.model, facts.memory)
    yield "speed", lambda: check_speed(facts.model, gpu_layers=table.gpu_layers, wanted=with_speed)
    yield "experts", lambda: _endpoints(settings, facts, offline=offline)
    yield "prices", lambda: check_prices(settings.config)
    yield "tools", lambda: check_tools(config.tools)
    yield "folders", check_folders


def _endpoints(settings: Settings, facts: _Facts, *, offline: bool) -> Iterator[Row]:
    """Nothing is asked while it is not known what must not be asked."""
    config, profile = settings.config, settings.profile
    if config is None or profile is None:
        fix = "correct config.toml and profile.toml first, as their rows say"
        yield Row("experts", "experts", Status.SKIPPED, "the settings cannot be read", fix)
        return
    yield from check_endpoints(config, profile, served=facts.model.served, offline=offline)
