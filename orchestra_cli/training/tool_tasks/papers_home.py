"""Files about a home: leases, manuals, house notes, recipes, pets, cars."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum

_CASH = "{cash}\nIt is {cash}.\nThat comes to {cash}."

LEASE = Paper(
    "street=street owner=person",
    "[lease|rental_agreement|flat|tenancy]_{street}.[md|txt]",
    "[Rental agreement|Lease|Tenancy agreement], {street}",
    (
        Fact(
            "v=cash",
            (
                "[The tenant pays a deposit of {v}.|A deposit of {v} is held by the "
                "landlord.|Deposit: {v}, returned after moving out.]"
            ),
            (
                "[how much|what] [deposit|security] [did we pay|is asked] for [the flat in|the "
                "place on|our flat on] {street}?"
            ),
            "{street} deposit",
            sums=(
                Sum(
                    "k=2..5",
                    (
                        "how much of the {street} deposit does each of {k} flatmates pay, if "
                        "they share it equally?"
                    ),
                    "print(round({v} / {k}, 2))",
                    "{cash}\nEach pays {cash}.",
                ),
            ),
        ),
        Fact(
            "v=cash",
            (
                "[The monthly rent is {v}.|Rent of {v} is due each month.|{v} rent per month, "
                "heating not included.]"
            ),
            (
                "[what is the rent|how much rent do we pay|what do i pay a month] [for|in|on] "
                "{street}?"
            ),
            "{street} [monthly rent|rent]",
            sums=(
                Sum(
                    "",
                    "what does the flat on {street} cost in rent per year?",
                    "print({v} * 12)",
                    _CASH,
                ),
                Sum(
                    "p=rate",
                    "what will the rent on {street} be if it goes up by {p}?",
                    "print(round({v} * (1 + {p} / 100), 2))",
                    _CASH,
                ),
                Sum(
                    "m=2..11",
                    "how much rent is due for {m} months on {street}?",
                    "print({v} * {m})",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "n=2..6",
            "[Either side may end this with {n} months' notice.|Notice period: {n} months.]",
            "how [long is the notice period|many months ahead must i give notice] for {street}?",
            "{street} notice [period|months]",
            answer="{n} months",
        ),
        Fact(
            "v=date",
            (
                "[The contract begins on {v}.|Start of the tenancy: {v}.|The keys are handed "
                "over on {v}.]"
            ),
            (
                "[when does the lease for|from when do we rent|when did the tenancy start on] "
                "{street}[ begin|]?"
            ),
            "{street} [contract begins|tenancy start|lease begin]",
        ),
        Fact(
            "",
            (
                "[The landlord is {owner}.|Owner of the flat: {owner}.|Repairs are to be "
                "reported to the owner, {owner}.]"
            ),
            "who [is the landlord of|owns the flat on|do i call about repairs at] {street}?",
            "{street} [landlord|owner]",
            answer="{owner}",
        ),
        Fact(
            "v=20..140",
            "[The flat has {v} square metres.|Living space: {v} square metres.]",
            "how [big|large] is the flat [on|in] {street}?",
            "{street} [square metres|living space]",
            answer="{v} square metres",
        ),
    ),
    """
    Pets are allowed with the consent of the house.
    Windows are to be cleaned twice a year.
    Bicycles are kept in the yard and not in the hallway.
    The stairs are swept in turns, see the list by the door.
    Holes in the walls are to be filled before moving out.
    Quiet hours start at ten in the evening.
    """,
)
HOUSE = Paper(
    "who=surname",
    "[house_notes|home|holiday_house|notes_for_guests]_{who}.[md|txt]",
    "[House notes|Notes for guests|Good to know], [{who} house|home of the {who} family]",
    (
        Fact(
            "v=password",
            (
                "[The wifi is called HomeNet, key {v}.|Wireless network password: {v}.|To get "
                "online use the password {v}.]"
            ),
            "what is the [wifi|wlan|wireless|internet] password [at|in] the {who} house?",
            "{who} [wifi password|wireless password|password network]",
        ),
        Fact(
            "v=pin",
            (
                "[The alarm is switched off with {v}.|Alarm code {v}, to be entered within "
                "thirty seconds.]"
            ),
            (
                "[what is the code for the alarm|how do i turn off the alarm|alarm code] at the "
                "{who} house?"
            ),
            "{who} alarm [code|]",
        ),
        Fact(
            "v=place",
            "[The spare key lies {v}.|You find the spare key {v}.|A second key is {v}.]",
            "where [is the spare key|do they keep the second key] [of|at] the {who} house?",
            "{who} [spare key|second key|key]",
        ),
        Fact(
            "v=weekday",
            "[The bins are emptied on {v}.|Rubbish goes out for collection every {v}.]",
            "[which day|when] is the rubbish [collected|picked up] at the {who} place?",
            "{who} [rubbish collection|bins emptied]",
        ),
        Fact(
            "v=place",
            "[The main water tap is {v}.|To shut off the water, turn the valve {v}.]",
            "where can [i|we] [shut off|turn off] the water [in|at] the {who} house?",
            "{who} water [tap valve|shut off]",
        ),
        Fact(
            "v=person p=phone",
            (
                "[The neighbour {v} helps in an emergency, telephone {p}.|If anything breaks ask "
                "the neighbour, {v}, on {p}.]"
            ),
            "[who is the neighbour to ask|which neighbour helps] at the {who} house?",
            "{who} neighbour [emergency|help]",
        ),
        Fact(
            "v=clock",
            "[Hot water is on until {v}.|The heating turns itself down at {v}.]",
            "until what time is it warm at the {who} house?",
            "{who} [heating hot water|heating]",
        ),
    ),
    """
    Please take off your shoes in the hall.
    The washing machine needs a hard push to close.
    The cat from next door is not ours, whatever she says.
    Board games are in the chest by the window.
    The upstairs lamp flickers; that is harmless.
    Fresh towels are on every bed.
    """,
)
HOME_PAPERS = (LEASE, HOUSE)
