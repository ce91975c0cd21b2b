"""Word problems about buying, selling, wages and saving."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import MONEY, Template

SHOPPING = (
    Template(
        "n=2..60 item=item c=cents",
        """
        [what do|how much do|what will] {n} {item} cost at {c} each?
        {n} {item} at {c} [each|apiece|a piece]: [total?|how much?|what do i pay?]
        one of the {item} costs {c}. [how much for {n}?|what are {n} of them?]
        [i buy|i need|we ordered] {n} {item} for {c} each. [how much is that|what does it come \
            to|total price]?
        """,
        "print(round({n} * {c}, 2))",
        MONEY,
    ),
    Template(
        "n=2..24 item=item c=cents m=2..24 other=item d=cents",
        """
        {n} {item} at {c} each and {m} {other} at {d} each - [total?|what's the total?|how much \
            altogether?]
        [i buy|someone buys|we need] {n} {item} for {c} each and {m} {other} for {d} each. what \
            does it cost [in total|altogether]?
        what do {n} {item} at {c} plus {m} {other} at {d} come to?
        """,
        (
            "first = {n} * {c}\nsecond = {m} * {d}\nprint(round(first + second, 2))",
            "print(round({n} * {c} + {m} * {d}, 2))",
        ),
        MONEY,
    ),
    Template(
        "n=2..12 item=item c=price g=cash name=name",
        """
        {name} buys {n} {item} at {c} each and pays with {g}. how much change [does {name} \
            get|is due]?
        {n} {item}, {c} each, i give {g}. [change?|what do i get back?]
        i have {g} and buy {n} {item} for {c} each. how much [money is|do i have] left?
        """,
        "cost = {n} * {c}\nprint(round({g} - cost, 2))",
        "{cash}\nThe change is {cash}.\nThat leaves {cash}.",
        when=lambda v: v["g"] > v["n"] * v["c"],
    ),
    Template(
        "n=2..20 item=item c=cash k=2..9",
        """
        {k} friends [split|share] the cost of {c} equally. what does each one pay?
        {c} shared between {k} people - how much each?
        we are {k} and the present costs {c}. how much per person?
        """,
        "print(round({c} / {k}, 2))",
        "{cash}\nEach pays {cash}.\nThat is {cash} each.",
    ),
    Template(
        "n=2..12 item=item c=price k=2..6 s=price",
        """
        {n} {item} at {c} each plus {s} for delivery, split between {k} people: how much each?
        {k} of us order {n} {item} for {c} each; shipping is {s}. what does each of us pay?
        """,
        "total = {n} * {c} + {s}\nprint(round(total / {k}, 2))",
        "{cash}\nEach pays {cash}.",
    ),
    Template(
        "n=2..40 item=item c=price s=price",
        """
        [i order|she orders] {n} {item} at {c} each. delivery costs {s}. what is the total?
        {n} {item} for {c} each and {s} shipping - altogether?
        """,
        "print(round({n} * {c} + {s}, 2))",
        MONEY,
    ),
    Template(
        "n=3..30 item=item c=price p=discount",
        """
        {n} {item} at {c} each with {p} off the total. what do i pay?
        i buy {n} {item} for {c} each and get a {p} discount. [total?|how much is it?]
        """,
        "total = {n} * {c}\nprint(round(total * (1 - {p} / 100), 2))",
        MONEY,
    ),
    Template(
        "h=2..60 w=pay name=name",
        """
        {name} earns {w} an hour and works {h} hours. [what is the pay|how much is that]?
        {h} hours at {w} [an hour|per hour] - [what do i earn?|how much?]
        what do i make in {h} hours at {w} per hour?
        """,
        "print(round({h} * {w}, 2))",
        MONEY,
    ),
    Template(
        "h=4..10 d=3..6 k=2..50 w=pay",
        """
        i work {h} hours a day, {d} days a week, for {w} an hour. what do i earn in {k} weeks?
        {w} per hour, {h} hours a day, {d} days per week: pay for {k} weeks?
        """,
        "hours = {h} * {d} * {k}\nprint(round(hours * {w}, 2))",
        MONEY,
    ),
    Template(
        "h=30..40 e=2..15 w=pay",
        """
        someone is paid {w} an hour for {h} hours and time and a half for {e} hours of overtime. \
            what is the pay?
        pay for {h} normal hours at {w} plus {e} overtime hours at 1.5 times that?
        """,
        "normal = {h} * {w}\novertime = {e} * {w} * 1.5\nprint(round(normal + overtime, 2))",
        MONEY,
    ),
)
