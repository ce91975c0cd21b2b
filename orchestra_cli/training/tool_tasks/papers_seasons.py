"""Files about parties and gardens."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum

_CASH = "{cash}\nIt is {cash}.\nThat comes to {cash}."

EVENT = Paper(
    "who=name other=name",
    "[wedding|party|birthday|event]_{who}.[md|txt]",
    "[Party for {who}: plan|{who}'s celebration|What to do for {who}'s party]",
    (
        Fact(
            "v=12..180",
            "[{v} guests have said yes.|We expect {v} guests.]",
            "how many [people|guests] come to {who}'s party?",
            "{who} [party guests|guests]",
            answer="{v} guests",
            sums=(
                Sum(
                    "c=price",
                    "what does the food for all guests of {who}'s party cost at {c} a head?",
                    "print(round({v} * {c}, 2))",
                    _CASH,
                ),
                Sum(
                    "k=6..12",
                    "how many tables for {k} do we need for the guests of {who}'s party?",
                    "import math\nprint(math.ceil({v} / {k}))",
                    "{out}\nYou need {out}.",
                ),
            ),
        ),
        Fact(
            "v=meal",
            "[The main course is {v}.|There will be {v} for dinner.]",
            "what [is there to eat|do we eat|is the main course] at {who}'s party?",
            "{who} [party dinner|main course]",
        ),
        Fact(
            "v=colour",
            "[Everything is decorated in {v}.|Dress code: {v}.]",
            "[which colour|what colour] [should we wear to|is planned for] {who}'s party?",
            "{who} [colour decorated dress|dress code]",
        ),
        Fact(
            "v=person",
            "[{v} brings the cake.|The cake comes from {v}.]",
            "who [brings|makes] the cake for {who}'s party?",
            "{who} cake",
        ),
        Fact(
            "v=cash",
            "[The hall costs {v}.|Hall rent: {v}.]",
            "how much is the [hall|room] for {who}'s party?",
            "{who} hall",
            sums=(
                Sum(
                    "k=2..9",
                    "the hall for {who}'s party is paid by {k} people. how much each?",
                    "print(round({v} / {k}, 2))",
                    "{cash}\nEach pays {cash}.",
                ),
            ),
        ),
        Fact(
            "v=evening",
            "[Doors open at {v}.|It begins at {v}.]",
            "[when|at what time] does {who}'s party [start|begin]?",
            "{who} party [begins|open]",
        ),
    ),
    """
    Candles have to be bought, the long ones.
    Do not tell anybody yet.
    The music must be off at midnight.
    Bring glasses from the cellar.
    If it rains we go inside.
    """,
)
GARDEN = Paper(
    "plant=plant who=surname",
    "[garden|planting|allotment]_{plant}.[md|txt]",
    "[Garden log: {plant}|Growing {plant}|{plant} this year]",
    (
        Fact(
            "v=near",
            "[Sown on {v}.|They went into the soil on {v}.]",
            "when did [we|i] [sow|plant] the {plant}?",
            "{plant} [sown|soil]",
            sums=(
                Sum(
                    "n=5..90",
                    "on which date were the {plant} {n} days old, counted from sowing?",
                    "print(shift({v}, days={n}))",
                    "{out}\nIt was {out}.",
                ),
            ),
        ),
        Fact(
            "v=10..90/5",
            "[Keep {v} cm between them.|Distance: {v} cm.]",
            "how far apart [should|do] the {plant} [be|stand]?",
            "{plant} [distance|between]",
            answer="{v} cm",
        ),
        Fact(
            "v=2..9",
            "[Water every {v} days.|They get water every {v} days.]",
            "how often [do i water|should i water] the {plant}?",
            "{plant} water",
            answer="every {v} days",
        ),
        Fact(
            "v=0.5..30/0.5",
            "[The harvest was {v} kg.|We picked {v} kg in all.]",
            "how much did [we|i] harvest of the {plant}?",
            "{plant} [harvest|picked]",
            answer="{v} kg",
            sums=(
                Sum(
                    "c=price",
                    "what would the harvest of {plant} be worth at {c} a kilo?",
                    "print(round({v} * {c}, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=person",
            "[The seeds came from {v}.|{v} gave us the young plants.]",
            "who [gave us|did we get] the {plant}[ from|]?",
            "{plant} [seeds|plants gave]",
        ),
        Fact(
            "v=reason",
            "[Half were lost to {v}.|Trouble this year: {v}.]",
            "what [went wrong with|harmed] the {plant}?",
            "{plant} [lost|trouble]",
        ),
    ),
    """
    Slugs were out at night.
    Compost helps more than anything from a bottle.
    The fence needs a new post.
    Next year in another bed.
    Cover them when frost is near.
    """,
)
SEASON_PAPERS = (EVENT, GARDEN)
