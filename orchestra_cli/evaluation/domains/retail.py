"""The retail domain of τ²-bench: what its policy says of orders, as code.

`retail.toml` declares the tools. Amounts are in dollars and rounded to cents. Lists of
item ids are kept sorted, so that their order in a call does not make another database.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any

from orchestra_cli.evaluation.domains.arithmetic import evaluate
from orchestra_cli.evaluation.domains.database import Draft, Row, Tables
from orchestra_cli.evaluation.domains.domain import Domain
from orchestra_cli.evaluation.domains.domain_file import load_domain
from orchestra_cli.evaluation.domains.retail_orders import (
    check_balance,
    due_usd,
    items_of,
    method_of,
    order_in,
    pay,
    pay_back,
    swaps_of,
    variant_of,
)
from tools.base import ToolError

PENDING = "pending"
MODIFIED = "pending (items modified)"


def load_retail(tables: Tables, *, policy: str = "") -> Domain:
    """The domain over a database of users, products and orders."""
    with resources.as_file(resources.files(__package__).joinpath("retail.toml")) as path:
        return load_domain(Path(path), functions=FUNCTIONS, tables=tables, policy=policy)


def find_user_id_by_name_zip(draft: Draft, *, first_name: str, last_name: str, zip: str) -> str:
    """Whatever the case of the letters."""
    wanted = (first_name.casefold(), last_name.casefold(), zip)
    for user_id, user in draft.scan("users"):
        name = user["name"]
        named = (name["first_name"].casefold(), name["last_name"].casefold())
        if (*named, user["address"]["zip"]) == wanted:
            draft.row("users", user_id)
            return user_id
    raise ToolError(f"no user is called {first_name} {last_name} in zip code {zip}")


def list_all_product_types(draft: Draft) -> dict[str, str]:
    """By name, in the order of the alphabet."""
    return dict(sorted((row["name"], row["product_id"]) for _, row in draft.scan("products")))


def get_item_details(draft: Draft, *, item_id: str) -> Row:
    """The variant, wherever it is."""
    for product_id, product in draft.scan("products"):
        if item_id in product["variants"]:
            return variant_of(draft, product_id, item_id)
    raise ToolError(f"there is no item {item_id}")


def calculate(draft: Draft, *, expression: str) -> str:
    """To two decimals."""
    if not re.fullmatch(r"[0-9+\-*/(). ]{1,200}", expression):
        raise ToolError("an expression holds numbers, + - * / and parentheses, nothing else")
    return str(round(evaluate(expression), 2))


def cancel_pending_order(draft: Draft, *, order_id: str, reason: str) -> Row:
    """Every payment is refunded to where it came from; a gift card has it at once."""
    order = order_in(draft, order_id, {PENDING})
    user = draft.row("users", order["user_id"])
    for payment in list(order["payment_history"]):
        pay_back(order, user, payment["payment_method_id"], payment["amount"])
    order |= {"status": "cancelled", "cancel_reason": reason}
    return order


def modify_pending_order_address(draft: Draft, *, order_id: str, **address: str) -> Row:
    """Items that were modified before do not stand in the way."""
    order = order_in(draft, order_id, {PENDING, MODIFIED})
    order["address"] = address
    return order


def modify_pending_order_payment(draft: Draft, *, order_id: str, payment_method_id: str) -> Row:
    """The whole amount moves from the first method to the new one."""
    order = order_in(draft, order_id, {PENDING, MODIFIED})
    user = draft.row("users", order["user_id"])
    payments = order["payment_history"]
    if len(payments) != 1 or payments[0]["transaction_type"] != "payment":
        raise ToolError(f"{order_id} has not been paid in a single payment: it cannot be changed")
    old, amount = payments[0]["payment_method_id"], payments[0]["amount"]
    if payment_method_id == old:
        raise ToolError(f"{order_id} is paid by {old} already: choose another payment method")
    pay(order, user, payment_method_id, amount)
    pay_back(order, user, old, amount)
    return order


def modify_pending_order_items(
    draft: Draft,
    *,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> Row:
    """The order can be neither modified nor cancelled after that."""
    order = order_in(draft, order_id, {PENDING})
    user = draft.row("users", order["user_id"])
    swaps = swaps_of(draft, order, item_ids, new_item_ids)
    due = due_usd(swaps)
    if due > 0:
        pay(order, user, payment_method_id, due)
    elif due < 0:
        pay_back(order, user, payment_method_id, -due)
    else:
        method_of(user, payment_method_id)
    for item, variant in swaps:
        item |= {key: variant[key] for key in ("item_id", "price", "options")}
    order["status"] = MODIFIED
    return order


def return_delivered_order_items(
    draft: Draft, *, order_id: str, item_ids: list[str], payment_method_id: str
) -> Row:
    """Refunded to the original payment method or a gift card."""
    order = order_in(draft, order_id, {"delivered"})
    method = method_of(draft.row("users", order["user_id"]), payment_method_id)
    original = order["payment_history"][0]["payment_method_id"]
    if payment_method_id != original and method["source"] != "gift_card":
        raise ToolError(f"the refund goes to {original} or to a gift card, not {payment_method_id}")
    items_of(order, item_ids)
    order |= {
        "status": "return requested",
        "return_items": sorted(item_ids),
        "return_payment_method_id": payment_method_id,
    }
    return order


def exchange_delivered_order_items(
    draft: Draft,
    *,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> Row:
    """The difference in price is settled when the items are back."""
    order = order_in(draft, order_id, {"delivered"})
    due = due_usd(swaps_of(draft, order, item_ids, new_item_ids))
    method = method_of(draft.row("users", order["user_id"]), payment_method_id)
    check_balance(method, due)
    order |= {
        "status": "exchange requested",
        "exchange_items": sorted(item_ids),
        "exchange_new_items": sorted(new_item_ids),
        "exchange_payment_method_id": payment_method_id,
        "exchange_price_difference": due,
    }
    return order


FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        find_user_id_by_name_zip,
        list_all_product_types,
        get_item_details,
        calculate,
        cancel_pending_order,
        modify_pending_order_address,
        modify_pending_order_payment,
        modify_pending_order_items,
        return_delivered_order_items,
        exchange_delivered_order_items,
    )
}
