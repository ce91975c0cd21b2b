"""Word problems about ages, books, work rates and shapes."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template

_LEFT = "{out}\n{out} are left, so the answer is {out}.\nWhat is left is {out}.\n{out} {counted}"

WORK_AND_SHAPES = (
    Template(
        "name=name other=name a=6..60 b=2..25",
        """
        {name} is {a} years old. {other} is {b} years older. how old will {other} be in {b} years?
        """,
        "other = {a} + {b}\nprint(other + {b})",
        "{out}\n{other} will be {out}.",
    ),
    Template(
        "name=name other=name a=8..40 b=3..30",
        """
        {name} is {a} and {other} is twice as old. how old are they together in {b} years?
        {other} is double {name}'s age. {name} is {a}. sum of their ages in {b} years?
        """,
        "other = 2 * {a}\nprint({a} + {b} + other + {b})",
    ),
    Template(
        "n=3..24 d=2..40 m=2..9",
        """
        [i read|someone reads] {n} pages a day. how many pages in {d} days?
        {n} push-ups every day for {d} days: how many in all?
        we use {n} litres a day; how many litres in {d} days?
        """,
        "print({n} * {d})",
    ),
    Template(
        "p=90..900 n=5..40",
        """
        a book has {p} pages and i read {n} a day. how many days [do i need|until i finish]?
        {p} pages at {n} pages per day - days needed?
        """,
        "import math\nprint(math.ceil({p} / {n}))",
        "{out}\n{out} days\nIt takes {out} days.",
    ),
    Template(
        "p=90..900 n=5..40 d=2..12",
        """
        a book has {p} pages. i have read {n} pages a day for {d} days. how many pages are left?
        after {d} days at {n} pages a day, how much of a {p} page book is still unread?
        """,
        "read = {n} * {d}\nprint({p} - read)",
        when=lambda v: v["p"] > v["n"] * v["d"],
    ),
    Template(
        "k=2..9 d=2..20 m=2..9",
        """
        {k} workers need {d} days for a job. how many days do {m} workers need?
        if {k} people can paint a house in {d} days, how long do {m} people take, at the same pace?
        """,
        "work = {k} * {d}\nprint(round(work / {m}, 2))",
        "{out}\n{out} days\nIt takes {out} days.",
        when=lambda v: v["k"] != v["m"],
    ),
    Template(
        "a=2..12 b=2..12",
        """
        one pipe fills a tank in {a} hours, another in {b} hours. how many hours with both?
        i need {a} hours for a job, my friend {b}. how many hours if we work together?
        """,
        "rate = 1 / {a} + 1 / {b}\nprint(round(1 / rate, 2))",
        "{out}\n{out} hours\nTogether it takes {out} hours.",
    ),
    Template(
        "n=20..900 m=2..30 h=2..24",
        """
        a machine makes {n} parts in {m} minutes. how many parts in {h} hours?
        {n} bottles every {m} minutes: how many bottles are filled in {h} hours?
        """,
        "minutes = {h} * 60\nprint(round({n} / {m} * minutes, 2))",
        when=lambda v: (v["n"] * v["h"] * 60) % v["m"] == 0,
    ),
    Template(
        "l=2..90 w=2..60",
        """
        a [room|field|garden|floor] is {l} m long and {w} m wide. what is [its|the] area[ in m2|]?
        [area|surface] of a rectangle of {l} m by {w} m?
        how many square metres is {l} by {w} metres?
        """,
        "print({l} * {w})",
        "{out}\n{out} square metres\nThe area is {out} square metres.",
    ),
    Template(
        "l=2..90 w=2..60",
        """
        how [long|much] fence do i need around a garden of {l} m by {w} m?
        perimeter of a rectangle {l} m long and {w} m wide?
        """,
        "print(2 * ({l} + {w}))",
        "{out}\n{out} m\nThe perimeter is {out} metres.",
    ),
    Template(
        "l=2..30 w=2..30 h=2..20",
        """
        volume of a box that is {l} cm by {w} cm by {h} cm?
        how many cubic centimetres does a box of {l} x {w} x {h} cm hold?
        """,
        "print({l} * {w} * {h})",
        "{out}\n{out} cubic cm\nThe volume is {out} cubic centimetres.",
    ),
    Template(
        "r=1..60",
        """
        [what is|] the area of a circle with [a|] radius [of|] {r} cm?
        a round table has a radius of {r} cm. area?
        """,
        "import math\nprint(round(math.pi * {r} ** 2, 2))",
        "{out}\n{out} square cm\nThe area is {out} square centimetres.",
    ),
    Template(
        "r=1..60",
        """
        [what is|] the circumference of a circle with [a|] radius [of|] {r} cm?
        how far is it around a circle of radius {r} cm?
        """,
        "import math\nprint(round(2 * math.pi * {r}, 2))",
        "{out}\n{out} cm\nThe circumference is {out} cm.",
    ),
    Template(
        "a=3..30 b=4..40",
        """
        a right triangle has legs of {a} and {b}. how long is the hypotenuse?
        i walk {a} km east and {b} km north. how far am i from the start in a straight line?
        """,
        "print(round(({a} ** 2 + {b} ** 2) ** 0.5, 2))",
        "{out}\nIt is {out}.",
    ),
    Template(
        "l=2..12 w=2..9 t=20..60",
        """
        how many tiles of {t} cm by {t} cm cover a floor of {l} m by {w} m?
        floor {l} m x {w} m, square tiles with sides of {t} cm. how many tiles at least?
        """,
        "import math\narea = {l} * 100 * {w} * 100\nprint(math.ceil(area / ({t} * {t})))",
        "{out}\n{out} tiles\nYou need {out} tiles.",
    ),
)
