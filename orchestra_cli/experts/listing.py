"""The configured experts as `orchestra experts list` tells of them. No key is needed to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from orchestra_cli.config import ExpertTable, read_key
from orchestra_cli.errors import ConfigError
from orchestra_cli.experts.cards import MeasuredCard
from orchestra_cli.experts.configured import expert_card, expert_endpoint
from orchestra_cli.experts.experience import Experience, described, measured_latency_s
from orchestra_cli.experts.history import Figures
from tools.base import JsonObject
from tools.experts import ExpertCard


@dataclass(frozen=True, slots=True)
class Listed:
    """All that there is to say of one expert."""

    card: ExpertCard
    address: str
    key_variable: str | None
    key_is_set: bool
    figures: Figures | None
    measured: MeasuredCard | None

    @property
    def latency(self) -> tuple[float | None, str | None]:
        """Seconds a call, and who says so."""
        if (seconds := measured_latency_s(measured=None, figures=self.figures)) is not None:
            return seconds, "history"
        if self.measured and self.measured.latency_s is not None:
            return self.measured.latency_s, "card"
        return self.card.latency_s, None if self.card.latency_s is None else "config.toml"

    def to_json(self) -> JsonObject:
        """An element of `experts list --json`."""
        card, price = self.card, self.card.price
        latency_s, latency_source = self.latency
        known = described(card, measured=self.measured, figures=self.figures)
        return {
            "name": card.name,
            "model": card.model,
            "roles": sorted(card.roles),
            "address": self.address,
            "leaves_machine": card.leaves_machine,
            "api_key_env": self.key_variable,
            "key_is_set": self.key_is_set,
            "price_in_usd_per_mtok": None if price is None else price.input_usd_per_mtok,
            "price_out_usd_per_mtok": None if price is None else price.output_usd_per_mtok,
            "price_source": None if price is None else price.source,
            "latency_s": latency_s,
            "latency_source": latency_source,
            "skills": card.skills,
            "description": known.skills,
            "history": None if self.figures is None else asdict(self.figures),
            "card": None if self.measured is None else card_to_json(self.measured),
        }


def list_experts(tables: Mapping[str, ExpertTable], experience: Experience) -> list[Listed]:
    """Every expert of config.toml, in its order. Raises `ConfigError` for an unusable address."""
    return [_listed(name, table, experience) for name, table in tables.items()]


def card_to_json(measured: MeasuredCard) -> JsonObject:
    """A measured card, its scores spelt out and its text with them."""
    scores = {name: {"right": right, "of": of} for name, (right, of) in measured.scores.items()}
    return asdict(measured) | {"scores": scores, "text": measured.text}


def render_listed(expert: Listed) -> Iterator[str]:
    """A few lines: what the user has configured, and what was found out."""
    card = expert.card
    where = "off this machine" if card.leaves_machine else "this machine"
    yield f"{card.name}: {card.model} at {expert.address}, {where}"
    yield f"  roles    {', '.join(sorted(card.roles))}"
    if expert.key_variable is not None:
        state = "set" if expert.key_is_set else "not set: export it"
        yield f"  key      {expert.key_variable} is {state}"
    yield f"  price    {_price(card)}"
    yield f"  latency  {_latency(expert)}"
    yield f"  success  {_success(expert)}"
    if card.skills:
        yield f"  skills   {' '.join(card.skills.split())}"


def _listed(name: str, table: ExpertTable, experience: Experience) -> Listed:
    endpoint = expert_endpoint(name, table)
    card = expert_card(name, table, leaves_machine=not endpoint.is_loopback)
    figures, measured = experience.of(card)
    key_is_set = table.api_key_env is not None and _is_set(table.api_key_env)
    return Listed(card, endpoint.address, table.api_key_env, key_is_set, figures, measured)


def _is_set(variable: str) -> bool:
    try:
        return bool(read_key(variable, needed_by=variable))
    except ConfigError:
        return False


def _price(card: ExpertCard) -> str:
    if card.price is None:
        return "? in, ? out per million tokens"
    price_in, price_out = card.price.input_usd_per_mtok, card.price.output_usd_per_mtok
    return f"${price_in:g} in, ${price_out:g} out per million tokens ({card.price.source})"


def _latency(expert: Listed) -> str:
    seconds, source = expert.latency
    failures = ""
    if expert.figures and expert.figures.failures:
        failures = f"; {expert.figures.failures} of the last {expert.figures.calls} calls failed"
    if seconds is None:
        return f"?{failures}"
    sources = {"history": "your own calls", "card": "measured for the card"}
    return f"{seconds:.2g} s ({sources.get(source or '', source)}){failures}"


def _success(expert: Listed) -> str:
    if expert.measured is None:
        return f"not measured: orchestra experts cards {expert.card.name}"
    lost = f"; {expert.measured.unreached} not answered" if expert.measured.unreached else ""
    return f"{expert.measured.text or 'no answer yet'}{lost} (measured {expert.measured.day})"
