"""Percentages: of, off, more, what share, back to the whole."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import MONEY, Template

_OF = "print(round({n} * {p} / 100, 2))"
_LESS = (
    "print(round({n} * (1 - {p} / 100), 2))",
    "print(round({n} - {n} * {p} / 100, 2))",
    "off = {n} * {p} / 100\nprint(round({n} - off, 2))",
)
_MORE = ("print(round({n} * (1 + {p} / 100), 2))", "print(round({n} + {n} * {p} / 100, 2))")
_SHARE = "print(round({a} / {b} * 100, 2))"
_SHARES = "{out}%\n{out}%\nIt is {out}%.\nThat is {out}%.\n{out} percent"

PERCENTAGES = (
    Template(
        "p=percent n=8..9000",
        """
        [what is|what's|whats|calculate|find|work out||how much is|give me] {p} of {n}?
        [if i take {p} of {n}, what do i get?|take {p} of {n}|{n} - what is {p} of that?]
        out of {n}, how many is {p}?
        """,
        _OF,
        "{out}\n{p} of {n} is {out}.\nIt is {out}.\nThat's {out}.",
    ),
    Template(
        "p=percent n=sum",
        """
        [what is|what's|how much is|calculate] {p} of {n}?
        [i get {p} of {n}, how much is that?|{p} commission on {n}?|my share is {p} of {n}. what \
            do i get?]
        we put aside {p} of {n}. [how much is that?|what amount is it?]
        """,
        _OF,
        MONEY,
    ),
    Template(
        "p=discount n=cost dear=dear",
        """
        a {dear} [costs|is] {n} and is {p} off. [what do i pay?|what is the sale price?|new price?]
        [what is|how much is] a {n} {dear} [with|at|after|with a] {p} [off|discount]?
        the {dear} is marked down by {p} from {n}. what [does it cost now|is the price now]?
        {n} {dear}, {p} off - how much?
        how much [will i|do i] pay for a {dear} priced at {n} if the shop takes {p} off?
        i have a {p} coupon for a {dear} at {n}. what is left to pay?
        """,
        _LESS,
        MONEY,
    ),
    Template(
        "p=discount n=cost dear=dear",
        """
        [how much do i save|what do i save|how much is the discount] on a {n} {dear} at {p} off?
        a {dear} for {n} is reduced by {p}. [what is the saving|how much money do i save]?
        """,
        _OF,
        "{cash}\nYou save {cash}.\nThe saving is {cash}.",
    ),
    Template(
        "p=discount n=20..5000",
        """
        [what is|calculate|] {n} [minus|less] {p}?
        [decrease|reduce|lower] {n} by {p}
        {n} [falls|drops|shrinks|goes down] by {p}. what is [it now|left|the new value]?
        """,
        _LESS,
    ),
    Template(
        "p=percent n=20..9000",
        """
        [what is|calculate|] {n} plus {p}?
        [increase|raise] {n} by {p}
        {n} [grows|rises|goes up] by {p}. what is [it now|the new value]?
        add {p} to {n}
        """,
        _MORE,
    ),
    Template(
        "p=rate n=salary name=name",
        """
        {name} earns {n} [a year|per year] and gets a {p} raise. [what is the new salary?|new pay?]
        [my|a] salary of {n} [goes up|rises] by {p}. what is it [then|afterwards]?
        what is {n} after a pay rise of {p}?
        """,
        _MORE,
        MONEY,
    ),
    Template(
        "p=rate n=cash",
        """
        my rent of {n} [goes up|will rise|increases] [by|] {p}. what will i pay?
        the rent is {n} and it will be raised by {p}. [new rent?|what is the new rent?]
        """,
        _MORE,
        MONEY,
    ),
)
