"""[experts.NAME] of config.toml becomes an expert that can be called.

A price is the table's own, else the price book's for that address and model, else nothing where the
model runs on this machine; otherwise it is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestra_cli.config import ConfiguredPrice, ExpertTable, config_path, read_key
from orchestra_cli.errors import ConfigError
from tools.experts import ExpertCard
from tools.prices import FREE, FlatPrice, Price

if TYPE_CHECKING:
    from tools.endpoint import Endpoint
    from tools.endpoint_expert import EndpointExpert


def build_expert(name: str, table: ExpertTable) -> EndpointExpert:
    """The expert, its key read from the environment. Raises `ConfigError`."""
    from tools.endpoint_expert import EndpointExpert

    key = read_key(table.api_key_env, needed_by=f"[experts.{name}] api_key_env")
    endpoint = expert_endpoint(name, table, key)
    card = expert_card(name, table, leaves_machine=not endpoint.is_loopback)
    return EndpointExpert(card, endpoint, max_concurrent=table.max_concurrent)


def expert_card(name: str, table: ExpertTable, *, leaves_machine: bool) -> ExpertCard:
    """What the file says of the expert, and the price book."""
    return ExpertCard(
        name=name,
        model=table.model,
        roles=frozenset(table.roles),
        skills=table.skills,
        price=price_of(table, table.model, table.base_url, leaves_machine=leaves_machine),
        latency_s=table.latency_s,
        success_rate=table.success_rate,
        leaves_machine=leaves_machine,
        max_tokens=table.max_tokens,
    )


def expert_endpoint(name: str, table: ExpertTable, key: str | None = None) -> Endpoint:
    """The address; without a key it can be looked at, not called. Raises `ConfigError`."""
    from tools.endpoint import Endpoint
    from tools.endpoint_errors import EndpointError

    try:
        return Endpoint(table.base_url, table.model, key, api_key_env=table.api_key_env)
    except EndpointError as error:
        raise ConfigError(f"{config_path()}: [experts.{name}]: {error}") from None


def price_of(
    table: ConfiguredPrice, model: str, base_url: str, *, leaves_machine: bool
) -> Price | None:
    """Dollars for the tokens of that model; None where they are not known."""
    price_in, price_out = table.price_in_usd_per_mtok, table.price_out_usd_per_mtok
    if price_in is not None and price_out is not None:
        return FlatPrice(price_in, price_out, table.price_cached_in_usd_per_mtok)
    if not leaves_machine:
        return FREE
    from tools.price_book import look_up

    return look_up(model, base_url)
