"""Keeps keys out of the report, whoever would put them there: a server, an exception, a slip.

Every row passes through a `Redactor` before it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

from orchestra_cli.config import Config

_HIDDEN = "***"
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_SECRET_VARIABLE = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD)$", re.IGNORECASE)
_ADDRESS_VARIABLE = re.compile(r"_(PROXY|URL|HOST|ENDPOINT)$", re.IGNORECASE)
_KEY_SHAPES = re.compile(
    r"\b(?:sk-|gsk_|xai-|tvly-|nvapi-|AIza|hf_|tgp_v1_|pk-|BSA)[A-Za-z0-9_\-]{12,}"
)
"""Keys as providers make them: one may have been pasted into a file where it has no place."""
_MIN_NAMED_CHARS = 3
_MIN_GUESSED_CHARS = 8


class Redactor:
    """Replaces secrets in text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for each in secrets for form in (each, " ".join(each.split())) if form}
        self._secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _KEY_SHAPES.sub(_HIDDEN, text)


def is_variable_name(name: str, environment: Mapping[str, str]) -> bool:
    """Whether this names an environment variable, and is not a key put in its place."""
    return name in environment or _VARIABLE.fullmatch(name) is not None


def find_secrets(config: Config | None, environment: Mapping[str, str]) -> set[str]:
    """The keys that the settings name, and whatever else the environment calls a secret."""
    secrets = {
        value.strip()
        for name, value in environment.items()
        if _SECRET_VARIABLE.search(name) and len(value.strip()) >= _MIN_GUESSED_CHARS
    }
    addresses = [value for name, value in environment.items() if _ADDRESS_VARIABLE.search(name)]
    if config is not None:
        for name in _key_names(config):
            value = environment.get(name, "").strip()
            if len(value) >= _MIN_NAMED_CHARS:
                secrets.add(value)
            if not is_variable_name(name, environment):
                secrets.add(name)
        addresses += _addresses(config)
    return secrets | {part for address in addresses for part in _password(address)}


def _key_names(config: Config) -> Iterator[str]:
    names = [config.orchestrator.api_key_env, config.tools.web_search.api_key_env]
    names += [table.api_key_env for table in config.experts.values()]
    yield from filter(None, names)


def _addresses(config: Config) -> list[str]:
    tables = config.experts.values()
    found = [table.base_url for table in tables] + [config.orchestrator.model]
    return [*found, config.tools.web_search.base_url or ""]


def _password(address: str) -> Iterator[str]:
    """`https://user:password@host`, as it stands there and as it is sent."""
    try:
        password = urlsplit(address).password
    except ValueError:
        return
    if password and len(password) >= _MIN_NAMED_CHARS:
        yield from (password, unquote(password))
