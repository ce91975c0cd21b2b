"""Times of day and lengths of time."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template

_TIME = "{out}\nIt is {out}.\nThat is {out}.\nThe time is {out}."
_MINUTES = "{out}\n{out} minutes\nIt is {out} minutes.\nThat makes {out} minutes."

CLOCK = (
    Template(
        "a=clock d=later",
        """
        [what time is it|which time is it|what is the time] {d} after {a}?
        [it is {a}. what time is it in {d}?|{d} from {a} is what time?|{a} plus {d}]
        the [film|train|show|class|flight] starts at {a} and takes {d}. when does it end?
        [we leave|i leave|the bus leaves] at {a} and [the trip takes|need] {d}. [arrival \
            time?|when do we arrive?]
        [the cake goes into the oven|the machine starts] at {a} for {d}. when is it done?
        """,
        "print(shift_time({a}, {d}))",
        _TIME,
        is_text=True,
    ),
    Template(
        "a=clock d=earlier",
        """
        what time [is|was] it {d} before {a}?
        [i must be there at|the meeting is at|the train goes at] {a} and it takes {d} to get \
            there. when must i leave?
        [{a} minus {d}|dinner should be ready at {a} and needs {d}. when do i start?]
        """,
        "print(shift_time({a}, {d}))",
        _TIME,
        is_text=True,
    ),
    Template(
        "a=morning b=evening",
        """
        how many minutes [are there between {a} and {b}|from {a} to {b}]?
        [how many minutes until {b} if it is {a} now?|it's {a}. minutes until {b}?]
        [the shop is open|i worked|the exam lasted] from {a} to {b}. how many minutes is that?
        """,
        "print(minutes_between({a}, {b}))",
        _MINUTES,
    ),
    Template(
        "a=morning b=evening",
        """
        how many hours [are there between {a} and {b}|from {a} to {b}][, as a decimal|]?
        i [work|worked|was out] from {a} to {b}. how many hours is that?
        """,
        "print(round(minutes_between({a}, {b}) / 60, 2))",
        "{out}\n{out} hours\nThat is {out} hours.",
    ),
    Template(
        "a=morning b=evening",
        """
        how long is it from {a} to {b}[ in hours and minutes|]?
        how much time [is|passes] between {a} and {b}?
        [opened at {a}, closed at {b} - how long is that?|departure {a}, arrival {b}: how long \
            is the journey?]
        """,
        'minutes = minutes_between({a}, {b})\nprint(f"{minutes // 60} h {minutes % 60} min")',
        "{out}\nIt is {out}.\nThat is {out}.",
        is_text=True,
    ),
    Template(
        "a=evening b=morning",
        """
        how many hours is it from {a} to {b} the next [morning|day]?
        i [slept|was asleep] from {a} to {b} the next morning. how many hours?
        the night shift runs from {a} to {b}. how many hours is it?
        """,
        "print(round(minutes_between({a}, {b}) / 60, 2))",
        "{out}\n{out} hours\nIt is {out} hours.",
    ),
    Template(
        "a=morning b=evening n=10..60",
        """
        i work from {a} to {b} with a break of {n} minutes. how many hours do i work?
        shift {a} to {b}, {n} minutes unpaid break: paid hours?
        """,
        "print(round((minutes_between({a}, {b}) - {n}) / 60, 2))",
        "{out}\n{out} hours\nThat is {out} hours.",
    ),
    Template(
        "a=20..2000",
        """
        [how much is|what is|convert] {a} minutes in hours and minutes?
        {a} minutes - how many hours and minutes?
        """,
        'print(f"{{a} // 60} h {{a} % 60} min")',
        "{out}\nIt is {out}.",
        is_text=True,
    ),
    Template(
        "h=1..12 m=2..58",
        """
        how many minutes are {h} hours and {m} minutes?
        {h} h {m} min in minutes
        convert {h} hours {m} minutes to minutes
        """,
        "print({h} * 60 + {m})",
        _MINUTES,
    ),
    Template(
        "d=length e=length",
        """
        [add {d} and {e}. how many minutes?|{d} plus {e} in minutes]
        [two films|two calls] last {d} and {e}. how many minutes together?
        """,
        "print({d} + {e})",
        _MINUTES,
    ),
    Template(
        "a=morning d=5..55 n=3..9",
        """
        [lessons|appointments] of {d} minutes start at {a}, one right after the other. when does \
            number {n} end?
        {n} talks of {d} minutes each begin at {a} without breaks. when are they over?
        """,
        "print(shift_time({a}, minutes={n} * {d}))",
        _TIME,
        is_text=True,
    ),
    Template(
        "a=clock z=2..11",
        """
        it is {a} here. what time is it in a place {z} hours ahead?
        my colleague is {z} hours ahead of me. my clock says {a}, what does theirs say?
        """,
        "print(shift_time({a}, hours={z}))",
        _TIME,
        is_text=True,
    ),
    Template(
        "a=clock z=2..11",
        """
        it is {a} here. what time is it in a place {z} hours behind?
        a city is {z} hours behind us. here it's {a} - what time there?
        """,
        "print(shift_time({a}, hours=-{z}))",
        _TIME,
        is_text=True,
    ),
    Template(
        "n=100..90000",
        """
        how many hours, minutes and seconds [are|is] {n} seconds?
        {n} seconds as h:mm:ss
        """,
        'print(f"{{n} // 3600}:{{n} % 3600 // 60:02d}:{{n} % 60:02d}")',
        "{out}\nIt is {out}.",
        is_text=True,
    ),
)
