"""Checks of prices: the book's age, and whether each expert's price is known, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from orchestra_cli.config import Config, ExpertTable
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ConfigError

GROUP = "prices"
_OLD_DAYS = 120


def check_prices(config: Config | None) -> Iterator[Row]:
    """The book, then a row for each expert."""
    from tools.price_book import describe, newest_change

    yield advise_book(describe(), newest_change(), today=datetime.now(UTC).date())
    for name, table in (config.experts if config else {}).items():
        yield _price(name, table)


def advise_book(description: str, newest: date | None, *, today: date) -> Row:
    """Old prices are wrong prices. The book's own date is not known: it is at least this new."""
    fix = "`pip install --upgrade genai-prices`; prices in config.toml override the book's"
    if newest is None:
        return Row(GROUP, "price book", Status.WARNING, f"{description}: of unknown age", fix)
    days = (today - newest).days
    found, figures = f"{description}, {days} days ago", {"age_days": float(days)}
    if days > _OLD_DAYS:
        return Row(GROUP, "price book", Status.WARNING, f"{found}: old", fix, figures=figures)
    return Row(GROUP, "price book", Status.OK, found, figures=figures)


def _price(name: str, table: ExpertTable) -> Row:
    from orchestra_cli.experts.configured import expert_endpoint, price_of
    from orchestra_cli.experts.starter_config import price_words

    try:
        leaves = not expert_endpoint(name, table).is_loopback
    except ConfigError:
        fix = "correct its address first, as its row under experts says"
        return Row(GROUP, name, Status.SKIPPED, "its address cannot be used", fix)
    price = price_of(table, table.model, table.base_url, leaves_machine=leaves)
    if price is None:
        fix = (
            f"set price_in_usd_per_mtok and price_out_usd_per_mtok under [experts.{name}] "
            "in config.toml"
        )
        found = f"{table.model}: not known: it prints as ? and is refused under a cost cap"
        return Row(GROUP, name, Status.WARNING, found, fix)
    return Row(GROUP, name, Status.OK, f"{price_words(price)} ({price.source})")
