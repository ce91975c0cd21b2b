"""Files about trips, clubs, events, products, gardens, insurance, timetables and health."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum

_CASH = "{cash}\nIt is {cash}.\nThat comes to {cash}."

TRIP = Paper(
    "city=city",
    "[trip|travel|itinerary|holiday]_{city}.[md|txt]",
    "[Trip to {city}|{city}: travel plan|Our days in {city}]",
    (
        Fact(
            "v=clock",
            "[The train leaves at {v}.|Departure: {v} from the main station.]",
            "[when|at what time] [does our train|do we] leave for {city}?",
            "{city} [train leaves|departure]",
        ),
        Fact(
            "v=surname",
            "[We stay at the Hotel {v}.|Hotel: {v}, two rooms.]",
            "[which hotel|where] do we stay in {city}?",
            "{city} hotel",
            answer="Hotel {v}",
        ),
        Fact(
            "v=cost n=2..9",
            "[A night costs {v}.|The room is {v} a night.]",
            "what does [a night|the room] cost in {city}?",
            "{city} [night costs|room night]",
            sums=(
                Sum(
                    "n=2..14",
                    "what do {n} nights in {city} cost?",
                    "print(round({n} * {v}, 2))",
                    _CASH,
                ),
                Sum(
                    "n=2..9 k=2..5",
                    "{k} of us share the room in {city} for {n} nights. what does each pay?",
                    "print(round({v} * {n} / {k}, 2))",
                    "{cash}\nEach pays {cash}.",
                ),
            ),
        ),
        Fact(
            "v=code",
            "[Booking reference {v}.|The reservation number is {v}.]",
            "what is the booking [code|number|reference] for {city}?",
            "{city} [booking reference|reservation number]",
        ),
        Fact(
            "v=meal",
            "[Try the {v} at the market.|On the first evening there is {v}.]",
            "what [should we eat|dish was recommended] in {city}?",
            "{city} [try market|evening eat]",
        ),
        Fact(
            "v=recent",
            "[We fly home on {v}.|Return: {v}.]",
            "[when do we come back from|on which date do we return from] {city}?",
            "{city} [return|home]",
        ),
        Fact(
            "v=person",
            "[The guide is called {v}.|Our host there is {v}.]",
            "who [is our guide|is our host|shows us around] in {city}?",
            "{city} [guide|host]",
        ),
    ),
    """
    Comfortable shoes are a must.
    Take the adapter for the sockets.
    Shops close early on Sunday.
    The weather can turn within an hour.
    Tap water is fine to drink.
    Leave room in the suitcase for the way back.
    """,
)
CLUB = Paper(
    "club=club",
    "[club|membership|rules]_{club}.[md|txt]",
    "[{club} club: membership|The {club} club|Welcome to the {club} club]",
    (
        Fact(
            "v=price",
            "[Membership is {v} a month.|The monthly fee is {v}.]",
            "what [does the {club} club cost|is the fee of the {club} club] [a month|per month]?",
            "{club} club [membership fee|monthly fee]",
            sums=(
                Sum(
                    "m=3..24",
                    "what do i pay the {club} club for {m} months?",
                    "print(round({v} * {m}, 2))",
                    _CASH,
                ),
                Sum(
                    "",
                    "what does a year in the {club} club cost?",
                    "print(round({v} * 12, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=weekday t=evening",
            "[We meet every {v} at {t}.|Training: {v}, {t}.]",
            "[which day|on what day] does the {club} club meet?",
            "{club} club [meet|training]",
        ),
        Fact(
            "v=person",
            "[The chair is {v}.|Our president is {v}.]",
            "who [leads|runs|is the head of] the {club} club?",
            "{club} club [chair|president]",
        ),
        Fact(
            "v=recent",
            "[The yearly assembly is on {v}.|General meeting: {v}.]",
            "when is the [general meeting|assembly] of the {club} club?",
            "{club} club [assembly|general meeting]",
        ),
        Fact(
            "v=8..18",
            "[Children may join from the age of {v}.|Minimum age: {v}.]",
            "how old must one be to join the {club} club?",
            "{club} club [age|minimum age]",
        ),
        Fact(
            "v=pin",
            "[The code of the changing room is {v}.|Door code: {v}.]",
            "what is the [code|door code] at the {club} club?",
            "{club} club [code|door code]",
        ),
    ),
    """
    Newcomers can come three times for free.
    Cups are washed by those who use them.
    The key holders are listed by the door.
    There is no training in the school holidays.
    Photos are only taken with consent.
    """,
)
LEISURE_PAPERS = (TRIP, CLUB)
