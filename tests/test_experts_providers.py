"""providers.toml: what every table of it must keep."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from orchestra_cli.experts.providers import HostedModel, load_providers, parse_providers
from tools.price_book import look_up

PROVIDERS = load_providers()
MODELS = [(key, m) for key, provider in PROVIDERS.hosted.items() for m in provider.models]
UNPRICED = {"nvidia"}
"""The price book has no entry for them."""


def test_every_provider_of_the_promise_is_there() -> None:
    promised = "openai anthropic google openrouter together groq mistral deepseek nvidia"
    assert set(PROVIDERS.hosted) == set(promised.split())
    assert set(PROVIDERS.local) == {"ollama", "lm-studio", "llama-server", "vllm"}


@pytest.mark.parametrize("key", PROVIDERS.hosted)
def test_keys_go_only_to_encrypted_addresses(key: str) -> None:
    assert PROVIDERS.hosted[key].base_url.startswith("https://")


@pytest.mark.parametrize("key", PROVIDERS.local)
def test_local_servers_are_on_this_machine(key: str) -> None:
    assert re.match(r"http://127\.0\.0\.1:\d+/v1$", PROVIDERS.local[key].base_url)


def test_no_two_programs_share_an_address_or_a_sign() -> None:
    programs = PROVIDERS.local.values()
    assert len({program.base_url for program in programs}) == len(programs)
    assert len({program.owned_by for program in programs}) == len(programs)


@pytest.mark.parametrize("key", PROVIDERS.hosted)
def test_each_provider_alone_fills_every_role(key: str) -> None:
    roles = {role for model in PROVIDERS.hosted[key].models for role in model.roles}
    assert roles == {"search", "reason", "answer", "answer-math"}


@pytest.mark.parametrize(("key", "model"), MODELS, ids=[m.model for _, m in MODELS])
def test_the_price_book_knows_the_models(key: str, model: HostedModel) -> None:
    price = look_up(model.model, PROVIDERS.hosted[key].base_url)
    assert (price is None) == (key in UNPRICED)


def test_a_searcher_costs_no_more_than_a_reasoner() -> None:
    for key, provider in PROVIDERS.hosted.items():
        prices = {
            role: look_up(model.model, provider.base_url)
            for model in provider.models
            for role in model.roles
        }
        if key not in UNPRICED:
            search, reason = prices["search"], prices["reason"]
            assert search is not None
            assert reason is not None
            assert search.output_usd_per_mtok <= reason.output_usd_per_mtok


def test_an_unknown_key_is_an_error() -> None:
    text = 'known_as_of = "2026-11"\nnot_chat = []\nnot_local = []\n[hosted]\n[local]\n'
    assert parse_providers(text).hosted == {}
    with pytest.raises(ValidationError, match="nonsense"):
        parse_providers("nonsense = 1\n" + text)
