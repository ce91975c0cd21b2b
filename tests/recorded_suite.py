"""A made-up suite of recorded outcomes, as files: what the tests of evaluation run on."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

DOMAINS = {
    "algebra": "equation root polynomial factor",
    "history": "king treaty empire century",
    "botany": "leaf root petal seed",
}
RIGHT = {
    # by domain, in the order of DOMAINS
    "small": (0.3, 0.4, 0.5),
    "botanist": (0.2, 0.3, 0.95),
    "middle": (0.6, 0.7, 0.6),
    "large": (0.9, 0.85, 0.7),
}
PRICES = {"small": 0.1, "botanist": 0.5, "middle": 1.0, "large": 10.0}
LETTERS = "ABCD"
SUITE = """
title = "Made up"
records = "made_up.jsonl.gz"
judge = "choice"
notes = ["nothing here was ever asked of anybody"]
[price_lists]
"made-up" = "made up for the tests, 2026-11-22"
"""


def write_suite(folder: Path, *, num_tasks: int = 120, unseen: bool = False, **fields: Any) -> Path:
    """A suite's .toml beside its records. `fields` go over each outcome: None leaves one out."""
    rows = [_row(number, fields) for number in range(num_tasks)]
    with gzip.open(folder / "made_up.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    tables = [SUITE, *(_table("experts", name) for name in ("small", "middle", "large"))]
    if unseen:
        tables.append(_table("unseen_experts", "botanist"))
        tables.append(
            "[unseen_prices.large]\ninput_usd_per_mtok = 0.1\noutput_usd_per_mtok = 0.1\n"
            'price_list = "made-up"\n'
        )
    else:
        tables.append(_table("experts", "botanist"))
    path = folder / "made-up.toml"
    path.write_text("\n".join(tables), encoding="utf-8")
    return path


def _table(kind: str, name: str) -> str:
    price = PRICES[name]
    return (
        f'[{kind}.{name}]\nrecord = "{name}-model"\ninput_usd_per_mtok = {price}\n'
        f'output_usd_per_mtok = {price}\nprice_list = "made-up"\n'
    )


def _row(number: int, fields: dict[str, Any]) -> dict[str, Any]:
    chance = random.Random(number)
    place, domain = number % len(DOMAINS), list(DOMAINS)[number % len(DOMAINS)]
    words = DOMAINS[domain].split()
    golden = chance.choice(LETTERS)
    models: dict[str, Any] = {}
    for name, shares in RIGHT.items():
        is_right = chance.random() < shares[place]
        wrong = chance.choice([letter for letter in LETTERS if letter != golden])
        outcome = {
            "correct": int(is_right),
            "pred": golden if is_right else wrong,
            "output_chars": chance.randint(100, 400),
            **fields,
        }
        models[f"{name}-model"] = {
            key: value for key, value in outcome.items() if value is not None
        }
    split = ("train", "train", "train", "dev", "test")[number // len(DOMAINS) % 5]
    return {
        "id": f"made-up-{number}",
        "question": f"Number {number}: which {' '.join(chance.choices(words, k=5))}?",
        "options": [f"the {chance.choice(words)} {letter}" for letter in LETTERS],
        "answer": golden,
        "domain": domain,
        "split": split,
        "models": models,
    }
