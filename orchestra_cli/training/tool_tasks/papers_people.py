"""Files about people, firms and courses: contacts, handbooks, outlines."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.papers import Fact, Paper, Sum

_CASH = "{cash}\nIt is {cash}.\nThat comes to {cash}."

CONTACTS = Paper(
    "who=person role=club",
    "[contacts|address|people]_{who}.[md|txt]",
    "[{who}|Contact: {who}|{who}, {role} group]",
    (
        Fact(
            "v=phone",
            "[Mobile {v}.|Reachable on {v}.|Phone: {v}.]",
            (
                "[what is {who}'s number|how can i call {who}|{who} phone number|give me the "
                "telephone number of {who}]?"
            ),
            "{who} [phone|mobile|number]",
        ),
        Fact(
            "v=email",
            "[Mail: {v}.|Writes from {v}.|Prefers messages to {v}.]",
            "[what is the email address of {who}|{who} email|where do i send mail for {who}]?",
            "{who} [email|mail]",
        ),
        Fact(
            "v=birth",
            "[Birthday: {v}.|Born {v}.]",
            "when [is {who}'s birthday|was {who} born]?",
            "{who} [birthday|born]",
        ),
        Fact(
            "v=street n=2..180!",
            "[Lives at {n} {v}.|Address: {n} {v}.]",
            "[where does {who} live|what is {who}'s address|which street does {who} live in]?",
            "{who} [address|lives]",
            answer="{n} {v}",
        ),
        Fact(
            "v=allergy",
            "[Allergic to {v}, mind that when cooking.|No {v}, please: an allergy.]",
            "what can't {who} eat?",
            "{who} [allergic|allergy]",
        ),
        Fact(
            "v=name",
            "[Married to {v}.|Partner: {v}.]",
            "[what is the name of {who}'s partner|who is {who} married to]?",
            "{who} [partner|married]",
        ),
        Fact(
            "v=city",
            "[Moved here from {v}.|Grew up in {v}.]",
            "[which city does {who} come from|where did {who} grow up]?",
            "{who} [city grew up|moved from]",
        ),
    ),
    """
    Best called after six.
    Met at the summer fair.
    Has borrowed the ladder and brought it back.
    Likes long walks and short calls.
    Answers messages late, but always.
    Knows everybody in the choir.
    """,
)
HANDBOOK = Paper(
    "firm=surname",
    "[handbook|staff_rules|onboarding]_{firm}.[md|txt]",
    "[Staff handbook, {firm} Ltd|Working at {firm}|{firm}: rules for staff]",
    (
        Fact(
            "v=20..36",
            "[Everybody has {v} days of leave a year.|Annual leave: {v} days.]",
            "how many [holidays|days off|vacation days] do [i|we] get [a year|] at {firm}?",
            "{firm} [annual leave|leave days]",
            answer="{v} days",
            sums=(
                Sum(
                    "n=3..15",
                    (
                        "i have taken {n} days off at {firm} this year. how many of my leave "
                        "days are left?"
                    ),
                    "print({v} - {n})",
                    "{out}\n{out} days\nYou have {out} left.",
                ),
            ),
        ),
        Fact(
            "v=clock",
            "[Core hours begin at {v}.|Everyone should be in by {v}.]",
            "[when|by what time] must [i|people] be in the office at {firm}?",
            "{firm} [core hours|in by]",
        ),
        Fact(
            "v=cents",
            "[Trips in your own car are paid at {v} per km.|Mileage: {v} for each km.]",
            "what does {firm} pay per km [when i use my own car|]?",
            "{firm} [mileage|car per km]",
            sums=(
                Sum(
                    "n=12..900",
                    "what does {firm} pay me for {n} km in my own car?",
                    "print(round({v} * {n}, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=person",
            "[Sick notes go to {v}.|If you are ill, tell {v} in the morning.]",
            "who do i tell [when|if] i'm [ill|sick] at {firm}?",
            "{firm} [sick|ill]",
        ),
        Fact(
            "v=weekday",
            "[The canteen is closed on {v}.|No lunch in the canteen on {v}.]",
            "[on which day is the canteen closed|when is there no lunch] at {firm}?",
            "{firm} canteen [closed|lunch]",
        ),
        Fact(
            "v=3..24",
            "[Probation lasts {v} weeks.|The trial period is {v} weeks.]",
            "how long is [the trial period|probation] at {firm}?",
            "{firm} [probation|trial period]",
            answer="{v} weeks",
            sums=(
                Sum(
                    "",
                    "how many days is the probation at {firm}?",
                    "print({v} * 7)",
                    "{out}\n{out} days\nIt is {out} days.",
                ),
            ),
        ),
        Fact(
            "v=cash",
            "[Up to {v} a year is paid for courses.|Training budget: {v} per person.]",
            "how much does {firm} pay for [training|courses]?",
            "{firm} [courses|training budget]",
        ),
    ),
    """
    Lock your screen when you leave your desk.
    Visitors sign in at the front door.
    Please keep the kitchen as you would like to find it.
    Plants belong to whoever waters them.
    Fire drills come without warning.
    """,
)
SCHOOL = Paper(
    "subject=subject who=surname",
    "[school|course|class]_{subject}.[md|txt]",
    "[Course outline: {subject}|{subject}, what you need to know|Class notes for {subject}]",
    (
        Fact(
            "v=recent",
            "[The final exam is on {v}.|Exam date: {v}.]",
            "when is the [exam|test|final] in {subject}?",
            "{subject} exam [date|]",
        ),
        Fact(
            "v=room",
            "[Lessons are in {v}.|We meet in {v}.]",
            "[where|in which room] is [the class|] {subject}?",
            "{subject} [lessons room|room]",
        ),
        Fact(
            "v=person",
            "[The course is taught by {v}.|Teacher: {v}.]",
            "who [teaches|gives] {subject}?",
            "{subject} [teacher|taught]",
        ),
        Fact(
            "v=20..60/5",
            "[The exam counts for {v}% of the mark.|{v}% of the mark comes from the exam.]",
            "[how much|what share] of the mark is the exam in {subject}?",
            "{subject} exam mark",
            answer="{v}%",
        ),
        Fact(
            "v=price",
            "[The book costs {v}.|Buy the course book for {v}.]",
            "what does the book for {subject} cost?",
            "{subject} book [costs|]",
            sums=(
                Sum(
                    "n=2..30",
                    "what do {n} books for {subject} cost?",
                    "print(round({n} * {v}, 2))",
                    _CASH,
                ),
            ),
        ),
        Fact(
            "v=weekday t=clock",
            "[Office hours: {v} from {t}.|Questions are answered on {v} at {t}.]",
            "[on which day|which day] are the office hours for {subject}?",
            "{subject} [office hours|questions]",
        ),
    ),
    """
    Late work loses a grade for each day.
    Bring a pencil and a ruler.
    Phones stay in the bag.
    Groups of three are formed in the first week.
    There is no dress code, within reason.
    """,
)
PEOPLE_PAPERS = (CONTACTS, HANDBOOK, SCHOOL)
