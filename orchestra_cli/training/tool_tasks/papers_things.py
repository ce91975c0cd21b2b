"""Files about things and care: product sheets, insurance, the doctor."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum

_CASH = "{cash}\nIt is {cash}.\nThat comes to {cash}."

PRODUCT = Paper(
    "model=model dear=dear",
    "[product|manual|data_sheet|specs]_{model}_{dear}.[md|txt]",
    "[Product sheet: {model} {dear}|{model} {dear}, manual|The {model} {dear}]",
    (
        Fact(
            "v=cost",
            "[List price {v}.|It sells for {v}.|Price in the shop: {v}.]",
            "what does the {model} {dear} cost?",
            "{model} {dear} price",
            sums=(
                Sum(
                    "n=2..40",
                    "what do {n} pieces of the {model} {dear} cost?",
                    "print(round({n} * {v}, 2))",
                    _CASH,
                ),
                Sum(
                    "p=discount",
                    "what does the {model} {dear} cost with {p} off?",
                    "print(round({v} * (1 - {p} / 100), 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=1..40/0.5",
            "[Weight: {v} kg.|It weighs {v} kg without packaging.]",
            "how [heavy is|much does] the {model} {dear}[ weigh|]?",
            "{model} {dear} [weight|kg]",
            answer="{v} kg",
            sums=(
                Sum(
                    "n=2..60",
                    "how many kg do {n} pieces of the {model} {dear} weigh?",
                    "print(round({n} * {v}, 2))",
                    "{out}\n{out} kg\nThey weigh {out} kg.",
                ),
            ),
        ),
        Fact(
            "v=12..72/6",
            "[The warranty runs for {v} months.|Guaranteed for {v} months.]",
            "how long is the [guarantee|warranty] [on|for|of] the {model} {dear}?",
            "{model} {dear} [warranty|months]",
            answer="{v} months",
        ),
        Fact(
            "v=material",
            "[The frame is made of {v}.|Material: {v}.]",
            "what is the {model} {dear} made of?",
            "{model} {dear} [made material|frame]",
        ),
        Fact(
            "v=colour",
            "[It comes in {v} only.|Colour: {v}.]",
            "[what colour is|which colour does] the {model} {dear}[ have|]?",
            "{model} {dear} [colour|]",
        ),
        Fact(
            "v=phone",
            "[Service line: {v}.|For repairs call {v}.]",
            "what number do i call when the {model} {dear} is broken?",
            "{model} {dear} [service repairs|repairs]",
        ),
        Fact(
            "v=code",
            "[Spare parts: order number {v}.|The article number is {v}.]",
            "what is the [article|order] number of the {model} {dear}?",
            "{model} {dear} [article number|order number]",
        ),
        Fact(
            "v=20..200/5",
            "[Height {v} cm.|It is {v} cm high.]",
            "how [tall|high] is the {model} {dear}?",
            "{model} {dear} [height|high]",
            answer="{v} cm",
            sums=(
                Sum(
                    "",
                    "how high is the {model} {dear} in inches?",
                    "print(round({v} / 2.54, 2))",
                    "{out}\n{out} inches\nIt is {out} inches.",
                ),
            ),
        ),
    ),
    """
    Keep away from open fire.
    Wipe with a dry cloth only.
    Read all pages before the first use.
    Do not leave it in the rain.
    The packaging can be recycled.
    Batteries are not included.
    """,
)
POLICY = Paper(
    "firm=surname no=code",
    "[insurance|policy|contract]_{firm}.[md|txt]",
    "[Insurance with {firm}|{firm} policy {no}|Household insurance, {firm}]",
    (
        Fact(
            "v=cash",
            "[The excess is {v} for each claim.|You bear {v} of every claim yourself.]",
            "how much do i pay myself when [i make|there is] a claim with {firm}?",
            "{firm} [claim excess|claim]",
            sums=(
                Sum(
                    "c=sum",
                    "a damage costs {c}. what does {firm} pay after my own share?",
                    "print(round({c} - {v}, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=cost",
            "[The premium is {v} a quarter.|Each quarter {v} are taken from the account.]",
            "what does the insurance with {firm} cost [a quarter|every three months]?",
            "{firm} [premium quarter|quarter]",
            sums=(
                Sum(
                    "",
                    "what does the insurance with {firm} cost a year?",
                    "print(round({v} * 4, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=phone",
            "[Claims hotline: {v}.|Report damage on {v}.]",
            "[where do i call|which number is it] to report damage to {firm}?",
            "{firm} [damage report|claims hotline]",
        ),
        Fact(
            "v=date",
            "[The policy ends on {v}.|Cover runs until {v}.]",
            "[until when am i covered by|when does the cover end with] {firm}?",
            "{firm} [cover ends|policy ends]",
        ),
        Fact(
            "v=reason",
            "[Not covered: {v}.|There is no cover for {v}.]",
            "what [does {firm} not cover|is not insured with {firm}]?",
            "{firm} not covered",
        ),
        Fact(
            "v=person",
            "[Your adviser is {v}.|Agent: {v}.]",
            "who is [our|my] [agent|adviser|contact] at {firm}?",
            "{firm} [adviser|agent]",
        ),
    ),
    """
    Keep receipts for all that is dear.
    Changes of address are to be reported within a month.
    Gross carelessness lowers the payment.
    Please read the small print.
    """,
)
HEALTH = Paper(
    "who=name doctor=surname",
    "[doctor|health|appointment]_{who}.[md|txt]",
    "[{who}: visit to Dr {doctor}|Notes from the doctor, {who}|Health notes for {who}]",
    (
        Fact(
            "v=recent",
            "[The next check is on {v}.|Come back on {v}.]",
            "when [is {who}'s next appointment|must {who} see the doctor again]?",
            "{who} [next check|doctor]",
        ),
        Fact(
            "v=2..30",
            "[Take the tablets for {v} days.|The tablets are to be taken for {v} days.]",
            "[how long|for how many days] does {who} [take|have to take] the tablets?",
            "{who} tablets days",
            answer="{v} days",
            sums=(
                Sum(
                    "k=2..4",
                    "how many tablets does {who} need for the whole time at {k} a day?",
                    "print({v} * {k})",
                    "{out}\n{out} tablets\nIt is {out} tablets.",
                ),
            ),
        ),
        Fact(
            "v=allergy",
            "[Allergy noted: {v}.|Must avoid {v}.]",
            "what is {who} allergic to?",
            "{who} [allergy|avoid]",
        ),
        Fact(
            "v=40..110",
            "[Weight today {v} kg.|{v} kg on the scales.]",
            "[how much did {who} weigh|what was {who}'s weight] at the doctor's?",
            "{who} [weight|scales]",
            answer="{v} kg",
            sums=(
                Sum(
                    "",
                    "what is {who}'s weight in pounds?",
                    "print(round({v} * 2.20462, 1))",
                    "{out}\n{out} pounds\nIt is {out} pounds.",
                ),
            ),
        ),
        Fact(
            "v=phone",
            "[The practice is on {v}.|Practice telephone: {v}.]",
            "what is the [number|phone number] of {who}'s doctor?",
            "{who} [practice telephone|practice]",
        ),
    ),
    """
    Drink enough and sleep more.
    Blood pressure was fine.
    No sport for a week.
    Bring the card next time.
    The waiting room was full.
    """,
)
THING_PAPERS = (PRODUCT, POLICY, HEALTH)
