"""Files about work and school: minutes, invoices, contacts, handbooks, notices, projects."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum

_CASH = "{cash}\nIt is {cash}.\nThat comes to {cash}."

MINUTES = Paper(
    "day=near topic=topic",
    "[minutes|meeting|protocol]_[team|board|staff]_{day}.[md|txt]",
    "[Minutes of {day}|Meeting on {day}|Notes, team meeting {day}]",
    (
        Fact(
            "v=person",
            "[{v} will take care of {topic}.|Responsible for {topic}: {v}.|{topic} goes to {v}.]",
            "who [is in charge of|takes care of|was given] {topic}?",
            "{topic} [responsible|care]",
        ),
        Fact(
            "v=recent",
            "[The deadline for {topic} is {v}.|{topic} must be finished by {v}.]",
            (
                "[when is the deadline for|by when should we finish|when must we be done with] "
                "{topic}?"
            ),
            "{topic} [deadline|finished by]",
        ),
        Fact(
            "v=cash",
            (
                "[For {topic} {v} were approved.|We may spend {v} on {topic}.|Budget for "
                "{topic}: {v}.]"
            ),
            "how much [money|] [may we spend on|was approved for|do we have for] {topic}?",
            "{topic} [budget|approved spend]",
            sums=(
                Sum(
                    "c=cost",
                    "we have already spent {c} on {topic}. how much of the approved money is left?",
                    "print(round({v} - {c}, 2))",
                    "{cash}\nWhat is left is {cash}.",
                ),
                Sum(
                    "p=discount",
                    "what is {p} of the budget for {topic}?",
                    "print(round({v} * {p} / 100, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=reason",
            "[{topic} was put off because of {v}.|The delay with {topic} is due to {v}.]",
            "why [was {topic} put off|is {topic} late|is there a delay with {topic}]?",
            "{topic} [delay|put off because]",
        ),
        Fact(
            "v=room",
            "[Next time we meet in {v}.|The next meeting is in {v}.]",
            (
                "[where|in which room] [do we meet after|is the meeting that follows the one of] "
                "{day}?"
            ),
            "{day} next meeting room",
        ),
        Fact(
            "v=3..28",
            "[{v} people were present.|Present: {v} people.]",
            "how many people [came to|were at] the meeting on {day}?",
            "{day} people present",
            answer="{v} people",
        ),
    ),
    """
    Coffee was cold again.
    The minutes of the last meeting were accepted without changes.
    Questions should go to the list and not to single members.
    Nobody had anything under other business.
    The window in the corridor is still broken.
    We started ten minutes late.
    """,
)
INVOICE = Paper(
    "no=code who=surname",
    "[invoice|bill]_{who}_{no}.[txt|md]",
    "[Invoice {no}|Bill {no}], [{who} Ltd|{who} & Sons|Workshop {who}]",
    (
        Fact(
            "v=cash",
            "[The net amount is {v}.|Net: {v}.]",
            "what is the net [sum|amount] [on|of] the {who} invoice?",
            "{who} [invoice net|net amount]",
            sums=(
                Sum(
                    "p=tax",
                    "what is the net amount of the {who} invoice plus {p} tax?",
                    "print(round({v} * (1 + {p} / 100), 2))",
                    _CASH,
                ),
                Sum(
                    "p=discount",
                    "what do i pay {who} if i may take {p} off the net amount?",
                    "print(round({v} * (1 - {p} / 100), 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=recent",
            "[Payable by {v}.|Please pay by {v}.|Payment is due on {v}.]",
            "[when|by when] [do i have to pay|is the bill due from] {who}?",
            "{who} [payment due|pay by]",
        ),
        Fact(
            "v=code",
            "[Please quote customer number {v}.|Your customer number: {v}.]",
            "what is [my|our] customer number [with|at] {who}?",
            "{who} customer number",
        ),
        Fact(
            "v=2..40 w=pay",
            "[{v} hours of work at {w} each.|Labour: {v} hours, {w} an hour.]",
            "how many hours did {who} [charge|bill|work] for?",
            "{who} hours [work|labour]",
            answer="{v} hours",
            sums=(
                Sum(
                    "",
                    "what does the labour on the {who} invoice come to, hours times rate?",
                    "print(round({v} * {w}, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=phone",
            "[Questions about this bill: {v}.|Our accounts office: telephone {v}.]",
            "what number do i call [with questions about|about] the {who} bill?",
            "{who} [bill telephone|questions]",
        ),
    ),
    """
    Goods remain ours until they are paid for.
    We thank you for your order.
    Travel to the site is included.
    Old parts were taken away.
    This paper was made without a signature.
    """,
)
WORK_PAPERS = (MINUTES, INVOICE)
