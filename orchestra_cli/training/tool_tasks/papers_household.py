"""Files about a household: recipes, pets, cars."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum

_CASH = "{cash}\nIt is {cash}.\nThat comes to {cash}."

RECIPE = Paper(
    "dish=dish who=name",
    "[recipe|kitchen|cookbook]_{who}_{dish}.[md|txt]",
    "[{who}'s {dish}|{dish} as {who} makes it|Recipe: {dish} from {who}]",
    (
        Fact(
            "v=50..900/10 p=2..8 food=food",
            "[Take {v} g of {food}.|Weigh {v} g {food} first.|You need {v} g of {food} for it.]",
            "how much {food} [goes into|is in|do i need for] {who}'s {dish}?",
            "{who} {dish} {food}",
            answer="{v} g",
            sums=(
                Sum(
                    "k=2..7",
                    "how many grams of {food} do i need for {k} times {who}'s {dish}?",
                    "print({v} * {k})",
                    "{out}\n{out} g\nYou need {out} g.",
                ),
                Sum(
                    "",
                    "i make half of {who}'s {dish}. how many grams of {food}?",
                    "print(round({v} / 2, 2))",
                    "{out}\n{out} g\nYou need {out} g.",
                ),
            ),
        ),
        Fact(
            "v=10..120/5",
            (
                "[Bake it for {v} minutes.|It stays in the oven for {v} minutes.|Cooking takes "
                "{v} minutes.]"
            ),
            "how long [must|does] {who}'s {dish} [bake|cook|stay in the oven]?",
            "{who} {dish} [minutes|bake minutes|oven]",
            answer="{v} minutes",
        ),
        Fact(
            "v=150..240/10",
            "[Heat the oven to {v} °C.|Oven at {v} °C, no fan.]",
            "[what temperature|how hot] [should the oven be|is the oven] for {who}'s {dish}?",
            "{who} {dish} oven [temperature|heat]",
            answer="{v} °C",
            sums=(
                Sum(
                    "",
                    "what is the oven temperature of {who}'s {dish} in fahrenheit?",
                    "print(round({v} * 9 / 5 + 32, 1))",
                    "{out}\n{out} °F\nIt is {out} °F.",
                ),
            ),
        ),
        Fact(
            "v=2..12",
            "[This serves {v}.|Enough for {v} people.]",
            "how many [people|guests] [does {who}'s {dish} feed|is {who}'s {dish} for]?",
            "{who} {dish} serves people",
        ),
        Fact(
            "v=food",
            "[The secret is a spoon of {v}.|{who} always adds some {v} at the end.]",
            "what is [the secret of|special about|the secret ingredient in] {who}'s {dish}?",
            "{who} {dish} [secret|adds]",
        ),
    ),
    """
    Stir slowly and do not let it boil over.
    It tastes even better on the next day.
    Season with salt and pepper.
    Wash the pan at once or regret it.
    Serve with a green salad.
    The children like it without onions.
    """,
)
PET = Paper(
    "pet=pet who=name",
    "[pet|care|sitter_notes]_{pet}.[md|txt]",
    "[Looking after {pet}|{pet}: notes for the sitter|Care of {pet}]",
    (
        Fact(
            "v=40..400/10",
            "[{pet} gets {v} g of food a day.|Feed {v} g every day, in two meals.]",
            "how much food does {pet} get [a day|per day|daily]?",
            "{pet} food [day|]",
            answer="{v} g",
            sums=(
                Sum(
                    "d=3..30",
                    "how many grams of food does {pet} need for {d} days?",
                    "print({v} * {d})",
                    "{out}\n{out} g\nThat is {out} g.",
                ),
                Sum(
                    "k=2..9",
                    "how many days does a {k} kg bag last for {pet}?",
                    "print({k} * 1000 // {v})",
                    "{out}\n{out} days\nIt lasts {out} days.",
                ),
            ),
        ),
        Fact(
            "v=person",
            "[The vet is {v}.|In an emergency call the vet, {v}.]",
            "[who is {pet}'s vet|which vet looks after {pet}]?",
            "{pet} vet",
        ),
        Fact(
            "v=allergy",
            "[Never give {v}: an allergy.|{pet} is allergic to {v}.]",
            "what is {pet} allergic to?",
            "{pet} allergic allergy",
        ),
        Fact(
            "v=clock",
            "[The evening walk is at {v}.|Last round outside: {v}.]",
            "[when|at what time] does {pet} go out in the evening?",
            "{pet} [evening walk|walk]",
        ),
        Fact(
            "v=place",
            "[The carrier is {v}.|You find the transport box {v}.]",
            "where is the [carrier|transport box] for {pet}?",
            "{pet} [carrier|transport box]",
        ),
        Fact(
            "v=birth",
            "[Born on {v}.|{pet}'s birthday is {v}.]",
            "when was {pet} born?",
            "{pet} [born birthday|birthday]",
        ),
    ),
    """
    Do not believe the sad eyes at dinner time.
    Brush the fur once a week.
    Fresh water twice a day, please.
    The red ball is the favourite toy.
    Thunder is frightening; stay close then.
    """,
)
CAR = Paper(
    "model=model who=surname",
    "[car|vehicle|log]_{model}.[md|txt]",
    "[Car log: {model}|The {model}|Our {model}, notes]",
    (
        Fact(
            "v=code",
            "[The number plate is {v}.|Registration {v}.]",
            "what is the [registration|licence plate|number plate] of the {model}?",
            "{model} [registration|number plate]",
        ),
        Fact(
            "v=1.8..3.4/0.1",
            "[Tyre pressure: {v} bar all round.|Fill the tyres to {v} bar.]",
            "what [pressure do the tyres of|tyre pressure does] the {model} [need|have]?",
            "{model} [tyre pressure|tyres bar]",
            answer="{v} bar",
        ),
        Fact(
            "v=12000..190000/500",
            "[At the last service it had {v} km.|Odometer at the service: {v} km.]",
            "how many [km|kilometres] did the {model} have at its [last|] service?",
            "{model} [service|odometer service] km",
            answer="{v} km",
            sums=(
                Sum(
                    "n=200000..260000/1000",
                    "the {model} shows {n} km now. how many km since the service in my log?",
                    "print({n} - {v})",
                    "{out}\n{out} km\nIt is {out} km.",
                ),
            ),
        ),
        Fact(
            "v=cash",
            "[The yearly insurance costs {v}.|Insurance is {v} a year.]",
            "what [do we pay|does it cost] to insure the {model}?",
            "{model} insurance",
            sums=(
                Sum(
                    "",
                    "what is the insurance for the {model} per month?",
                    "print(round({v} / 12, 2))",
                    "{cash}\nIt is {cash}.",
                ),
            ),
        ),
        Fact(
            "v=near",
            "[The next inspection is due on {v}.|Inspection valid until {v}.]",
            "[when|by when] must the {model} go to its inspection?",
            "{model} inspection [due|valid]",
        ),
        Fact(
            "v=place",
            "[The warning triangle is {v}.|Jack and triangle: {v}.]",
            "where is the [warning triangle|jack] of the {model}?",
            "{model} [triangle|jack triangle]",
        ),
    ),
    """
    The left wiper squeaks in light rain.
    Use winter tyres from October on.
    The radio loses its memory when the battery is taken out.
    Sand from the beach trip is still everywhere.
    Washed and waxed in spring.
    """,
)
HOUSEHOLD_PAPERS = (RECIPE, PET, CAR)
