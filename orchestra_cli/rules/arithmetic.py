"""Expressions: "348 times 27", "(2 + 3)^2", "the square root of 144"."""

from __future__ import annotations

import ast
import re

from orchestra_cli.rules.program import Calculation, rounded

_OPERATORS: tuple[tuple[str, str], ...] = (
    (r"multiplied (?:by|with)|times|[×·]|(?<=[0-9)])\s*x\s*(?=[0-9(.])", "*"),
    (r"divided by|÷|over(?=\s*[0-9(])", "/"),
    (r"plus|added to", "+"),
    (r"minus|take away|less|negative|[−–]", "-"),
    (r"(?:raised )?to the power(?: of)?|\^", "**"),
    (r"modulo|mod\b", "%"),
    (r"squared|²", "**2"),
    (r"cubed|³", "**3"),
)
_FUNCTIONS = {"sqrt", "abs", "factorial"}
_LEGAL = re.compile(r"(?:[0-9.+\-*/%() ]|\b(?:sqrt|abs|factorial|pi)\b)+")
_NODES = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.Call, ast.Name, ast.Load,
    ast.operator, ast.unaryop,
)  # fmt: skip
_NO_CALCULATION = re.compile(
    r"9/11|24/7|50/50|20/20|10-4|7-11|120(?:/| over )80"  # sayings
    r"|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}"  # a date
    r"|(?:1[0-9]|20)[0-9]{2}[-–](?:1[0-9]|20)?[0-9]{2}"  # years
    r"|[0-9]{3}-[0-9]{4}|\+?[0-9]+(?:-[0-9]+){2,}"  # a telephone number
    r"|.*\b0x.*"
)


def find_expression(text: str) -> Calculation | None:
    """The calculation that this expression is, or None where it is anything else."""
    if _NO_CALCULATION.fullmatch(text) or ("!" in text and re.search("[a-z]", text, re.I)):
        return None  # "7 times 8!" is an exclamation
    expression = _as_python(text)
    if not _is_arithmetic(expression):
        return None
    names = sorted(set(re.findall(r"sqrt|factorial|pi", expression)))
    head = f"from math import {', '.join(names)}\n" if names else ""
    end = " is {result}." if re.search(r"[a-z]{3}", text, re.I) else " = {result}"
    return Calculation(head + rounded(expression), text[:1].upper() + text[1:] + end)


def _as_python(text: str) -> str:
    expression = re.sub(r"[$£€](?=[0-9.])", "", text.lower())
    expression = re.sub(r"(?<=[0-9]),(?=[0-9]{3}\b)", "", expression)
    expression = re.sub(
        r"(?:the )?square root of ([0-9.]+|\([^()]*\))|√\s*([0-9.]+)", r"sqrt(\1\2)", expression
    )
    expression = re.sub(r"\b([0-9]+)(?: factorial\b|!)", r"factorial(\1)", expression)
    expression = re.sub(r"\bfactorial of ([0-9]+)", r"factorial(\1)", expression)
    for words, operator in _OPERATORS:
        expression = re.sub(rf"\s*(?:{words})\s*", f" {operator} ", expression)
    expression = re.sub(r"(?<=[0-9)])\(", " * (", expression)
    return " ".join(expression.split())


def _is_arithmetic(expression: str) -> bool:
    """Numbers, operators and a few functions, with at least one operation."""
    if not _LEGAL.fullmatch(expression) or re.search(r"%(?! [0-9(])|(?<! )%", expression):
        return False  # a % that is not between two numbers is a percentage
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    functions = [n for n in nodes if isinstance(n, ast.Name) and n.id in _FUNCTIONS]
    return (
        all(isinstance(node, _NODES) for node in nodes)
        and all(call.func in functions and len(call.args) == 1 for call in calls)
        and len(functions) == len(calls)
        and any(isinstance(node, ast.BinOp | ast.Call) for node in nodes)
    )
