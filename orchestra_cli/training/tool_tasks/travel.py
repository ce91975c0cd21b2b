"""Word problems about distance, speed and fuel, and about cooking and mixing."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import MONEY, Template

_HOURS = "{out}\n{out} hours\nIt takes {out} hours.\nThat is {out} hours."

TRAVEL = (
    Template(
        "v=vehicle s=20..140 h=0.5..9.5/0.5",
        """
        a {v} [goes|drives|travels] at {s} km/h for {h} hours. how far [does it get|is that]?
        [distance|how many km] in {h} hours at {s} km/h?
        how far do i get in {h} hours [going|driving] {s} km per hour?
        """,
        "print(round({s} * {h}, 2))",
        "{out}\n{out} km\nIt goes {out} km.\nThat is {out} km.",
    ),
    Template(
        "v=vehicle d=30..1900 s=25..130 city=city",
        """
        how [long|many hours] does a {v} take for {d} km at {s} km/h?
        {d} km at {s} km/h - [how many hours?|how long in hours?]
        it is {d} km to {city}. how many hours at {s} km/h?
        """,
        "print(round({d} / {s}, 2))",
        _HOURS,
    ),
    Template(
        "v=vehicle d=2..90 s=25..130",
        """
        how many minutes does a {v} need for {d} km at {s} km/h?
        {d} km, {s} km/h: how many minutes is that?
        """,
        "hours = {d} / {s}\nprint(round(hours * 60, 2))",
        "{out}\n{out} minutes\nIt takes {out} minutes.",
    ),
    Template(
        "d=30..1900 h=2..14",
        """
        what is the average speed for {d} km in {h} hours?
        we drove {d} km in {h} hours. how fast was that [on average|in km/h]?
        """,
        "print(round({d} / {h}, 2))",
        "{out}\n{out} km/h\nThe average speed is {out} km/h.",
    ),
    Template(
        "d=5..90 m=10..90",
        """
        [i cycled|i ran|the tram covers] {d} km in {m} minutes. what is that in km/h?
        {d} km in {m} min - speed in km per hour?
        """,
        "hours = {m} / 60\nprint(round({d} / hours, 2))",
        "{out}\n{out} km/h\nThat is {out} km/h.",
    ),
    Template(
        "h=1..5 s=40..120 k=1..5 r=40..120",
        """
        {h} hours at {s} km/h, then {k} hours at {r} km/h. how far altogether?
        a car drives {h} hours at {s} km/h and {k} hours at {r} km/h. total distance?
        """,
        "first = {h} * {s}\nsecond = {k} * {r}\nprint(first + second)",
        "{out}\n{out} km\nIt is {out} km in all, so the answer is {out} km.",
    ),
    Template(
        "s=40..120 r=40..120 d=90..900",
        """
        two trains {d} km apart drive towards each other at {s} and {r} km/h. after how many \
            hours do they meet?
        cities {d} km apart, one car at {s} km/h and one at {r} km/h towards each other. hours \
            until they meet?
        """,
        "print(round({d} / ({s} + {r}), 2))",
        "{out}\nThey meet after {out} hours.\n{out} hours",
    ),
    Template(
        "f=4..12/0.5 d=20..1800",
        """
        my car uses {f} litres per 100 km. how much fuel for {d} km?
        {d} km with {f} l/100 km: how many litres?
        """,
        "print(round({d} / 100 * {f}, 2))",
        "{out}\n{out} litres\nIt needs {out} litres.",
    ),
    Template(
        "f=4..12/0.5 d=20..1800 c=1.2..2.3/0.01",
        """
        a car takes {f} litres per 100 km and a litre costs {c}. what does the fuel for {d} km cost?
        fuel cost for {d} km at {f} l per 100 km and {c} a litre?
        """,
        "litres = {d} / 100 * {f}\nprint(round(litres * {c}, 2))",
        "{out}\nThe fuel costs {out}.",
    ),
    Template(
        "d=200..900 l=20..60",
        """
        i drove {d} km on {l} litres. how many litres per 100 km is that?
        {l} litres for {d} km - consumption per 100 km?
        """,
        "print(round({l} / {d} * 100, 2))",
        "{out}\n{out} litres\nIt is {out} litres per 100 km, so {out} litres.",
    ),
    Template(
        "d=30..400 n=2..9 s=price c=cents",
        """
        a taxi costs {s} plus {c} per km. what is a ride of {n} km?
        base fare {s}, then {c} a kilometre - price for {n} km?
        """,
        "print(round({s} + {n} * {c}, 2))",
        MONEY,
    ),
    Template(
        "d=3..30 w=2..6 k=2..50",
        """
        i [walk|ride] {d} km each way, {w} days a week. how many km in {k} weeks?
        it is {d} km to work. there and back, {w} days a week: km in {k} weeks?
        """,
        "per_day = 2 * {d}\nprint(per_day * {w} * {k})",
        "{out}\n{out} km\nThat is {out} km.",
    ),
    Template(
        "dish=dish a=60..900 food=food p=2..6 q=3..24",
        """
        a recipe for {p} people needs {a} g of {food}. how much for {q} people?
        {dish} for {p} takes {a} g {food}; i cook for {q}. how many grams?
        {a} grams of {food} feed {p}. grams for {q} people?
        """,
        (
            "print(round({a} / {p} * {q}, 2))",
            "per_person = {a} / {p}\nprint(round(per_person * {q}, 2))",
        ),
        "{out}\n{out} g\nYou need {out} g.",
        when=lambda v: v["p"] != v["q"],
    ),
    Template(
        "a=0.5..4.5/0.25 n=2..9 food=food dish=dish",
        """
        one batch of {dish} takes {a} cups of {food}. how many cups for {n} batches?
        {n} batches, {a} cups of {food} each - how many cups?
        """,
        "print(round({a} * {n}, 2))",
        "{out}\n{out} cups\nYou need {out} cups.",
    ),
    Template(
        "a=1..9 b=1..9 t=200..4000",
        """
        mix [juice and water|paint and thinner|sand and cement] {a} to {b}. how much of the \
            first is in {t} ml?
        a drink is made {a}:{b} from syrup and water. how many ml of syrup for {t} ml?
        """,
        "parts = {a} + {b}\nprint(round({t} * {a} / parts, 2))",
        "{out}\n{out} ml\nYou need {out} ml.",
    ),
    Template(
        "a=1..9 b=1..9 t=cash name=name other=name",
        """
        {name} and {other} share {t} in the ratio {a} to {b}. what does {name} get?
        split {t} {a}:{b} between {name} and {other}. {name}'s part?
        """,
        "parts = {a} + {b}\nprint(round({t} * {a} / parts, 2))",
        "{cash}\n{name} gets {cash}.",
    ),
    Template(
        "a=100..900 b=100..900 p=10..60 q=10..60",
        """
        {a} ml at {p}% alcohol is mixed with {b} ml at {q}%. what percentage is the mix?
        mixing {a} g of {p}% salt solution with {b} g of {q}% solution gives how many percent?
        """,
        "salt = {a} * {p} / 100 + {b} * {q} / 100\nprint(round(salt / ({a} + {b}) * 100, 2))",
        "{out}%\nIt is {out}%.",
        unit="%",
    ),
    Template(
        "w=1..9/0.5 m=20..45 e=10..40",
        """
        a roast needs {m} minutes per kg plus {e} minutes. how many minutes for {w} kg?
        {w} kg of meat, {m} min a kilo and {e} min extra: cooking time in minutes?
        """,
        "print(round({w} * {m} + {e}, 2))",
        "{out}\n{out} minutes\nIt takes {out} minutes.",
    ),
    Template(
        "t=20..900 f=2..40 l=1..30",
        """
        a tank of {t} litres fills at {f} litres a minute. after how many minutes is it full?
        how many minutes to fill {t} litres at {f} l/min?
        """,
        "print(round({t} / {f}, 2))",
        "{out}\n{out} minutes\nIt takes {out} minutes.",
    ),
    Template(
        "t=-12..28 r=2..15",
        """
        it was {t} degrees and it got {r} degrees colder. how cold is it now?
        the temperature is {t} °C and falls by {r}. what is it then?
        """,
        "print({t} - {r})",
        "{out}\n{out} °C\nIt is {out} degrees.",
    ),
)
