"""A shop of one customer, three orders and two products, as τ²-bench's retail domain holds them."""

from __future__ import annotations

from tools.base import JsonObject


def variant(item_id: str, price: float, color: str, *, available: bool = True) -> JsonObject:
    return {
        "item_id": item_id,
        "options": {"color": color},
        "available": available,
        "price": price,
    }


def order(order_id: str, status: str, paid_by: str) -> JsonObject:
    item = {"name": "Mug", "product_id": "p1", "item_id": "i1", "price": 10.1, "options": {}}
    return {
        "order_id": order_id,
        "user_id": "kim_1",
        "address": {"zip": "1"},
        "items": [dict(item), dict(item)],
        "status": status,
        "payment_history": [
            {"transaction_type": "payment", "amount": 20.2, "payment_method_id": paid_by}
        ],
    }


SHOP: JsonObject = {
    "products": {
        "p1": {
            "name": "Mug",
            "product_id": "p1",
            "variants": {
                "i1": variant("i1", 10.1, "red"),
                "i2": variant("i2", 12.4, "blue"),
                "i3": variant("i3", 8.0, "green"),
                "i4": variant("i4", 9.0, "grey", available=False),
                "i5": variant("i5", 90.0, "gold"),
            },
        },
        "p2": {"name": "Hat", "product_id": "p2", "variants": {"h1": variant("h1", 5.0, "red")}},
    },
    "users": {
        "kim_1": {
            "user_id": "kim_1",
            "name": {"first_name": "Kim", "last_name": "Lee"},
            "address": {"zip": "10001"},
            "email": "kim@example.com",
            "payment_methods": {
                "card": {"source": "credit_card", "id": "card"},
                "paypal": {"source": "paypal", "id": "paypal"},
                "gift": {"source": "gift_card", "id": "gift", "balance": 21.0},
            },
            "orders": ["#W1", "#W2", "#W3"],
        }
    },
    "orders": {
        "#W1": order("#W1", "pending", "card"),
        "#W2": order("#W2", "delivered", "card"),
        "#W3": order("#W3", "pending", "gift"),
    },
}
ADDRESS = {
    "address1": "1 A St", "address2": "", "city": "X", "state": "NY", "country": "USA", "zip": "2",
}  # fmt: skip
SWAP = {"item_ids": ["i1", "i1"], "new_item_ids": ["i2", "i3"], "payment_method_id": "gift"}
REASON = "ordered by mistake"
