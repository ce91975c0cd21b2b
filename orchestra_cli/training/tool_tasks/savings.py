"""Word problems about wages, saving, budgets and profit."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import MONEY, Template

SAVINGS = (
    Template(
        "c=cash g=sum m=price",
        """
        i save {c} a month. how many months until i have {g}?
        saving {c} per month, how many full months do i need for {g}?
        """,
        "import math\nprint(math.ceil({g} / {c}))",
        "{out}\n{out} months\nIt takes {out} months.",
        when=lambda v: v["g"] < 400 * v["c"],
    ),
    Template(
        "c=cash m=3..60 a=savings",
        """
        i have {a} and save {c} every month. how much do i have after {m} months?
        {a} in the account, plus {c} a month for {m} months = ?
        if i put away {c} a month on top of {a}, what is it after {m} months?
        """,
        ("print({a} + {c} * {m})", "saved = {c} * {m}\nprint({a} + saved)"),
        MONEY,
    ),
    Template(
        "y=salary",
        """
        a salary of {y} a year is how much [a month|per month]?
        i earn {y} a year. what is that per month?
        monthly pay for {y} [per year|annual salary]?
        """,
        "print(round({y} / 12, 2))",
        "{cash}\nIt is {cash} a month.\nThat is {cash}.",
    ),
    Template(
        "c=price",
        """
        a subscription is {c} a month. what does it cost [a year|per year|for a year]?
        {c} monthly - how much in a year?
        """,
        "print(round({c} * 12, 2))",
        MONEY,
    ),
    Template(
        "c=price y=price",
        """
        {c} a month or a year for {z} [paid|] at once: what do i save per year with the second?
        a plan costs {c} monthly, or {z} for the whole year. how much cheaper is the yearly plan?
        """.replace("{z}", "{y}"),
        "print(round(12 * {c} - {y}, 2))",
        "{cash}\nThe yearly plan saves {cash}.\nIt is {cash} cheaper, so the saving is {cash}.",
        when=lambda v: 6 * v["c"] < v["y"] < 12 * v["c"],
    ),
    Template(
        "c=cost m=6..48 d=cash dear=dear",
        """
        a {dear} costs {d} down and {c} a month for {m} months. what is the total price?
        paying {d} now plus {m} monthly rates of {c}: how much altogether for the {dear}?
        """,
        "print(round({d} + {m} * {c}, 2))",
        MONEY,
    ),
    Template(
        "n=10..400 item=item b=cents s=price",
        """
        a stall buys {n} {item} at {b} each and sells them for {s} each. what is the profit?
        {n} {item} bought for {b} apiece, sold for {s} apiece - [profit?|how much is gained?]
        """,
        (
            "print(round({n} * ({s} - {b}), 2))",
            "cost = {n} * {b}\nincome = {n} * {s}\nprint(round(income - cost, 2))",
        ),
        "{cash}\nThe profit is {cash}.",
        when=lambda v: v["s"] > v["b"],
    ),
    Template(
        "g=cash c=price item=item",
        """
        how many {item} can i buy [with|for] {g} if one costs {c}?
        i have {g}. {item} are {c} each. how many can i get?
        """,
        "print(int({g} // {c}))",
        "{out}\nYou can buy {out}.\nThat is {out} {item}.",
        when=lambda v: v["g"] > 2 * v["c"],
    ),
    Template(
        "c=cost k=cost m=price name=name",
        """
        {name} spent {c} on rent, {k} on food and {m} on the bus. how much is that?
        add up {c}, {k} and {m}
        my bills are {c}, {k} and {m}. what is the total?
        """,
        "print(round({c} + {k} + {m}, 2))",
        MONEY,
    ),
    Template(
        "g=sum c=cash k=cash m=cash",
        """
        our budget is {g}. we have spent {c}, {k} and {m}. how much is left?
        from {g} i paid {c}, {k} and {m}. what remains?
        """,
        "spent = {c} + {k} + {m}\nprint(round({g} - spent, 2))",
        "{cash}\n{cash} is left, so the rest is {cash}.\nWhat is left is {cash}.",
        when=lambda v: v["g"] > v["c"] + v["k"] + v["m"],
    ),
    Template(
        "a=2..9 b=2..9 c=cash x=2..12",
        """
        {a} adults and {b} children go to the zoo. an adult pays {c}, a child half of that. total?
        tickets are {c} for adults and half price for children. what do {a} adults and {b} \
            children pay?
        """,
        "adults = {a} * {c}\nchildren = {b} * {c} / 2\nprint(round(adults + children, 2))",
        MONEY,
    ),
    Template(
        "n=3..9 c=price m=4..40 item=item",
        """
        {item} cost {c} for a pack of {n}. what do i pay for {m} packs, and no single ones?
        a pack with {n} {item} is {c}; i take {m} packs. total price?
        """,
        "print(round({m} * {c}, 2))",
        MONEY,
    ),
    Template(
        "item=item n=3..12 c=price",
        """
        buy two, get one free: what do {n} {item} at {c} each cost?
        {n} {item} at {c} each, every third one is free. how much do i pay?
        """,
        "free = {n} // 3\nprint(round(({n} - free) * {c}, 2))",
        MONEY,
    ),
)
