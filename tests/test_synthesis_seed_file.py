"""Seeds: what loads, and the one line that says what is wrong with one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthesis_seeds import made_of, seed_of, write_seed

from orchestra_cli.errors import UsageError
from orchestra_cli.synthesis.check import check_seed
from orchestra_cli.synthesis.seed_file import load_seed, seed_paths

BAD = {
    "unknown key": ('title = "A shop"', 'titel = "A shop"', "titel: unknown key: did you mean title"),  # noqa: E501
    "no table": ('row = "orders"', 'row = "ordres"', "intents.call_off.bind.order: there is no table"),  # noqa: E501
    "no tool": (
        '{ name = "cancel", arg',
        '{ name = "cancle", arg',
        "intents.call_off.calls[0]: there is no tool cancle: did you mean cancel?",
    ),
    "no argument": (
        '{ name = "move", arguments = { buyer_id',
        '{ name = "move", arguments = { buyer',
        "move: there is no argument buyer: did you mean buyer_id?",
    ),
    "argument missing": (', town = "$town" }', " }", "move: town is missing: every call needs it"),
    "no binding": ('arguments = { name = "$buyer.name" }', 'arguments = { name = "$byer.name" }',
                   "mentions.buyer.find[0]: there is no name byer: did you mean buyer?"),
    "no mention": ("What does <good> cost?", "What does <god> cost?",
                   "intents.price.instructions[0]: <god>: there is no mention god"),
    "not bound": ("What does <good> cost?", "What does <buyer> pay?",
                  "intents.price.instructions[0]: <buyer>: there is no binding buyer"),
    "no value": ("My new town is {town}.", "My new town is {twon}.",
                 "intents.move.instructions[1]: there is no name twon: did you mean town?"),
    "result of nothing": ('say = ["$sold.price"]', 'say = ["$solt.price"]',
                          "intents.buy.say: there is no name solt: did you mean sold?"),
    "loose tool": ('key = "$good_id", as = "good" }]', 'key = "$godd", as = "good" }]',
                   "tools.get_good: steps.0 (lookup): godd is neither a parameter"),
    "field": ('unique = ["name"]', 'unique = ["nome"]',
              "entries.buyers.unique: nome: there is no field nome: did you mean name?"),
    "drawn later": ('town = { pick = "$towns" }', 'town = { row = "goods" }',
                    "entries.buyers.row.town: is drawn later: put it first"),
    "no words": ('direct = ["the {good.title} {good.id}", "article {good.id}"]\n'
                 'indirect = ["the {good.colour} {good.title}"]\n', "",
                 "mentions.good: has no words: give direct or indirect"),
    "count": ("count = [5, 7]", "count = [7, 5]", "entries.buyers: count is [at least, at most]"),
    "bind": ('bind.town = { pick = "$towns", where = [["$town", "!=", "$buyer.town"]] }\ncalls = [{ name = "move"',  # noqa: E501
             'bind.town = { pik = "$towns" }\ncalls = [{ name = "move"',
             "intents.move.bind.town: says neither which row nor how to draw a value"),
    "nobody writes": ('introductions = ["[Hi|Hello], this is <buyer>.", "<buyer> here."]', "",
                      "introductions: are missing: say who writes"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), BAD.values(), ids=BAD)
def test_a_loose_end_is_one_line_with_file_key_and_fix(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = write_seed(tmp_path, (old, new))
    with pytest.raises(UsageError) as caught:
        load_seed(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert words in message
    assert "\n" not in message


DRAWN = {
    "no list": ('pick = "$towns" }\nblocked', 'pick = "$towns.0" }\nblocked', "is no list"),
    "wrong option": ("{ chance = 0.2 }", "{ chance = 0.2, least = 1 }", "does not take least"),
    "no date": ('"2026-05-31"', '"2026-05-32"', "entries.orders: date = "),
    "too few to draw from": (
        '"red", "blue", "green", "white", "black"',
        '"red"',
        "entries.goods: only 4 rows can be drawn that differ in key and title, colour",
    ),
    "no such row": ('"$row.stock", ">", 0', '"$row.stock", ">", 9', "goods has no such row"),
    "no such field": ("{good.colour} {good.title}", "{good.hue}", "there is no 'hue' in good"),
    "no such result": (
        'say = ["$sold.price"]',
        'say = ["$sold.cost"]',
        "intents.buy.say: $sold.cost",
    ),
    "key of nothing": ('key = "$order.good"', 'key = "$order.godd"', "intents.call_off.bind: key"),
}


@pytest.mark.parametrize(("old", "new", "words"), DRAWN.values(), ids=DRAWN)
def test_what_only_drawing_shows_is_told_as_well(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        made_of(tmp_path, (old, new))
    assert str(tmp_path / "shop.toml") in str(caught.value)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read: No such file"):
        load_seed(tmp_path / "none.toml")


def test_tables_that_are_drawn_stand_beside_fixed_ones(tmp_path: Path) -> None:
    assert seed_of(tmp_path).table_names == ("shelves", "buyers", "goods", "orders")


@pytest.mark.parametrize("path", seed_paths().values(), ids=lambda path: path.stem)
def test_built_in_seeds_are_good(path: Path) -> None:
    seed, lines = load_seed(path), list(check_seed(path))
    assert seed.name == path.stem
    assert "200 of 200 tasks" in lines[0]
    assert not [line for line in lines if "not one task" in line]
    assert sum(bool(intent.cases) for intent in seed.intents.values()) >= 2
    assert len(seed.intents) >= 8
