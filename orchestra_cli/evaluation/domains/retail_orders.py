"""The retail domain's orders: who pays, which items they hold, what may replace them.

Rows come from a draft and are changed in place. Amounts are in dollars, rounded to cents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from orchestra_cli.evaluation.domains.database import Draft, Row
from tools.base import ToolError


def order_in(draft: Draft, order_id: str, statuses: set[str]) -> Row:
    """The order, if its status is one of these."""
    order = draft.row("orders", order_id, error=f"there is no order {order_id}")
    if order["status"] not in statuses:
        wanted = " or ".join(sorted(statuses))
        raise ToolError(f"{order_id} is {order['status']}: this needs an order that is {wanted}")
    return order


def method_of(user: Row, payment_method_id: str) -> Row:
    """The user's payment method."""
    methods: dict[str, Row] = user["payment_methods"]
    if payment_method_id not in methods:
        choices = ", ".join(sorted(methods))
        raise ToolError(f"the user has no payment method {payment_method_id}, only {choices}")
    return methods[payment_method_id]


def check_balance(method: Row, amount_usd: float) -> None:
    """A gift card has to hold what is paid from it."""
    if method["source"] == "gift_card" and method["balance"] < amount_usd:
        raise ToolError(f"the gift card holds {method['balance']}: {amount_usd} are needed")


def pay(order: Row, user: Row, payment_method_id: str, amount_usd: float) -> None:
    """From this method, for the order."""
    method = method_of(user, payment_method_id)
    check_balance(method, amount_usd)
    _record(order, method, "payment", amount_usd)


def pay_back(order: Row, user: Row, payment_method_id: str, amount_usd: float) -> None:
    """To this method, for the order."""
    _record(order, method_of(user, payment_method_id), "refund", amount_usd)


def _record(order: Row, method: Row, kind: str, amount_usd: float) -> None:
    """A transaction of the order; a gift card's balance moves at once."""
    order["payment_history"].append(
        {"transaction_type": kind, "amount": amount_usd, "payment_method_id": method["id"]}
    )
    if method["source"] == "gift_card":
        change = amount_usd if kind == "refund" else -amount_usd
        method["balance"] = round(method["balance"] + change, 2)


def items_of(order: Row, item_ids: Sequence[str]) -> list[Row]:
    """The order's items of these ids, each of its items taken once."""
    if not item_ids:
        raise ToolError("no item is named")
    left = list(order["items"])
    taken = []
    for item_id in item_ids:
        item = next((item for item in left if item["item_id"] == item_id), None)
        if item is None:
            asked = Counter(item_ids)[item_id]
            raise ToolError(f"{order['order_id']} does not hold {asked} of item {item_id}")
        left.remove(item)
        taken.append(item)
    return taken


def swaps_of(
    draft: Draft, order: Row, item_ids: Sequence[str], new_item_ids: Sequence[str]
) -> list[tuple[Row, Row]]:
    """(item of the order, available variant of the same product) for each pair of ids."""
    if len(item_ids) != len(new_item_ids):
        raise ToolError(f"{len(item_ids)} items cannot become {len(new_item_ids)}")
    swaps = []
    for item, new_id in zip(items_of(order, item_ids), new_item_ids, strict=True):
        if item["item_id"] == new_id:
            raise ToolError(f"{new_id} would be replaced by itself")
        variant = variant_of(draft, item["product_id"], new_id)
        if not variant["available"]:
            raise ToolError(f"item {new_id} is not available")
        swaps.append((item, variant))
    return swaps


def variant_of(draft: Draft, product_id: str, item_id: str) -> Row:
    """The product's variant with this item id."""
    variants: dict[str, Row] = draft.row("products", product_id)["variants"]
    if item_id not in variants:
        raise ToolError(f"product {product_id} has no item {item_id}")
    return variants[item_id]


def due_usd(swaps: Sequence[tuple[Row, Row]]) -> float:
    """Dollars to be paid; below 0 they are refunded."""
    due: float = sum(variant["price"] - item["price"] for item, variant in swaps)
    return round(due, 2)
