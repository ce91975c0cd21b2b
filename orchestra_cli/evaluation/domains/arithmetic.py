"""The value of an arithmetic expression, as a domain's calculator gives it. Nothing else is run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from tools.base import ToolError

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def evaluate(expression: str) -> float:
    """Numbers, + - * / and parentheses."""
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except ArithmeticError as error:
        raise ToolError(f"{expression}: {error}") from None
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ToolError(f"{expression} is no arithmetic expression") from None


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(str(node.value))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand))
    raise ValueError(f"{type(node).__name__} is no arithmetic")
