"""Word problems about having, sharing, sizes, school and work."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template

_LEFT = "{out}\n{out} are left, so the answer is {out}.\nWhat is left is {out}.\n{out} {counted}"

STORIES = (
    Template(
        "name=name a=5..400 counted=counted b=2..90",
        """
        {name} has {a} {counted} and gives {b} away. how many are left?
        {a} {counted}, {b} get lost. how many [remain|are there still]?
        there were {a} {counted} in the box; {name} took {b}. [how many now?|how many are still \
            there?]
        """,
        "print({a} - {b})",
        _LEFT,
        when=lambda v: v["a"] > v["b"],
    ),
    Template(
        "name=name other=name a=5..400 counted=counted b=2..90 c=2..90",
        """
        {name} has {a} {counted}, [finds|buys|wins] {b} more and gives {other} {c}. how many \
            [does {name} have now|are left]?
        starting with {a} {counted}, {name} gets {b} and loses {c}. how many now?
        """,
        ("print({a} + {b} - {c})", "now = {a} + {b}\nnow = now - {c}\nprint(now)"),
        _LEFT,
        when=lambda v: v["a"] > v["c"],
    ),
    Template(
        "name=name other=name a=4..300 counted=counted k=2..9",
        """
        {name} has {a} {counted} and {other} has {k} times as many. how many do they have together?
        {other} owns {k} times as many {counted} as {name}, who has {a}. together?
        """,
        "other = {k} * {a}\nprint({a} + other)",
        "{out}\nTogether they have {out}.\n{out} {counted}",
    ),
    Template(
        "name=name other=name a=20..300 counted=counted k=2..18",
        """
        {name} has {a} {counted}. {other} has {k} fewer. how many do both have together?
        {other} has {k} less {counted} than {name}, who has {a}. what is the total?
        """,
        "other = {a} - {k}\nprint({a} + other)",
    ),
    Template(
        "name=name other=name a=20..300 counted=counted",
        """
        {name} has {a} {counted}, {other} has half as many. how many together?
        {other} has half the {counted} that {name} has. {name} has {a}. total?
        """,
        "other = {a} / 2\nprint(round({a} + other, 2))",
        when=lambda v: v["a"] % 2 == 0,
    ),
    Template(
        "n=3..60 k=4..48 group=group item=item",
        """
        there are {n} {group} with {k} {item} each. how many {item} [are there|is that]?
        {n} {group}, {k} {item} in each - [total?|how many altogether?]
        each of {n} {group} holds {k} {item}. how many in all?
        """,
        "print({n} * {k})",
        "{out}\n{out} {item}\nThere are {out}.",
    ),
    Template(
        "n=3..60 k=4..48 group=group item=item m=2..40",
        """
        {n} {group} of {k} {item} each arrive, {m} of the {item} are broken. how many are fine?
        out of {n} {group} with {k} {item} each, {m} {item} were sold. how many are left?
        """,
        "total = {n} * {k}\nprint(total - {m})",
        when=lambda v: v["n"] * v["k"] > v["m"],
    ),
    Template(
        "n=3..30 k=4..48 m=2..30 j=3..48 group=group item=item",
        """
        {n} {group} hold {k} {item} each and {m} {group} hold {j} each. how many {item} altogether?
        we have {n} {group} of {k} {item} and {m} of {j}. total number of {item}?
        """,
        "first = {n} * {k}\nsecond = {m} * {j}\nprint(first + second)",
    ),
    Template(
        "a=40..900 k=3..24 item=item group=group",
        """
        {a} {item} are packed {k} to a box. how many [full boxes|boxes can be filled]?
        i have {a} {item} and put {k} in each bag. how many full bags do i get?
        """,
        "print({a} // {k})",
        "{out}\n{out} full ones\nYou get {out}.",
    ),
    Template(
        "a=40..900 k=3..60",
        """
        {a} people travel in buses with {k} seats. how many buses are needed?
        a van takes {k} people. how many vans for {a} people?
        {a} guests, {k} at a table: how many tables do we need?
        """,
        "import math\nprint(math.ceil({a} / {k}))",
        "{out}\nYou need {out}.",
        when=lambda v: v["a"] > v["k"],
    ),
    Template(
        "a=40..900 k=3..24 counted=counted",
        """
        {a} {counted} are shared equally among {k} children. how many are left over?
        i deal {a} {counted} to {k} players, all the same number. how many remain?
        """,
        "print({a} % {k})",
        "{out}\n{out} are left over, so it is {out}.\nThe remainder is {out}.",
    ),
    Template(
        "a=40..900 k=3..24 counted=counted",
        """
        {k} children share {a} {counted} equally. how many does each get at most?
        {a} {counted} for {k} kids - how many each, whole ones only?
        """,
        "print({a} // {k})",
        "{out}\nEach gets {out}.",
    ),
)
