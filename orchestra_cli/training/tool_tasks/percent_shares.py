"""Percentages the other way: what share, what whole, tax, tips, interest."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import MONEY, Template

_OF = "print(round({n} * {p} / 100, 2))"
_LESS = (
    "print(round({n} * (1 - {p} / 100), 2))",
    "print(round({n} - {n} * {p} / 100, 2))",
    "off = {n} * {p} / 100\nprint(round({n} - off, 2))",
)
_MORE = ("print(round({n} * (1 + {p} / 100), 2))", "print(round({n} + {n} * {p} / 100, 2))")
_SHARE = "print(round({a} / {b} * 100, 2))"
_SHARES = "{out}%\n{out}%\nIt is {out}%.\nThat is {out}%.\n{out} percent"

PERCENT_SHARES = (
    Template(
        "a=3..480! b=20..900!",
        """
        what percent of {b} is {a}?
        {a} is what [percent|percentage] of {b}?
        [what percentage is {a} of {b}?|{a} out of {b} in percent|{a} of {b} as a percentage?]
        express {a}/{b} as a percentage
        """,
        _SHARE,
        _SHARES,
        unit="%",
        when=lambda v: v["a"] < v["b"],
    ),
    Template(
        "a=5..48 b=49..60 name=name",
        """
        {name} got {a} [out of|of] {b} [points|marks|questions right]. what percentage is that?
        a score of {a} out of {b}: how many percent?
        [i|we] answered {a} of {b} questions correctly. what is the score in percent?
        """,
        _SHARE,
        _SHARES,
        unit="%",
    ),
    Template(
        "b=20..900 a=21..1900",
        """
        what is the percentage [increase|growth|rise] from {b} to {a}?
        [something went|it went|visitors went|sales went] from {b} to {a}. how many percent more \
            is that?
        by what percent did {b} [grow|increase] [if|when] it is now {a}?
        """,
        "print(round(({a} - {b}) / {b} * 100, 2))",
        _SHARES,
        unit="%",
        when=lambda v: v["a"] > v["b"],
    ),
    Template(
        "b=50..1900 a=20..1500",
        """
        what is the percentage [decrease|drop|fall] from {b} to {a}?
        [members|sales|the price|traffic] fell from {b} to {a}. what percentage drop is that?
        {b} has shrunk to {a}. by how many percent?
        """,
        "print(round(({b} - {a}) / {b} * 100, 2))",
        _SHARES,
        unit="%",
        when=lambda v: v["a"] < v["b"],
    ),
    Template(
        "n=cost m=cost dear=dear",
        """
        the {dear} was {n} and is now {m}. what is the discount in percent?
        [a {dear} reduced from {n} to {m}|from {n} down to {m} for a {dear}] - how many percent \
            off is that?
        """,
        "print(round(({n} - {m}) / {n} * 100, 2))",
        _SHARES,
        unit="%",
        when=lambda v: v["n"] > v["m"],
    ),
    Template(
        "p=percent a=3..900",
        """
        {a} is {p} of what [number|]?
        {p} of which number is {a}?
        [{p} of a number is {a}. what is the number?|if {p} is {a}, what is [100%|the whole|all \
            of it]?]
        """,
        "print(round({a} / {p} * 100, 2))",
        "{out}\nIt is {out}.\nThe number is {out}.",
    ),
    Template(
        "p=discount n=cost dear=dear",
        """
        after {p} off a {dear} costs {n}. what [was|is] the [original|full|old] price?
        i paid {n} for a {dear} [with|including] a {p} discount. what did it cost before?
        a {dear} is {n} in the sale, that is {p} less than before. how much was it \
            [before|originally]?
        """,
        "print(round({n} / (1 - {p} / 100), 2))",
        MONEY,
    ),
    Template(
        "p=tax n=cost dear=dear",
        """
        the price of {n} includes {p} [VAT|tax]. what is [it without tax|the net price|the price \
            before tax]?
        [gross|total] {n} with {p} VAT included - [net?|how much is net?|what is the net amount?]
        a {dear} costs {n} including {p} sales tax. what is the price without [it|tax]?
        """,
        "print(round({n} / (1 + {p} / 100), 2))",
        MONEY,
    ),
    Template(
        "p=tax n=cost",
        """
        how much [VAT|tax] is [in|contained in] {n} if the rate is {p}?
        {n} includes {p} VAT. how much of it is [the tax|VAT]?
        """,
        "net = {n} / (1 + {p} / 100)\nprint(round({n} - net, 2))",
        MONEY,
    ),
    Template(
        "p=tax n=cash dear=dear",
        """
        [what is|how much is] {n} plus {p} [VAT|tax|sales tax]?
        a {dear} costs {n} before tax. tax is {p}. what is the total?
        add {p} [VAT|tax] to {n}
        net price {n}, VAT {p}: [gross price?|what do i pay?]
        """,
        _MORE,
        MONEY,
    ),
    Template(
        "p=tip n=bill",
        """
        [how much is|what is|what's] a {p} tip on [a bill of|a|] {n}?
        the bill is {n} and i want to [tip|leave] {p}. how much [is the tip|tip is that]?
        {p} tip on {n}
        dinner was {n}. what tip is {p}?
        """,
        _OF,
        "{cash}\nThe tip is {cash}.\nA {p} tip is {cash}.",
    ),
    Template(
        "p=tip n=bill",
        """
        [dinner|lunch|the meal|the taxi] was {n}. what do i pay [in total|altogether] with a {p} \
            tip?
        the bill is {n}. add a {p} tip - what's the total?
        total of a {n} bill with {p} [tip|service] on top
        """,
        _MORE,
        MONEY,
    ),
    Template(
        "p=tip n=bill k=2..9",
        """
        {k} of us split a bill of {n} [and add|plus] a {p} tip. what does each [pay|owe]?
        a {n} dinner, {p} tip, {k} people. how much [each|per person]?
        we are {k} friends and the bill is {n}. with a {p} tip, how much per head?
        """,
        (
            "total = {n} * (1 + {p} / 100)\nprint(round(total / {k}, 2))",
            "print(round({n} * (1 + {p} / 100) / {k}, 2))",
        ),
        "{cash}\nEach pays {cash}.\nThat is {cash} per person.",
    ),
    Template(
        "p=rate n=savings y=2..20",
        """
        {n} at {p} [interest|a year], compounded [yearly|annually|every year], for {y} years: \
            [what is it worth?|how much is it?]
        [i invest|i put|someone deposits] {n} at {p} compound interest. what is it after {y} years?
        how much will {n} be after {y} years at {p} [compound interest|annual growth|per year \
            compounded]?
        """,
        (
            "print(round({n} * (1 + {p} / 100) ** {y}, 2))",
            (
                "amount = {n}\nfor year in range({y}):\n    amount = amount * (1 + {p} / 100)\n"
                "print(round(amount, 2))"
            ),
        ),
        MONEY,
    ),
    Template(
        "p=rate n=savings y=2..15",
        """
        how much simple interest does {n} earn in {y} years at {p} [a year|per year]?
        [simple interest on|interest without compounding on] {n} at {p} for {y} years
        """,
        "print(round({n} * {p} / 100 * {y}, 2))",
        "{cash}\nThe interest is {cash}.",
    ),
    Template(
        "p=rate n=savings",
        """
        [how much interest|what interest] [do i get|does it bring] on {n} at {p} [after|in] one \
            year?
        my account has {n} and pays {p} a year. what interest do i get in a year?
        """,
        _OF,
        MONEY,
    ),
    Template(
        "p=discount q=discount n=cost dear=dear",
        """
        a {dear} at {n} is first reduced by {p}, then by another {q}. [final price?|what does it \
            cost?]
        {n} minus {p}, and then minus {q} of the rest. what is left?
        [after {p} off and an extra {q} off at the till, what is a {n} {dear}?]
        """,
        (
            (
                "price = {n} * (1 - {p} / 100)\nprice = price * (1 - {q} / 100)\n"
                "print(round(price, 2))"
            ),
            "print(round({n} * (1 - {p} / 100) * (1 - {q} / 100), 2))",
        ),
        MONEY,
    ),
    Template(
        "p=discount q=tax n=cost dear=dear",
        """
        a {dear} costs {n}. i get {p} off, then {q} tax is added. what do i pay?
        {n} less {p} discount plus {q} tax - total for the {dear}?
        """,
        "price = {n} * (1 - {p} / 100)\nprint(round(price * (1 + {q} / 100), 2))",
        MONEY,
    ),
    Template(
        "p=percent n=20..4000",
        """
        {p} of the {n} [members|students|guests|voters|employees] said yes. how many did not?
        of {n} [seats|rooms|tickets] {p} are taken. how many are [free|left]?
        """,
        "print(round({n} * (100 - {p}) / 100, 2))",
        when=lambda v: v["n"] * v["p"] % 100 == 0,
    ),
)
