"""Pages of the public web about places, sport, politics, traffic, culture and the news."""

from __future__ import annotations

from collections.abc import Sequence

from orchestra_cli.training.tool_tasks.web_sites import Said, Site

PLACES: Sequence[Site] = (
    Site(
        "t=town",
        "https://weather-[now|online|desk].example/{t}",
        "[Weather in {t}|{t} forecast|{t}: weather today and tomorrow]",
        (
            Said(
                "v=sky",
                "[Tomorrow {t} will have {v}.|Outlook for {t} tomorrow: {v}.]",
                "[what is|what's|what will be|how is|how will be] the weather [in|like in] {t} "
                "tomorrow?\n"
                "weather [forecast |]{t} tomorrow\n"
                "[what weather do they expect|forecast for tomorrow] in {t}?",
            ),
            Said(
                "v=degrees",
                "[It is {v} in {t} now.|Temperature in {t} at the moment: {v}.]",
                "[how warm|how cold|how hot] is it in {t} [now|right now|today|at the moment]?\n"
                "[what is|what's] the [current |]temperature in {t}[ now| today|]?\n"
                "[current temperature|temperature now] {t}",
            ),
            Said(
                "v=sky",
                "[Today {t} has {v}.|The weather in {t} today: {v}.]",
                "[what is|what's|how is] the weather in {t} [today|now|right now]?\n"
                "weather [in |]{t} today\n"
                "[do i need an umbrella in {t} today|is it nice outside in {t} today]?",
            ),
        ),
        "Values are updated every hour.\nThe station is at the airport.\n"
        "Warnings are shown on the map.",
    ),
    Site(
        "t=town s=shop",
        "https://[visit-|www.]{t}.example/{s}",
        "[The {s} of {t}|{t} {s}: visit us|Visit the {s} in {t}]",
        (
            Said(
                "v=clock",
                "[The {s} in {t} opens at {v}.|Doors of the {t} {s} open at {v}.]",
                "when does the {s} in {t} open[ today| tomorrow|]?\n"
                "[opening hours|opening time] of the {s} in {t}[?|]\n"
                "what time does the {t} {s} open?",
            ),
            Said(
                "v=clock",
                "[The {s} in {t} closes at {v}.|The {t} {s} stays open until {v}.]",
                "[how long|until when] is the {s} in {t} open [today|tonight]?\n"
                "what time does the {t} {s} close[ today|]?",
            ),
            Said(
                "v=fee",
                "[A ticket for the {t} {s} costs {v}.|Entry to the {s} of {t}: {v}.]",
                "[how much is|what is|what does] [entry to|a ticket for|a ticket to] the {s} in {t}"
                "[ cost|] [now|this year|]?\n"
                "ticket price {s} {t}",
            ),
            Said(
                "v=weekday",
                "[The {s} of {t} is closed every {v}.|No entry to the {t} {s} on {v}.]",
                "on which day is the {s} in {t} closed?\n"
                "which day of the week is the {t} {s} [shut|closed]?",
            ),
        ),
        "Dogs must stay outside.\nThe café serves lunch.\nParking is behind the building.\n"
        "Groups should book ahead.",
    ),
    Site(
        "h=team g=team s=sport",
        "https://{s}-[scores|live].example/{h}",
        "[{h} against {g}|{s}: {h} - {g}|{h} v {g}, {s}]",
        (
            Said(
                "v=score",
                "[{h} and {g} played {v} last night.|Final score of {h} against {g}: {v}.]",
                "[what was|what's] the [final |]score [of|between] {h} [against|and] {g}?\n"
                "how did {h} [play|do] against {g}[ yesterday| last night| last weekend|]?\n"
                "{h} {g} [score|result]",
            ),
            Said(
                "v=person",
                "[{v} scored first for {h}.|The first point for {h} came from {v}.]",
                "who scored first for {h} [last night|yesterday|in the last game]?\n"
                "who [got|made] the first point for {h} [yesterday|against {g}]?",
            ),
            Said(
                "v=person",
                "[{h} has signed {v} as coach.|The new coach of {h} is {v}.]",
                "who is the [new |current |][coach|trainer|manager] of {h}[ now|]?\n"
                "who [coaches|trains] {h} [now|this season]?",
            ),
            Said(
                "v=day",
                "[{h} plays its next game on {v}.|Next game of {h}: {v}.]",
                "when [is the next game of {h}|does {h} play next|is {h} playing again]?\n"
                "{h} next [game|match]",
            ),
        ),
        "The crowd stayed to the end.\nTickets were sold out.\nIt rained in the first half.",
    ),
    Site(
        "s=sport t=town",
        "https://[{s}-cup|{s}-union].example/[{t}|final]",
        "[{t} {s} cup|The {s} cup of {t}]",
        (
            Said(
                "v=team",
                "[{v} won the {s} cup of {t} this year.|This year's {t} {s} cup went to {v}.]",
                "who won the [latest |last |]{s} cup [of|in] {t}[ this year|]?\n"
                "[winner of|who is the current holder of] the {t} {s} cup?\n"
                "which team [won|took] this year's {s} cup in {t}?",
            ),
            Said(
                "v=person",
                "[{v} was the best player of the {t} cup.|Best player in {t}: {v}.]",
                "who was [named |]best player at this year's {t} {s} cup?\n"
                "best player [of the|in the] last {s} cup in {t}?",
            ),
        ),
        "Next time there will be more teams.\nThe hall was full.\nEntry was free for children.",
    ),
    Site(
        "t=town",
        "https://[council|townhall].{t}.example/[news|about]",
        "[Council of {t}|News from the town hall of {t}|{t}: the town]",
        (
            Said(
                "v=person",
                "[{v} is mayor of {t}.|The mayor of {t} is {v}.]",
                "who is the [current |present |]mayor of {t}[ now|]?\n"
                "[name of the|who's the] [mayor of {t}|present mayor in {t}]?\n"
                "who won the [last |latest |][election for mayor|mayor election] in {t}?",
            ),
            Said(
                "v=people",
                "[{t} has {v} inhabitants.|Some {v} people live in {t}.]",
                "how many people live in {t} [now|today|these days]?\n"
                "[what is|what's] the [current |latest |]population of {t}?\n"
                "[current population|number of inhabitants] of {t}",
            ),
            Said(
                "v=plan",
                "[The council of {t} has voted for {v}.|{t} will get {v}, the council decided.]",
                "what did the council of {t} [decide|vote for] [this week|recently|last night]?\n"
                "what is {t} [going to build|getting], [according to the news|as of this week]?\n"
                "[latest|any] news from the council of {t}?",
            ),
        ),
        "Meetings are open to all.\nThe town hall is being painted.\nForms can be sent by post.",
    ),
    Site(
        "l=line t=town",
        "https://[transit|trains].{t}.example/[status|live]",
        "[Line {l} in {t}|{t} transit: line {l}|Traffic news for {t}]",
        (
            Said(
                "v=minutes",
                "[Line {l} in {t} runs {v} late.|Delay on line {l} in {t}: {v}.]",
                "how late is line {l} in {t} [now|today|right now]?\n"
                "[is there a delay|what is the delay] on line {l} in {t} [now|today]?\n"
                "line {l} {t} delay",
            ),
            Said(
                "v=cause",
                "[Trains on line {l} in {t} are held up by {v}.|Cause of trouble on {l}: {v}.]",
                "why [is line {l} in {t} late|are there no trains on line {l} in {t}] today?\n"
                "what [happened|is wrong] on line {l} in {t} today?",
            ),
            Said(
                "v=fee",
                "[A single ride in {t} is {v}.|The fare in {t} rose to {v}.]",
                "[what does|how much does] a [single |]ticket for line {l} in {t} cost now?\n"
                "[current|what is the] fare in {t} [for line {l}|on line {l}]?",
            ),
        ),
        "Bicycles may be taken along at noon.\nStaff can be found at the main stop.\n"
        "The map was redrawn.",
    ),
    Site(
        "b=title a=person",
        "https://[culture|screen|stage]-news.example/{b}",
        "[{b}, by {a}|{b}: all about it|{a} and {b}]",
        (
            Said(
                "v=day",
                '["{b}" opens in cinemas on {v}.|First night of "{b}": {v}.]',
                'when [does|will] "{b}" [come to|open in] [the |]cinemas?\n'
                "[release date of|when is the premiere of] {b}?",
            ),
            Said(
                "v=person",
                '[The lead in "{b}" is played by {v}.|{v} stars in "{b}".]',
                "who [stars|plays the lead] in [the new film |]{b}?\n"
                "lead actor of [the new film |]{b}?",
            ),
            Said(
                "v=person",
                '[{v} won the jury prize for "{b}".|The jury prize went to {v} for "{b}".]',
                "who [won|got] the jury prize for {b} [this year|recently]?\n"
                "[winner of|who took] this year's jury prize, {b}?",
            ),
        ),
        "Critics were kind.\nThe music is by a friend.\nIt was made in two summers.",
    ),
    Site(
        "t=town",
        "https://[daily-|the-]{t}-[post|herald|news].example/[today|news]",
        "[{t}: news of the day|The day in {t}|News from {t}]",
        (
            Said(
                "v=plan",
                "[Work on {v} has begun in {t}.|In {t} the first stone was laid for {v}.]",
                "what is being built in {t} [now|at the moment]?\n"
                "[what's the latest news from|what is in the news in|what happened today in] {t}?",
            ),
            Said(
                "v=cause",
                "[The centre of {t} was closed because of {v}.|{v} closed the centre of {t}.]",
                "why was the centre of {t} closed [yesterday|today|this week]?\n"
                "what [shut|closed] the centre of {t} [yesterday|this morning]?",
            ),
            Said(
                "v=people",
                "[The street festival of {t} drew {v} visitors.|{v} came to the {t} festival.]",
                "how many people came to the [last |]festival in {t} [this year|last weekend]?\n"
                "visitors at this year's {t} [street |]festival?",
            ),
        ),
        "Letters to the editor are welcome.\nThe crossword is on the last page.\n"
        "Subscribers read more.",
    ),
)
