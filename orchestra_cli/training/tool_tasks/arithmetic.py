"""Sums of every sort."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template

_ASK = "[what is|what's|calculate|work out|compute|tell me|find||how much is|solve|evaluate]"
_ROUND = "print(round({0}, 2))"

ARITHMETIC = (
    Template(
        "a=12..9999 b=11..9999",
        f"""
        {_ASK} {{a}} + {{b}}?
        {_ASK} {{a}} plus {{b}}
        [what do {{a}} and {{b}} add up to?|add {{a}} and {{b}}|add {{b}} to {{a}}|sum of {{a}} \
            and {{b}}]
        [what is|find|i need] the [sum|total] of {{a}} and {{b}}
        """,
        "print({a} + {b})",
        "{out}\n{a} + {b} is {out}.\nThe sum is {out}.\nThat makes {out}.",
    ),
    Template(
        "a=30..99999 b=11..9000",
        f"""
        {_ASK} {{a}} - {{b}}?
        {_ASK} {{a}} minus {{b}}
        [take {{b}} away from {{a}}|subtract {{b}} from {{a}}|what is left if i take {{b}} from \
            {{a}}?]
        [what is|find] the difference between {{a}} and {{b}}
        how much [more|bigger|larger] is {{a}} than {{b}}?
        """,
        "print({a} - {b})",
        "{out}\nThe difference is {out}.\n{a} - {b} is {out}.\nIt is {out}.",
        when=lambda v: v["a"] > v["b"],
    ),
    Template(
        "a=3..999 b=3..480",
        f"""
        {_ASK} {{a}} [x|*|×|times|multiplied by] {{b}}?
        [multiply {{a}} by {{b}}|multiply {{a}} and {{b}}|{{a}} by {{b}}, what's the product?]
        [what is|find|give me] the product of {{a}} and {{b}}
        """,
        "print({a} * {b})",
        "{out}\n{a} × {b} is {out}.\nThe product is {out}.\nIt's {out}.",
    ),
    Template(
        "a=20..99999 b=3..96",
        f"""
        {_ASK} {{a}} [/|÷|divided by|over] {{b}}?
        [divide {{a}} by {{b}}|split {{a}} into {{b}} equal parts|share {{a}} among {{b}}, how \
            much each?]
        how [many times|often] does {{b}} go into {{a}}, as a decimal?
        """,
        "print(round({a} / {b}, 2))",
    ),
    Template(
        "a=2..30 b=2..6",
        f"""
        {_ASK} {{a}}^{{b}}?
        {_ASK} {{a}} [to the power of|to the power|raised to|**] {{b}}?
        raise {{a}} to the power {{b}}
        """,
        "print({a} ** {b})",
    ),
    Template(
        "a=3..320",
        f"""
        {_ASK} {{a}} squared?
        {_ASK} the square of {{a}}?
        square {{a}}[|.| for me]
        """,
        ("print({a} ** 2)", "print({a} * {a})"),
        "{out}\n{a} squared is {out}.\nIt is {out}.",
    ),
    Template(
        "a=2..60",
        f"""
        {_ASK} {{a}} cubed?
        {_ASK} the cube of {{a}}?
        """,
        "print({a} ** 3)",
        "{out}\n{a} cubed is {out}.",
    ),
    Template(
        "a=2..9000",
        f"""
        {_ASK} [the square root of|sqrt|the root of|√] {{a}}?
        [which number squared gives {{a}}?|square root of {{a}} please|root of {{a}} to 2 decimals]
        """,
        ("print(round({a} ** 0.5, 2))", "import math\nprint(round(math.sqrt({a}), 2))"),
        "{out}\nThe square root is {out}.\nIt is [about |]{out}.",
    ),
    Template(
        "a=2..4000",
        f"{_ASK} the [cube root|third root] of {{a}}?",
        "print(round({a} ** (1 / 3), 2))",
    ),
    Template(
        "a=2..99 b=2..99 c=2..99",
        f"""
        {_ASK} ({{a}} + {{b}}) [*|x|×|times] {{c}}?
        [add {{a}} and {{b}}, then multiply by {{c}}|add {{a}} to {{b}} and multiply the result \
            by {{c}}]
        {_ASK} {{c}} times the sum of {{a}} and {{b}}?
        """,
        "print(({a} + {b}) * {c})",
    ),
    Template(
        "a=2..99 b=2..99 c=2..999",
        f"""
        {_ASK} {{a}} [*|x|×|times] {{b}} + {{c}}?
        [multiply {{a}} by {{b}} and add {{c}}|{{a}} times {{b}}, plus {{c}}|{{c}} more than \
            {{a}} x {{b}}]
        """,
        "print({a} * {b} + {c})",
    ),
    Template(
        "a=100..999 b=2..60 c=2..12",
        f"""
        {_ASK} {{a}} - {{b}} [*|x|×] {{c}}?
        [take {{b}} times {{c}} away from {{a}}|start with {{a}} and subtract {{c}} times {{b}}]
        """,
        "print({a} - {b} * {c})",
    ),
    Template(
        "a=40..900 b=11..400 c=2..12",
        f"""
        {_ASK} ({{a}} - {{b}}) [/|÷|divided by] {{c}}?
        subtract {{b}} from {{a}} [and|, then] divide [the result |]by {{c}}
        a {{c}}th of the difference between {{a}} and {{b}}?
        """,
        "print(round(({a} - {b}) / {c}, 2))",
        when=lambda v: v["a"] > v["b"] and v["c"] > 3,
    ),
    Template(
        "a=2..99 b=2..60 c=2..99 d=2..60",
        f"""
        {_ASK} {{a}} [*|x|×] {{b}} + {{c}} [*|x|×] {{d}}?
        [{{a}} times {{b}} plus {{c}} times {{d}}|{{a}} lots of {{b}} and {{c}} lots of {{d}}, \
            total?]
        """,
        (
            "print({a} * {b} + {c} * {d})",
            "first = {a} * {b}\nsecond = {c} * {d}\nprint(first + second)",
        ),
    ),
    Template(
        "a=20..900 b=10..400 c=5..300",
        f"""
        {_ASK} {{a}} + {{b}} - {{c}}?
        [start with {{a}}, add {{b}}, take away {{c}}|{{a}} plus {{b}} minus {{c}}|add {{a}} to \
            {{b}}, then subtract {{c}}]
        """,
        "print({a} + {b} - {c})",
    ),
)
