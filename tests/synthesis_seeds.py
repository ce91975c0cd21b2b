"""A small seed with everything in it that a seed can have, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path

from orchestra_cli.synthesis.generating import Made, generate
from orchestra_cli.synthesis.seed_file import SeedFile, load_seed

SHOP = """
name = "shop"
title = "A shop"
policy = "Amounts are in dollars. A buyer who is blocked cannot order."
who = "buyer"
introductions = ["[Hi|Hello], this is <buyer>.", "<buyer> here."]
closings = ["", "Thanks!"]
asides = ["It is raining here."]

[words]
towns = ["Ashby", "Brook", "Corley"]

[tables.shelves.top]
id = "top"
place = "left wall"

[entries.buyers]
count = [5, 7]
key = "C-###"
unique = ["name"]
[entries.buyers.row]
id = "$key"
name = { pick = "$first_names" }
town = { pick = "$towns" }
blocked = { chance = 0.2 }
[entries.goods]
count = [6, 8]
key = "G@@"
unique = ["title", "colour"]
lookalike = ["title"]
[entries.goods.row]
id = "$key"
title = { pick = ["lamp", "chair", "table", "clock"] }
colour = { pick = ["red", "blue", "green", "white", "black"] }
price = { number = [1.5, 90] }
stock = { pick = [0, 1, 5] }

[entries.orders]
count = [5, 9]
key = "{buyer}:{good}"
[entries.orders.row]
buyer = { row = "buyers" }
good = { row = "goods", where = [["$row.stock", ">", 0]] }
day = { date = ["2026-05-01", "2026-05-31"] }

[[tools]]
name = "find_buyer"
description = "A buyer by name."
parameters.name = { type = "string" }
steps = [{ do = "find", table = "buyers", where = [["$row.name", "=", "$name"]], as = "found", error = "nobody" }]
result = "$found"

[[tools]]
name = "find_goods"
description = "Goods by their title."
parameters.title = { type = "string" }
steps = [{ do = "find", table = "goods", where = [["$row.title", "=", "$title"]], as = "found" }]
result = "$found"

[[tools]]
name = "get_good"
description = "A good by id."
parameters.good_id = { type = "string" }
steps = [{ do = "lookup", table = "goods", key = "$good_id", as = "good" }]
result = "$good"

[[tools]]
name = "order"
description = "Order a good."
parameters = { buyer_id = { type = "string" }, good_id = { type = "string" } }
steps = [
  { do = "lookup", table = "buyers", key = "$buyer_id", as = "buyer" },
  { do = "lookup", table = "goods", key = "$good_id", as = "good" },
  { do = "require", that = ["$buyer.blocked", "=", false], error = "blocked" },
  { do = "require", that = ["$good.stock", ">", 0], error = "none left" },
  { do = "set", at = "$good.stock", to = { "$subtract" = ["$good.stock", 1] } },
  { do = "insert", table = "orders", key = "{buyer_id}:{good_id}", row = { buyer = "$buyer_id", good = "$good_id", day = "2026-06-01" }, error = "ordered already" },
]
result = { price = "$good.price" }

[[tools]]
name = "cancel"
description = "Cancel an order."
parameters = { buyer_id = { type = "string" }, good_id = { type = "string" } }
steps = [{ do = "delete", table = "orders", key = "{buyer_id}:{good_id}" }]

[[tools]]
name = "move"
description = "Note where a buyer lives now."
parameters = { buyer_id = { type = "string" }, town = { type = "string" } }
steps = [
  { do = "lookup", table = "buyers", key = "$buyer_id", as = "buyer" },
  { do = "set", at = "$buyer.town", to = "$town" },
]

[mentions.buyer]
direct = ["{buyer.name} ({buyer.id})", "customer {buyer.id}"]
indirect = ["{buyer.name}"]
find = [{ name = "find_buyer", arguments = { name = "$buyer.name" } }]
[mentions.good]
direct = ["the {good.title} {good.id}", "article {good.id}"]
indirect = ["the {good.colour} {good.title}"]
find = [{ name = "find_goods", arguments = { title = "$good.title" } }]

[intents.buy]
bind.buyer = { row = "buyers", where = [["$buyer.blocked", "=", false]] }
bind.good = { row = "goods", where = [["$good.stock", ">", 0]] }
calls = [{ name = "order", arguments = { buyer_id = "$buyer.id", good_id = "$good.id" }, as = "sold" }]
say = ["$sold.price"]
instructions = ["[I want|I'd like] <good>. What does it cost?", "Order <good> for me and name the price."]

[intents.call_off]
bind.buyer = { row = "buyers" }
bind.order = { row = "orders", where = [["$order.buyer", "=", "$buyer.id"]] }
bind.good = { row = "goods", key = "$order.good" }
calls = [{ name = "cancel", arguments = { buyer_id = "$buyer.id", good_id = "$good.id" } }]
instructions = ["Cancel my order of <good>.", "I no longer want <good>: take it off my orders."]

[intents.move]
bind.buyer = { row = "buyers" }
bind.town = { pick = "$towns", where = [["$town", "!=", "$buyer.town"]] }
calls = [{ name = "move", arguments = { buyer_id = "$buyer.id", town = "$town" } }]
instructions = ["I live in {town} now: note that.", "My new town is {town}."]

[intents.price]
bind.good = { row = "goods" }
calls = [{ name = "get_good", arguments = { good_id = "$good.id" } }]
say = ["$good.price"]
instructions = ["What does <good> cost?", "Tell me the price of <good>."]

[intents.buy_or_move]
bind.buyer = { row = "buyers", where = [["$buyer.blocked", "=", false]] }
bind.good = { row = "goods" }
bind.town = { pick = "$towns", where = [["$town", "!=", "$buyer.town"]] }
calls = [{ name = "get_good", arguments = { good_id = "$good.id" } }]
instructions = ["Order <good> if it is there; if not, note that I live in {town} now."]
[[intents.buy_or_move.cases]]
when = [["$good.stock", ">", 0]]
calls = [{ name = "order", arguments = { buyer_id = "$buyer.id", good_id = "$good.id" } }]
[[intents.buy_or_move.cases]]
calls = [{ name = "move", arguments = { buyer_id = "$buyer.id", town = "$town" } }]
"""  # noqa: E501


def write_seed(folder: Path, *changes: tuple[str, str], name: str = "shop") -> Path:
    """The seed's file, with each first text replaced by the second."""
    text = SHOP.replace('name = "shop"', f'name = "{name}"')
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def seed_of(folder: Path, *changes: tuple[str, str]) -> SeedFile:
    """The seed."""
    return load_seed(write_seed(folder, *changes))


def made_of(folder: Path, *changes: tuple[str, str], num_tasks: int = 60) -> Made:
    """What the generators make of it."""
    path = write_seed(folder, *changes)
    return generate(load_seed(path), num_tasks, seed_number=0, where=str(path))
