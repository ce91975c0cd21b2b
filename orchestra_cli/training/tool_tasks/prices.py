"""Unit prices, better buys and currencies at a rate that the question gives."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import MONEY, Template

_EACH = "{cash}\nOne costs {cash}.\nThat is {cash} each."

PRICES = (
    Template(
        "n=2..48 item=item c=price",
        """
        {n} {item} cost {c}. what [does one cost|is the price of one]?
        [i paid {c} for {n} {item}|a pack of {n} {item} is {c}]. [price per piece?|how much is one?]
        {c} for {n} {item} - how much [each|apiece]?
        """,
        "print(round({c} / {n}, 2))",
        _EACH,
    ),
    Template(
        "n=2..24 m=3..60 item=item c=price",
        """
        {n} {item} cost {c}. what do {m} cost [at the same price|]?
        if {n} {item} are {c}, how much are {m}?
        {c} buys {n} {item}. what would i pay for {m}?
        """,
        ("one = {c} / {n}\nprint(round(one * {m}, 2))", "print(round({c} / {n} * {m}, 2))"),
        MONEY,
        when=lambda v: v["n"] != v["m"],
    ),
    Template(
        "w=0.25..6/0.25 food=food c=price",
        """
        {food} costs {c} [a kilo|per kg|a kg]. [what do|how much are] {w} kg [cost|]?
        {w} kg of {food} at {c} a kilo - [total?|price?]
        """,
        "print(round({w} * {c}, 2))",
        MONEY,
    ),
    Template(
        "g=50..950/50 food=food c=price",
        """
        {food} is {c} [per kg|a kilo]. what do {g} g cost?
        {g} grams of {food} at {c} per kilo: price?
        """,
        ("print(round({g} / 1000 * {c}, 2))", "kilos = {g} / 1000\nprint(round(kilos * {c}, 2))"),
        MONEY,
    ),
    Template(
        "g=100..900/50 food=food c=cents",
        """
        {g} g of {food} cost {c}. what is the price per [kilo|kg]?
        price per kilo if {g} grams are {c}?
        """,
        "print(round({c} / {g} * 1000, 2))",
        "{cash}\nThe price per kilo is {cash}.",
    ),
    Template(
        "g=100..900/50 food=food c=price",
        """
        {g} g of {food} cost {c}. how much is [100 g|a hundred grams]?
        what is the price per 100 g when {g} g cost {c}?
        """,
        "print(round({c} / {g} * 100, 2))",
        MONEY,
    ),
    Template(
        "m=250..2000/50 c=cents",
        """
        a bottle of {m} ml costs {c}. what is that per litre?
        price per liter: {m} ml for {c}
        """,
        "print(round({c} / {m} * 1000, 2))",
        "{cash}\nA litre costs {cash}.",
    ),
    Template(
        "n=2..12! c=price m=3..24! d=price item=item",
        """
        {n} {item} for {c} or {m} for {d}: which is cheaper per piece, {n} or {m}?
        what pack is the better buy, {n} {item} at {c} or {m} at {d}?
        """,
        "small = {c} / {n}\nlarge = {d} / {m}\nprint({n} if small < large else {m})",
        "{out}\nThe cheaper pack is the one with {out}.\nThe better buy is the pack of {out}.",
        when=lambda v: v["n"] < v["m"] and abs(v["c"] / v["n"] - v["d"] / v["m"]) > 0.01,
    ),
    Template(
        "a=10..5000 r=1.05..1.4/0.01",
        """
        [1 euro|one euro|€1] is {r} dollars. [how many dollars are|what is|convert] €{a}?
        at {r} dollars per euro, [how much is|what are] {a} euros in dollars?
        €{a} in dollars at a rate of {r}?
        """,
        "print(round({a} * {r}, 2))",
        "{out}\n{out} dollars\nIt is {out} dollars.\nThat is {out} dollars.",
    ),
    Template(
        "a=10..5000 r=1.05..1.4/0.01",
        """
        [1 euro|one euro|€1] is {r} dollars. [how many euros are|what is in euros|convert to \
            euros:] ${a}?
        at {r} dollars per euro, how many euros do i get for {a} dollars?
        {a} dollars in euros, 1 euro being {r} dollars?
        """,
        "print(round({a} / {r}, 2))",
        "{out}\n{out} euros\nIt is {out} euros.\nThat is {out} euros.",
    ),
    Template(
        "a=10..9000 r=1.1..1.4/0.01",
        """
        a pound buys {r} dollars. how many pounds is ${a}?
        with £1 = ${r}, what is {a} dollars in pounds?
        """,
        "print(round({a} / {r}, 2))",
        "{out}\n{out} pounds\nIt is {out} pounds.",
    ),
    Template(
        "a=10..900 r=20..160/0.5 cur=foreign",
        """
        one euro is {r} {cur}. how many {cur} are {a} euros?
        i change {a} euros at {r} {cur} per euro. what do i get?
        rate {r} {cur} for a euro; {a} euros = ? {cur}
        """,
        "print(round({a} * {r}, 2))",
        "{out}\n{out} {cur}\nYou get {out} {cur}.",
    ),
    Template(
        "a=500..90000/100 r=20..160/0.5 cur=foreign",
        """
        one dollar is {r} {cur}. how many dollars are {a} {cur}?
        what is {a} {cur} in dollars at {r} per dollar?
        """,
        "print(round({a} / {r}, 2))",
        "{out}\n{out} dollars\nIt is {out} dollars.",
    ),
    Template(
        "a=100..900 r=1.05..1.4/0.01 f=1..5/0.5",
        """
        i change {a} euros to dollars at {r}, but {f}% is kept as a fee. how many dollars do i get?
        {a} euros at a rate of {r} dollars minus a fee of {f}%: how many dollars?
        """,
        "dollars = {a} * {r}\nprint(round(dollars * (1 - {f} / 100), 2))",
        "{out}\n{out} dollars\nYou get {out} dollars.",
    ),
    Template(
        "k=5..900 c=0.1..0.6/0.01",
        """
        electricity costs {c} per kWh. what do {k} kWh cost?
        i used {k} kWh at {c} each. what is the bill?
        """,
        "print(round({k} * {c}, 2))",
        "{out}\nIt costs {out}.\nThe bill is {out}.",
    ),
    Template(
        "w=40..2400/20 h=1..12 d=2..60 c=0.1..0.6/0.01",
        """
        a heater of {w} watts runs {h} hours a day for {d} days. how many kWh is that?
        {w} W, {h} h a day, {d} days - kWh?
        """,
        "print(round({w} * {h} * {d} / 1000, 2))",
        "{out}\n{out} kWh\nIt uses {out} kWh.",
    ),
    Template(
        "w=40..2400/20 h=1..12 c=0.1..0.6/0.01",
        """
        what does it cost to run a {w} watt device for {h} hours at {c} per kWh?
        {w} W for {h} hours, {c} a kWh: cost?
        """,
        "kwh = {w} * {h} / 1000\nprint(round(kwh * {c}, 2))",
        "{out}\nIt costs {out}.",
    ),
)
