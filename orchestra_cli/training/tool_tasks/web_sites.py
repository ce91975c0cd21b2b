"""Pages of the public web about products, software, prices and firms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """Something that changes, as a page tells it; `{v}` is what is asked for."""

    slots: str
    says: str
    asks: str
    """Wordings, one a line."""


@dataclass(frozen=True, slots=True)
class Site:
    """A sort of page."""

    slots: str
    """What it is about."""
    address: str
    titles: str
    says: Sequence[Said]
    others: str
    """Sentences that nobody asks for."""


THINGS: Sequence[Site] = (
    Site(
        "p=program",
        "https://[www.|docs.|]{p}.example/[releases|download|news|changelog]",
        "[{p} releases|Download {p}|{p}: what is new]",
        (
            Said(
                "v=version",
                "[The current stable version of {p} is {v}.|Latest stable release of {p}: {v}.]",
                "[what is|what's] the [latest|newest|current] [version|release] of {p}?\n"
                "which version of {p} is [the latest|current|out now|the newest]?\n"
                "{p} [latest|newest|current] version\n"
                "what [version|release] is {p} at now?",
            ),
            Said(
                "v=day",
                "[{p} {old} came out on {v}.|Version {old} of {p} was released on {v}.]",
                "when [was|did] the last [release|version] of {p}[ come out| released|]?\n"
                "[when did {p} last get an update|release date of the latest {p}]?\n"
                "what day was the newest {p} [released|published]?",
            ),
            Said(
                "v=change",
                "[New in this release of {p}: {v}.|The newest {p} adds {v}.]",
                "[what is|what's] new in the latest [version|release] of {p}?\n"
                "what did the newest {p} update [add|bring]?\n"
                "what does the latest {p} release add?",
            ),
            Said(
                "v=day",
                "[Support for {p} ends on {v}.|{p} {old} gets updates until {v}.]",
                "[until when|how long] does {p} [still |]get [security |]updates?\n"
                "when does [support|the support] for {p} end?",
            ),
        ),
        "It runs on every common system.\nInstallers are signed.\nThanks to all who sent reports.\n"
        "Read the notes before you upgrade.",
    ),
    Site(
        "p=product d=device",
        "https://www.{p}-{d}.example/[shop|news|{d}]",
        "[{p} {d} in the shop|The {p} {d}|{p} {d}: test and news]",
        (
            Said(
                "v=price",
                "[The {p} {d} costs {v} now.|Price of the {p} {d} today: {v}.]",
                "[what does|how much does] the {p} {d} cost [now|today|at the moment|online]?\n"
                "[current|today's] price of the {p} {d}[?|]\n"
                "how much is [a|the] {p} {d} [right now|these days|currently]?\n"
                "[what is|what's] the [current|online] price of the {p} {d}?",
            ),
            Said(
                "v=day",
                "[The {p} {d} goes on sale on {v}.|The {p} {d} will be in shops from {v}.]",
                "when [does|will] the [new |]{p} {d} [come out|go on sale|launch]?\n"
                "release date of the [new |]{p} {d}?\n"
                "[is there|do they have] a launch date for the {p} {d}?",
            ),
            Said(
                "v=mark",
                "[Testers gave the {p} {d} {v}.|In tests the {p} {d} got {v}.]",
                "what do [recent |]reviews [give|say about] the {p} {d}?\n"
                "what [mark|rating] did testers give the [new |]{p} {d}?\n"
                "how [good|well rated] is the {p} {d} in [recent|current] tests?",
            ),
        ),
        "Delivery is free.\nIt comes in three colours.\nThe box holds a cable and a case.\n"
        "Older models stay in the range.",
    ),
    Site(
        "c=coin",
        "https://markets-[daily|today|now].example/{c}",
        "[{c}: price today|Price of {c}|Markets: {c}]",
        (
            Said(
                "v=price",
                "[{c} trades at {v} this morning.|The price of {c} stands at {v}.]",
                "[what is|what's] [the price of {c}|{c} worth|{c} trading at] [now|today]?\n"
                "[{c} price today|current price of {c}|price of {c} right now]\n"
                "how much is {c} [today|right now|at the moment]?\n"
                "[where does|at what does] {c} stand today?",
            ),
            Said(
                "v=share",
                "[{c} has risen by {v} this week.|Over the week {c} gained {v}.]",
                "[how much|by how much] has {c} [risen|gone up] this week?\n"
                "how did {c} do this week?\n"
                "what has {c} gained [in the last days|since last week]?",
            ),
        ),
        "Figures are delayed by a few minutes.\nAnalysts expect a calm week.\nTrading was thin.",
    ),
    Site(
        "a=currency b=currency",
        "https://rates-[online|desk].example/{a}-{b}",
        "[{a} to {b}|Exchange rate {a}/{b}|{a} in {b} today]",
        (
            Said(
                "v=rate",
                "[One {a} buys {v} {b} today.|The {a} stands at {v} {b}.]",
                "[what is|what's] the [current |]exchange rate [of|for] the {a} [to|against] the "
                "{b}[ today| now|]?\n"
                "how many {b} do i get for one {a} [today|now|at the moment]?\n"
                "{a} to {b} [today|rate now|current rate]\n"
                "[today's|current] {a} {b} exchange rate",
            ),
            Said(
                "v=rate",
                "[A week ago the {a} was at {v} {b}.|Last week one {a} bought {v} {b}.]",
                "what was the {a} {b} exchange rate [last week|a week ago]?\n"
                "how many {b} did one {a} buy last week?",
            ),
        ),
        "Banks take a fee on top.\nRates are those of the interbank market.\nCash may cost more.",
    ),
    Site(
        "c=maker",
        "https://[www.|news.]{c}.example/[press|about|news]",
        "[{c} press room|News from {c}|About {c}]",
        (
            Said(
                "v=person",
                "[{v} is the chief executive of {c}.|{c} is led by {v} as chief executive.]",
                "who is the [current |][ceo|head|boss|chief executive] of {c}[ now|]?\n"
                "who [runs|leads] {c} [now|today|these days|at the moment]?\n"
                "[name of the|find the] current chief executive of {c}",
            ),
            Said(
                "v=price",
                "[A share of {c} closed at {v}.|{c} shares ended the day at {v}.]",
                "[what is|what's] the {c} [share|stock] price[ today| now|]?\n"
                "{c} [stock|share] price [today|now]\n"
                "[how much is a share of {c}|where did {c} shares close] [today|yesterday]?",
            ),
            Said(
                "v=maker",
                "[{c} has bought its rival {v}.|{c} takes over the firm {v}.]",
                "which [company|firm|rival] has {c} [just |recently |]bought?\n"
                "[who did {c} take over|what did {c} buy] [recently|this year|last month]?",
            ),
            Said(
                "v=offices",
                "[{c} will close {v} this year.|This year {c} closes {v} in all.]",
                "how many offices [is|will] {c} [closing|close] this year?\n"
                "[latest news on|what's the news about] the office closures at {c}?",
            ),
        ),
        "The next report is due in spring.\nIt was founded by two students.\n"
        "Reporters may call the press desk.",
    ),
    Site(
        "p=program s=maker",
        "https://plans.{p}.example/[pricing|plans]",
        "[{p} plans and pricing|Pricing of {p}]",
        (
            Said(
                "v=fee",
                "[{p} costs {v} a month.|The monthly plan of {p} is {v}.]",
                "[what does|how much does] a {p} subscription cost [now|per month]?\n"
                "[current|what is the] monthly price of {p}?\n"
                "{p} subscription price",
            ),
            Said(
                "v=fee",
                "[Families pay {v} for {p}.|The family plan of {p} is {v}.]",
                "[what does|how much does] the {p} family plan cost [now|today|these days]?\n"
                "{p} family plan price",
            ),
            Said(
                "v=days",
                "[New users of {p} have {v} for free.|{p} can be tried for {v}.]",
                "how long is the [current |]free trial of {p}?\n"
                "how many days can [i|you] try {p} for free?",
            ),
        ),
        "Cancel at any time.\nStudents may ask for a discount.\nPrices include tax.",
    ),
)
