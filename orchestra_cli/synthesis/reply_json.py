"""The JSON list in a model's reply, which may stand in a fence or after some words."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

_MOST_TRIES = 20
"""A reply of brackets alone must not take for ever."""


def json_list(reply: str) -> list[Any] | None:
    """The first list that is whole; None where there is none."""
    decoder = json.JSONDecoder()
    for found in islice(re.finditer(r"\[", reply), _MOST_TRIES):
        try:
            value, _ = decoder.raw_decode(reply, found.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, list):
            return value
    return None
