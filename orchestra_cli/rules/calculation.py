"""Questions that are a calculation in words, turned into a program for the python tool.

Reads arithmetic (also in words), percentages, dates and unit conversions. It claims a question only
when it understands the whole of it: a word problem is not half-read.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from orchestra_cli.rules.dates import find_date_calculation
from orchestra_cli.rules.units import find_conversion

_N = r"\$?(-?\d[\d,]*(?:\.\d+)?|-?\.\d+)"
_PERCENT = r"(?:\s*%|\s+per\s?cent|\s+percent)"
_SHOW = "print(f'{round(value, 10):,.10f}'.rstrip('0').rstrip('.'))"

_PERCENT_FORMS: tuple[tuple[str, str, str], ...] = (
    # pattern, expression, sentence
    (rf"{_N}{_PERCENT} of {_N}", "{0} * {1} / 100", "{0}% of {1} is {{result}}."),
    (
        rf"(?:increase|raise) {_N} by {_N}{_PERCENT}",
        "{0} * (100 + {1}) / 100",
        "{0} increased by {1}% is {{result}}.",
    ),
    (
        rf"(?:decrease|reduce|lower) {_N} by {_N}{_PERCENT}",
        "{0} * (100 - {1}) / 100",
        "{0} decreased by {1}% is {{result}}.",
    ),
    (rf"{_N} (?:plus|\+) {_N}{_PERCENT}", "{0} * (100 + {1}) / 100", "{0} + {1}% is {{result}}."),
    (
        rf"{_N} (?:minus|less|-|with a discount of) {_N}{_PERCENT}(?: off)?",
        "{0} * (100 - {1}) / 100",
        "{0} - {1}% is {{result}}.",
    ),
    (
        rf"{_N}{_PERCENT} off (?:of )?{_N}",
        "{1} * (100 - {0}) / 100",
        "{1} less {0}% is {{result}}.",
    ),
    (
        rf"(?:what )?(?:%|percent|per cent|percentage) of {_N} is {_N}",
        "{1} / {0} * 100",
        "{1} is {{result}}% of {0}.",
    ),
    (
        rf"{_N} (?:is|as) (?:what|a) (?:%|percent|percentage) of {_N}",
        "{0} / {1} * 100",
        "{0} is {{result}}% of {1}.",
    ),
    (
        rf"percentage (?:change|increase|decrease) from {_N} to {_N}",
        "({1} - {0}) / {0} * 100",
        "From {0} to {1} is a change of {{result}}%.",
    ),
    (
        rf"{_N}{_PERCENT} tip on {_N}",
        "{0} * {1} / 100",
        "{0}% tip on {1} is {{result}}.",
    ),
)
_LEAD = re.compile(
    r"^(?:(?:please|hey|hi|ok|so|and)[, ]+)*(?:(?:can|could) you (?:please )?)?(?:tell me )?"
    r"(?:what(?:'s|s| is| are| does| would be)|how much (?:is|are|does)|calculate|compute|evaluate|"
    r"work out|solve|find|give me|i need|add up)?\s*"
    r"(?:the (?:value|result|answer|product|sum) (?:of|to|for) )?"
    r"(?:a |the )?",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:\s*(?:please|equal(?: to)?|equals|come to|make|in total|exactly|for me|=))*"
    r"(?:(?<!\d)!|[\s?.=])*$",
    re.IGNORECASE,
)
_WORD_OPERATORS: tuple[tuple[str, str], ...] = (
    (r"multiplied by|times|×|(?<=[\d)])\s*x\s*(?=[\d(.])|·", "*"),
    (r"divided by|÷|over(?=\s*\d)", "/"),
    (r"plus|added to", "+"),
    (r"minus|−|–", "-"),
    (r"to the power of|raised to(?: the power of)?|\^", "**"),
    (r"modulo|mod\b", "%"),
    (r"squared|²", "**2"),
    (r"cubed|³", "**3"),
)
_NAMES = {"sqrt", "abs", "pi", "factorial", "round"}


@dataclass(frozen=True, slots=True)
class Calculation:
    """A program that prints the result, and a sentence with a place for `{result}`."""

    code: str
    sentence: str


def find_calculation(question: str) -> Calculation | None:
    """The calculation that this question is, or None."""
    text = " ".join(question.split())
    if len(text) > 300:
        return None
    bare = _TAIL.sub("", _LEAD.sub("", text, count=1))
    for found in (find_conversion(bare), find_date_calculation(bare)):
        if found:
            return Calculation(code=found[0], sentence=found[1])
    return _find_percentage(bare) or _find_expression(bare)


def _find_percentage(text: str) -> Calculation | None:
    for pattern, expression, sentence in _PERCENT_FORMS:
        match = re.fullmatch(pattern, text, re.IGNORECASE)
        if match:
            shown = match.groups()
            numbers = [_number(group) for group in shown]
            code = f"value = {expression.format(*numbers)}\n{_SHOW}"
            return Calculation(code, sentence.format(*shown))
    return None


def _find_expression(text: str) -> Calculation | None:
    expression = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    expression = re.sub(
        r"(?:the )?square root of ([\d.]+|\([^()]*\))", r"sqrt(\1)", expression, flags=re.I
    )
    expression = re.sub(r"(\d+) factorial\b|\b(\d+)!", r"factorial(\1\2)", expression, flags=re.I)
    for words, operator in _WORD_OPERATORS:
        expression = re.sub(rf"\s*(?:{words})\s*", f" {operator} ", expression, flags=re.I)
    expression = " ".join(expression.split())
    if not _is_arithmetic(expression):
        return None
    imports = sorted(name for name in ("sqrt", "factorial", "pi") if name in expression)
    head = f"from math import {', '.join(imports)}\n" if imports else ""
    shown = text.replace("{", "{{").replace("}", "}}")
    return Calculation(f"{head}value = {expression}\n{_SHOW}", f"{shown} = {{result}}")


def _is_arithmetic(expression: str) -> bool:
    """Numbers, operators and a few functions, with at least one operation, of a modest size."""
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    allowed = (
        ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.Call, ast.Name, ast.Load,
        ast.operator, ast.unaryop,
    )  # fmt: skip
    nodes = list(ast.walk(tree))
    if not all(isinstance(node, allowed) for node in nodes):
        return False
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return (
        names <= _NAMES
        and all(isinstance(value, int | float) for value in constants)
        and any(isinstance(node, ast.BinOp | ast.Call) for node in nodes)
    )


def _number(text: str) -> str:
    return text.replace(",", "").lstrip("$")
