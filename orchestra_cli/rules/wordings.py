"""Calculations that have a wording of their own: percentages, sums of lists, "half of 50"."""

from __future__ import annotations

import re

from orchestra_cli.rules.number_words import NUMBER, plain_number
from orchestra_cli.rules.program import Calculation, rounded

_N = rf"([$£€]?(?:{NUMBER}))"
_PERCENT = r"(?: ?%| per ?cent)"
_COMMA = r"(?:,? and |,? plus | ?\+ ?|, |,(?![0-9]{3}\b))"
_LIST = rf"((?:[$£€]?(?:{NUMBER}))(?:{_COMMA}(?:[$£€]?(?:{NUMBER})))+)"

_FORMS: tuple[tuple[str, str, str], ...] = (
    # pattern, expression, sentence
    (f"{_N}{_PERCENT} of {_N}", "{0} * {1} / 100", "{0}% of {1} is"),
    (f"(?:increase|raise) {_N} by {_N}{_PERCENT}", "{0} * (100 + {1}) / 100", "{0} plus {1}% is"),
    (f"{_N} (?:increased|raised) by {_N}{_PERCENT}", "{0} * (100 + {1}) / 100", "{0} plus {1}% is"),
    (
        f"(?:decrease|reduce|lower) {_N} by {_N}{_PERCENT}",
        "{0} * (100 - {1}) / 100",
        "{0} less {1}% is",
    ),
    (
        f"{_N} (?:decreased|reduced|lowered|discounted) by {_N}{_PERCENT}",
        "{0} * (100 - {1}) / 100",
        "{0} less {1}% is",
    ),
    (
        rf"{_N} ?(?:plus|with|\+)(?: an?)? {_N}{_PERCENT}(?: vat| tax| sales tax| tip| interest)?",
        "{0} * (100 + {1}) / 100",
        "{0} plus {1}% is",
    ),
    (
        f"{_N} ?(?:minus|less|-|with|at)(?: an?)? {_N}{_PERCENT}(?: off| discount)",
        "{0} * (100 - {1}) / 100",
        "{0} less {1}% is",
    ),
    (f"{_N} ?(?:minus|less|-) {_N}{_PERCENT}", "{0} * (100 - {1}) / 100", "{0} less {1}% is"),
    (f"{_N}{_PERCENT} off (?:of )?{_N}", "{1} * (100 - {0}) / 100", "{1} less {0}% is"),
    (f"{_N}{_PERCENT} more than {_N}", "{1} * (100 + {0}) / 100", "{0}% more than {1} is"),
    (f"{_N}{_PERCENT} less than {_N}", "{1} * (100 - {0}) / 100", "{0}% less than {1} is"),
    (f"(?:an? )?{_N}{_PERCENT} tip (?:on|for) {_N}", "{0} * {1} / 100", "A {0}% tip on {1} is"),
    (
        f"(?:what )?(?:%|per ?cent|percentage) of {_N} (?:is|are) {_N}",
        "{1} / {0} * 100",
        "{1} is {{result}}% of {0}.",
    ),
    (
        f"(?:what )?(?:%|per ?cent|percentage) is {_N} (?:out )?of {_N}",
        "{0} / {1} * 100",
        "{0} is {{result}}% of {1}.",
    ),
    (
        f"{_N} (?:is|as) (?:what|an?) (?:%|per ?cent|percentage) of {_N}",
        "{0} / {1} * 100",
        "{0} is {{result}}% of {1}.",
    ),
    (
        f"{_N}(?: out of | ?/ ?){_N} (?:as|in|is) (?:an? |what )?(?:%|per ?cent|percentage)",
        "{0} / {1} * 100",
        "{0} is {{result}}% of {1}.",
    ),
    (
        f"{_N} is {_N}{_PERCENT} of(?: what(?: number)?)?",
        "{0} * 100 / {1}",
        "{0} is {1}% of {{result}}.",
    ),
    (
        f"(?:percentage|per ?cent|%) (?:change|increase|decrease) from {_N} to {_N}",
        "({1} - {0}) / {0} * 100",
        "From {0} to {1} is a change of {{result}}%.",
    ),
    (f"add {_N} to {_N}", "{0} + {1}", "{0} plus {1} is"),
    (f"(?:subtract|take|take away|deduct) {_N} from {_N}", "{1} - {0}", "{1} minus {0} is"),
    (f"{_N} (?:subtracted|taken|taken away|deducted) from {_N}", "{1} - {0}", "{1} minus {0} is"),
    (f"difference between {_N} and {_N}", "abs({0} - {1})", "The difference of {0} and {1} is"),
    (f"multiply {_N} (?:by|with|and|times) {_N}", "{0} * {1}", "{0} times {1} is"),
    (f"divide {_N} by {_N}", "{0} / {1}", "{0} divided by {1} is"),
    (
        f"remainder (?:of|when|if)(?: you divide)? {_N}(?: is)?(?: divided)? by {_N}",
        "{0} % {1}",
        "{0} divided by {1} leaves {{result}}.",
    ),
    (
        f"(?:how many times )?(?:does )?{_N} goe?s? into {_N}",
        "{1} / {0}",
        "{1} divided by {0} is",
    ),
    (f"half(?: of)? {_N}", "{0} / 2", "Half of {0} is"),
    (f"(?:a |one )?third of {_N}", "{0} / 3", "A third of {0} is"),
    (f"(?:a |one )?quarter of {_N}", "{0} / 4", "A quarter of {0} is"),
    (f"(?:double|twice) {_N}", "2 * {0}", "Twice {0} is"),
    (f"triple {_N}", "3 * {0}", "Three times {0} is"),
    (f"{_N} ?/ ?{_N} of {_N}", "{0} / {1} * {2}", "{0}/{1} of {2} is"),
    (f"{_N} to the {_N}(?:st|nd|rd|th)(?: power)?", "{0} ** {1}", "{0} to the power of {1} is"),
    (f"cube root of {_N}", "{0} ** (1 / 3)", "The cube root of {0} is"),
)
_LIST_FORMS: tuple[tuple[str, str, str], ...] = (
    (f"(?:(?:sum|total) of|add(?: up| together)?|sum) {_LIST}", " + ", "The sum of {0} is"),
    (f"(?:product of|multiply(?: together)?) {_LIST}", " * ", "The product of {0} is"),
    (f"(?:average|mean)(?: of)? {_LIST}", " + ", "The average of {0} is"),
)


def find_wording(text: str) -> Calculation | None:
    """The calculation that this wording is, or None."""
    if not re.search("[0-9]", text):
        return None  # most questions, for which no pattern need be compiled
    for pattern, expression, sentence in _FORMS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            code = expression.format(*map(plain_number, match.groups()))
            return Calculation(rounded(code), _completed(sentence.format(*match.groups())))
    return _find_list(text)


def _find_list(text: str) -> Calculation | None:
    if re.search(r"[0-9],[0-9]{3}\b", text) and re.search(r"[0-9],(?![0-9]{3}\b)[0-9]", text):
        return None  # 1,200,5: which comma parts thousands?
    for pattern, operator, sentence in _LIST_FORMS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            numbers = [plain_number(number) for number in re.findall(NUMBER, match[1])]
            code = operator.join(numbers)
            if "average" in sentence:
                code = f"({code}) / {len(numbers)}"
            return Calculation(rounded(code), _completed(sentence.format(match[1])))
    return None


def _completed(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence} {{result}}."
