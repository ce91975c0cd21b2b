"""Sums in words: parts, remainders, rounding, divisors, unknowns."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template

_ASK = "[what is|what's|calculate|work out|compute|tell me|find||how much is|solve|evaluate]"
_ROUND = "print(round({0}, 2))"

NUMBER_WORDS = (
    Template(
        "a=14..4000",
        """
        [what is|what's|] [twice|double|two times] {a}?
        [double {a}|if i double {a} what do i get?]
        """,
        "print(2 * {a})",
    ),
    Template(
        "a=10..5000 b=1..200",
        """
        [what is|] {b} more than [twice|double] {a}?
        [double {a} and add {b}|twice {a} plus {b}]
        """,
        "print(2 * {a} + {b})",
    ),
    Template(
        "a=14..9000",
        """
        [what is|what's|] half of {a}?
        [halve {a}|{a} halved|half {a} = ?]
        """,
        "print(round({a} / 2, 2))",
    ),
    Template(
        "a=18..9000",
        "[what is|what's|how much is|] [a third|one third|1/3] of {a}?",
        "print(round({a} / 3, 2))",
    ),
    Template(
        "a=16..9000",
        "[what is|what's|how much is|] [three quarters|3/4|three fourths] of {a}?",
        "print(round({a} * 3 / 4, 2))",
    ),
    Template(
        "a=2..11! b=12..20! c=24..6000",
        "[what is|what's|calculate|] {a}/{b} of {c}?",
        "print(round({c} * {a} / {b}, 2))",
    ),
    Template(
        "a=30..9000 b=3..64",
        """
        [what is|find] the remainder [when|if] {a} is divided by {b}?
        [{a} mod {b}|{a} modulo {b}|what remains of {a} divided by {b}?|remainder of {a} / {b}]
        """,
        "print({a} % {b})",
        "{out}\nThe remainder is {out}.\nIt is {out}.",
    ),
    Template(
        "a=90..9000 b=3..64",
        """
        how many [whole times|full times|complete times] does {b} fit into {a}?
        [what is|] {a} divided by {b}, [without the remainder|rounded down|whole part only]?
        """,
        "print({a} // {b})",
    ),
    Template(
        "a=0.1..99.9/0.1 b=0.01..20/0.01",
        f"""
        {_ASK} {{a}} [+|plus] {{b}}?
        add {{a}} and {{b}}
        """,
        _ROUND.format("{a} + {b}"),
    ),
    Template(
        "a=0.1..60/0.1 b=0.5..40/0.25",
        f"""
        {_ASK} {{a}} [*|x|×|times] {{b}}?
        multiply {{a}} by {{b}}
        """,
        _ROUND.format("{a} * {b}"),
    ),
    Template(
        "a=20..90/0.01 b=0.1..19/0.1",
        f"""
        {_ASK} {{a}} [-|minus] {{b}}?
        subtract {{b}} from {{a}}
        """,
        _ROUND.format("{a} - {b}"),
    ),
    Template(
        "a=1..900/0.001 n=1..2",
        """
        round {a} to {n} [decimals|decimal places|digits after the point]
        [what is|] {a} rounded to {n} decimal places?
        """,
        "print(round({a}, {n}))",
        when=lambda v: round(v["a"] * 1000) % 10 not in (0, 5),
    ),
    Template(
        "a=1001..98999",
        """
        round {a} to the nearest hundred
        [what is|] {a} rounded to the nearest hundred?
        """,
        "print(round({a} / 100) * 100)",
        when=lambda v: v["a"] % 100 != 50,
    ),
    Template(
        "a=1000000..9900000/100000 b=1000..90000/1000",
        f"""
        {_ASK} {{a}} [+|plus] {{b}}?
        [add {{a}} and {{b}}|{{a}} and another {{b}}, altogether?]
        """,
        "print({a} + {b})",
    ),
    Template(
        "a=1000000..9900000/100000 b=2..90",
        f"{_ASK} {{a}} [/|divided by|split over] {{b}}?",
        "print(round({a} / {b}, 2))",
    ),
    Template(
        "a=2..90 b=2..60 c=2..40",
        f"""
        {_ASK} {{a}} [*|x|×|times] {{b}} [*|x|×|times] {{c}}?
        multiply {{a}}, {{b}} and {{c}}
        the product of {{a}}, {{b}} and {{c}}?
        """,
        "print({a} * {b} * {c})",
    ),
    Template(
        "a=3..12!",
        "[what is|what's|calculate|] [{a}!|{a} factorial|the factorial of {a}]?",
        "import math\nprint(math.factorial({a}))",
    ),
    Template(
        "a=12..180 b=8..144",
        """
        [what is|find] the [greatest common divisor|gcd|highest common factor] of {a} and {b}?
        largest number that divides both {a} and {b}?
        """,
        "import math\nprint(math.gcd({a}, {b}))",
    ),
    Template(
        "a=4..40 b=4..36",
        "[what is|find] the [least common multiple|lcm|lowest common multiple] of {a} and {b}?",
        "import math\nprint(math.lcm({a}, {b}))",
    ),
    Template(
        "a=5..60 b=61..400",
        """
        [what is|] the sum of [all|the] [whole numbers|integers|numbers] from {a} to {b}?
        add up every number from {a} to {b}
        """,
        "print(sum(range({a}, {b} + 1)))",
    ),
    Template(
        "x=3..60 a=2..19 b=5..200 c=10..900",
        """
        [solve|find x:] {a}x + {b} = {c}
        {a} times a number plus {b} [is|equals] {c}. what is the number?
        i think of a number, multiply it by {a}, add {b} and get {c}. which number?
        """,
        "print(round(({c} - {b}) / {a}, 2))",
        "{out}\nx is {out}.\nThe number is {out}.",
        when=lambda v: v["c"] > v["b"],
    ),
)
