"""Days, weeks, weekdays, ages. Every date that is needed stands in the question."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template, Values

_DAY = "{out}\nIt is {out}.\nThe date is {out}.\nThat is {out}."


def _later(values: Values) -> bool:
    return 0 < values["b"] - values["a"] < 2_500


def _grown_up(values: Values) -> bool:
    return values["b"] - values["a"] > 700


CALENDAR = (
    Template(
        "a=near b=recent",
        """
        how many days [are there|] between {a} and {b}?
        how many days from {a} [to|until|till] {b}?
        [days between {a} and {b}|number of days from {a} to {b}|{a} to {b}: how many days?]
        how [long|many days] is it from {a} to {b}[ in days|]?
        [today is|it's|it is] {a}. how many days [are left|remain|is it] until {b}?
        i started on {a} and finished on {b}. how many days later was that?
        """,
        "print(days_between({a}, {b}))",
        "{out}\nIt is {out} days.\nThere are {out} days between them.\n{out} days",
        when=_later,
    ),
    Template(
        "a=near b=recent",
        """
        how many [full|whole|complete] weeks are there between {a} and {b}?
        how many [full|whole] weeks from {a} to {b}?
        """,
        "print(days_between({a}, {b}) // 7)",
        "{out}\nIt is {out} weeks.\n{out} weeks",
        when=_later,
    ),
    Template(
        "a=date",
        """
        [what day of the week|which weekday|what weekday|which day of the week] [is|was] {a}?
        [on which day of the week|on what day] [does|did] {a} fall?
        {a} - [what day is that?|which weekday?]
        [weekday of|day of the week for] {a}
        """,
        "print(weekday({a}))",
        "{out}\nIt is {out}.\n{a} is a {out}.\nThat is a {out}.",
        is_text=True,
    ),
    Template(
        "a=recent n=3..400",
        """
        [what date is|which date is|what is the date] {n} days after {a}?
        [add {n} days to {a}|{a} plus {n} days|{n} days from {a}, which date?]
        [today is {a}. what date is it in {n} days?|if today is {a}, when is {n} days from now?]
        an invoice from {a} is due [in|after] {n} days. [on which date?|when is that?]
        a [trial|permit|warranty] of {n} days starts on {a}. when does it end?
        """,
        "print(shift({a}, days={n}))",
        _DAY,
        is_text=True,
    ),
    Template(
        "a=recent n=2..52",
        """
        [what date is|which date is] {n} weeks after {a}?
        [add {n} weeks to {a}|{a} plus {n} weeks]
        [the course|my leave|treatment] starts on {a} and takes {n} weeks. [when is it over?|end \
            date?]
        """,
        "print(shift({a}, weeks={n}))",
        _DAY,
        is_text=True,
    ),
    Template(
        "a=recent n=3..300",
        """
        [what date|which date|which day] was {n} days before {a}?
        [subtract {n} days from {a}|{a} minus {n} days|go back {n} days from {a}]
        i must [apply|cancel|book] {n} days before {a}. by what date is that?
        """,
        "print(shift({a}, days=-{n}))",
        _DAY,
        is_text=True,
    ),
    Template(
        "a=recent n=3..300",
        """
        [what day of the week|which weekday] is {n} days after {a}?
        today is {a}. [which weekday is it|what day of the week will it be] in {n} days?
        """,
        "print(weekday(shift({a}, days={n})))",
        "{out}\nIt is {out}.\nIt is a {out}.",
        is_text=True,
    ),
    Template(
        "d=weekday n=3..200",
        """
        today is {d}. what day [is it|will it be] in {n} days?
        if today is a {d}, which weekday is {n} days from now?
        """,
        "print(shift({d}, days={n}))",
        "{out}\nIt is {out}.\nIt is a {out}.",
        is_text=True,
    ),
    Template(
        "a=birth b=recent name=name",
        """
        {name} was born on {a}. how old is [{name}|this person] on {b}?
        born {a} - [how old on {b}?|age on {b}?]
        [my date of birth is|i was born on] {a}. how old am i on {b}?
        how many years old is someone on {b} who was born on {a}?
        """,
        "print(age({a}, {b}))",
        "{out}\n{out} years old\nThe age is {out}.\nThat is {out} years.",
        when=_grown_up,
    ),
    Template(
        "y=1896..2104!",
        """
        [is|was] [the year |]{y} a leap year?
        does february have 29 days in {y}?
        leap year or not: {y}?
        """,
        'print("yes" if is_leap({y}) else "no")',
        "{out}",
        is_text=True,
    ),
    Template(
        "y=1950..2080! z=1960..2099!",
        """
        how many leap years are there from {y} to {z}[, both included|]?
        count the leap years from {y} to {z}
        """,
        "print(len([y for y in range({y}, {z} + 1) if is_leap(y)]))",
        when=lambda v: v["z"] > v["y"] + 5,
    ),
    Template(
        "a=date",
        """
        [what number day|which day] of the year is {a}?
        {a}: number of that day in its year?
        """,
        'day = shift({a})\nprint(days_between("1 January " + day[-4:], day) + 1)',
        "{out}\nIt is day {out}.",
    ),
    Template(
        "a=recent",
        """
        how many days are left in the year after {a}?
        it is {a}. how many days [are left|remain] until the end of the year?
        """,
        'day = shift({a})\nprint(days_between(day, "31 December " + day[-4:]))',
        "{out}\n{out} days\nThere are {out} days left, so the answer is {out}.",
    ),
    Template(
        "a=recent",
        """
        how many days until [christmas|christmas day|25 december] if [today is|it is] {a}?
        today is {a}. days until christmas [of this year|day]?
        """,
        'day = shift({a})\nprint(days_between(day, "25 December " + day[-4:]))',
        "{out}\n{out} days\nIt is {out} days.",
        when=lambda v: 0 < (v["a"] - 738521) % 365 < 350,
    ),
    Template(
        "y=1700..1960! z=1961..2024!",
        """
        how many years [are there|passed] between {y} and {z}?
        something founded in {y}: how old was it in {z}?
        a house was built in {y}. how old was it in {z}?
        """,
        "print({z} - {y})",
        "{out}\n{out} years\nIt is {out} years.",
    ),
    Template(
        "a=near b=recent",
        """
        a [trip|holiday|stay] from {a} to {b}: how many nights?
        i check in on {a} and check out on {b}. how many nights is that?
        """,
        "print(days_between({a}, {b}))",
        "{out}\n{out} nights\nThat is {out} nights.",
        when=lambda v: 1 < v["b"] - v["a"] < 60,
    ),
    Template(
        "a=near b=recent",
        """
        how many days from {a} to {b}, counting both [days|the first and the last day]?
        [the festival|the exhibition|my holiday] runs from {a} through {b}, both days included. \
            how many days?
        """,
        "print(days_between({a}, {b}) + 1)",
        "{out}\n{out} days\nThat is {out} days.",
        when=lambda v: 1 < v["b"] - v["a"] < 200,
    ),
    Template(
        "a=near b=recent",
        """
        which is earlier[:|,] {a} or {b}?
        which came first, {a} or {b}?
        """,
        "a, b = {a}, {b}\nprint(shift(a if days_between(a, b) > 0 else b))",
        "{out}\nIt is {out}.",
        is_text=True,
    ),
)
