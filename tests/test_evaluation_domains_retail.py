"""The retail tools on a small shop: what the policy allows, and what each call leaves."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retail_shop import ADDRESS, REASON, SHOP, SWAP

from orchestra_cli.evaluation.domains.domain import Domain, Session
from orchestra_cli.evaluation.domains.retail import load_retail
from tools.base import JsonObject, ToolCall, ToolError


@pytest.fixture(scope="module")
def shop() -> Domain:
    return load_retail(copy.deepcopy(SHOP), policy="Be kind.")


def do(shop: Domain, *calls: tuple[str, JsonObject]) -> Session:
    session = shop.open()
    for name, arguments in calls:
        session.call(ToolCall(name, arguments))
    return session


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("find_user_id_by_email", {"email": "kim@example.com"}, "kim_1"),
        (
            "find_user_id_by_name_zip",
            {"first_name": "kim", "last_name": "LEE", "zip": "10001"},
            "kim_1",
        ),
        ("list_all_product_types", {}, '{"Hat": "p2", "Mug": "p1"}'),
        ("calculate", {"expression": "(2.5 + 3) * -4 / 3"}, "-7.33"),
        ("transfer_to_human_agents", {"summary": "s"}, "the user is handed over"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else None,
)
def test_what_is_read(shop: Domain, name: str, arguments: JsonObject, text: str) -> None:
    assert shop.open().call(ToolCall(name, arguments)) == text
    assert shop.policy == "Be kind."


def test_details_touch_what_they_show(shop: Domain) -> None:
    session = do(
        shop,
        ("get_user_details", {"user_id": "kim_1"}),
        ("get_order_details", {"order_id": "#W1"}),
        ("get_item_details", {"item_id": "h1"}),
        ("get_product_details", {"product_id": "p1"}),
    )
    assert session.touched == {
        ("users", "kim_1"), ("orders", "#W1"), ("products", "p1"), ("products", "p2"),
    }  # fmt: skip
    assert session.database == shop.database


def test_cancelling_pays_back_and_fills_the_gift_card(shop: Domain) -> None:
    cancel: JsonObject = {"order_id": "#W3", "reason": "no longer needed"}
    session = do(shop, ("cancel_pending_order", cancel))
    cancelled = session.database["orders"]["#W3"]
    assert (cancelled["status"], cancelled["cancel_reason"]) == ("cancelled", "no longer needed")
    assert cancelled["payment_history"][1] == {
        "transaction_type": "refund", "amount": 20.2, "payment_method_id": "gift",
    }  # fmt: skip
    assert session.database["users"]["kim_1"]["payment_methods"]["gift"]["balance"] == 41.2
    assert shop.database == SHOP


def test_modified_items_cost_the_difference_and_leave_the_address_open(shop: Domain) -> None:
    session = do(
        shop,
        ("modify_pending_order_items", {"order_id": "#W1", **SWAP}),
        ("modify_pending_order_address", {"order_id": "#W1", **ADDRESS}),
    )
    modified = session.database["orders"]["#W1"]
    assert modified["status"] == "pending (items modified)" and modified["address"] == ADDRESS
    assert [item["item_id"] for item in modified["items"]] == ["i2", "i3"]
    assert [item["options"]["color"] for item in modified["items"]] == ["blue", "green"]
    assert modified["payment_history"][1]["amount"] == 0.2  # 12.4 + 8.0 - 2 × 10.1
    assert session.database["users"]["kim_1"]["payment_methods"]["gift"]["balance"] == 20.8
    with pytest.raises(ToolError, match=r"#W1 is pending \(items modified\)"):
        session.call(ToolCall("cancel_pending_order", {"order_id": "#W1", "reason": REASON}))


def test_a_payment_moves_to_another_method(shop: Domain) -> None:
    payment: JsonObject = {"order_id": "#W1", "payment_method_id": "gift"}
    session = do(shop, ("modify_pending_order_payment", payment))
    kinds = [p["transaction_type"] for p in session.database["orders"]["#W1"]["payment_history"]]
    assert kinds == ["payment", "payment", "refund"]
    assert session.database["users"]["kim_1"]["payment_methods"]["gift"]["balance"] == 0.8


def test_delivered_items_go_back_or_are_exchanged(shop: Domain) -> None:
    back: JsonObject = {"order_id": "#W2", "item_ids": ["i1"], "payment_method_id": "gift"}
    returned = do(shop, ("return_delivered_order_items", back)).database["orders"]["#W2"]
    assert (returned["status"], returned["return_items"]) == ("return requested", ["i1"])
    swap = SWAP | {"order_id": "#W2", "new_item_ids": ["i3", "i2"]}
    exchanged = do(shop, ("exchange_delivered_order_items", swap)).database["orders"]["#W2"]
    assert exchanged["status"] == "exchange requested"
    assert exchanged["exchange_new_items"] == ["i2", "i3"], "in whatever order they were named"
    assert exchanged["exchange_price_difference"] == 0.2


RETURN: dict[str, Any] = {"order_id": "#W2", "item_ids": ["i1"], "payment_method_id": "card"}


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("cancel_pending_order", {"order_id": "#W2", "reason": REASON}, "#W2 is delivered"),
        ("cancel_pending_order", {"order_id": "W1", "reason": REASON}, "there is no order W1"),
        ("cancel_pending_order", {"order_id": "#W1", "reason": "bored"}, "'bored' is not one of"),
        ("return_delivered_order_items", RETURN | {"payment_method_id": "paypal"}, "goes to card"),
        ("return_delivered_order_items", RETURN | {"item_ids": ["i1"] * 3}, "not hold 3 of item i"),
        ("return_delivered_order_items", RETURN | {"item_ids": []}, "no item is named"),
        ("return_delivered_order_items", RETURN | {"order_id": "#W1"}, "#W1 is pending"),
        ("exchange_delivered_order_items", {"new_item_ids": ["i2"]}, "2 items cannot become 1"),
        ("exchange_delivered_order_items", {"new_item_ids": ["i2", "i4"]}, "i4 is not available"),
        ("exchange_delivered_order_items", {"new_item_ids": ["i2", "h1"]}, "p1 has no item h1"),
        ("exchange_delivered_order_items", {"new_item_ids": ["i2", "i1"]}, "replaced by itself"),
        ("exchange_delivered_order_items", {"new_item_ids": ["i5", "i5"]}, "gift card holds 21"),
        ("exchange_delivered_order_items", {"payment_method_id": "x"}, "no payment method x"),
        (
            "modify_pending_order_payment",
            {"order_id": "#W1", "payment_method_id": "card"},
            "by car",
        ),
        ("modify_pending_order_items", {**SWAP, "order_id": "#W2"}, "#W2 is delivered"),
        ("get_item_details", {"item_id": "x"}, "there is no item x"),
        ("find_user_id_by_email", {"email": "x@y"}, "no user has the email x@y"),
        ("calculate", {"expression": "__import__('os')"}, "nothing else"),
        ("calculate", {"expression": "2 ** 99 ** 99"}, "is no arithmetic expression"),
        ("calculate", {"expression": "1 / 0"}, "zero"),
        ("calculate", {"expression": "(" * 150}, "is no arithmetic expression"),
    ],
)
def test_what_the_policy_rules_out(
    shop: Domain, name: str, arguments: JsonObject, error: str
) -> None:
    if name.startswith("exchange"):
        arguments = {"order_id": "#W2", **SWAP, **arguments}
    session = shop.open()
    with pytest.raises(ToolError, match=error):
        session.call(ToolCall(name, arguments))
    assert session.database == shop.database


ITEMS = st.lists(st.sampled_from(["i1", "i2", "i3", "i4", "h1", "x"]), max_size=3)
CALLS = st.lists(
    st.builds(
        ToolCall,
        st.sampled_from([tool.name for tool in load_retail(SHOP).tools]),
        st.fixed_dictionaries(
            {
                "order_id": st.sampled_from(["#W1", "#W2", "#W3", "#W4"]),
                "payment_method_id": st.sampled_from(["card", "paypal", "gift", "x"]),
                "item_ids": ITEMS,
                "new_item_ids": ITEMS,
                "reason": st.just(REASON),
                "expression": st.text("0123456789+-*/(). ", max_size=12),
                "user_id": st.just("kim_1"),
                **{key: st.just(value) for key, value in ADDRESS.items()},
            }
        ),
    ),
    max_size=8,
)


@given(calls=CALLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_call_ends_in_a_text_or_a_tool_error(shop: Domain, calls: list[ToolCall]) -> None:
    legal = [ToolCall(c.name, _only_known(shop, c)) for c in calls]
    session, again = shop.open(), shop.open()
    session.replay(legal)
    again.replay(legal)
    assert not any(" failed: " in executed.text for executed in session.log)
    assert again.database == session.database and again.log == session.log
    balance = session.database["users"]["kim_1"]["payment_methods"]["gift"]["balance"]
    assert balance >= 0
    assert shop.database == SHOP


def _only_known(shop: Domain, call: ToolCall) -> JsonObject:
    (tool,) = (tool for tool in shop.tools if tool.name == call.name)
    return {k: v for k, v in call.arguments.items() if k in tool.parameters["properties"]}
