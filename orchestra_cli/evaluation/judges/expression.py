r"""A formula in one notation, so that two ways to write it are the same text.

`\frac{\sqrt{3}}{2}`, `\dfrac{\sqrt3}2` and `(sqrt 3)/2` become `sqrt(3)/2`. It is a notation that
is compared and no algebra: 2 + x and x + 2 stay apart.
"""

from __future__ import annotations

import re

_MAX_CHARS = 400
_LEAD = re.compile(r".*(?:\b(?:is|are|equals|equal to|be|get|obtain)\b|[:=≈∈])\s*", re.DOTALL)
_MATH = re.compile(r"\$+([^$]+)\$+|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_WORDS = re.compile(r"\\(?:text|mathrm|textbf|mathbf|operatorname|mbox)\s*\{([^{}]*)\}")
_DROPPED = re.compile(
    r"\\(?:left|right|displaystyle|limits|q?quad|circ|cdot|times|[,;:! ])(?![a-z])"
    r"|\^\{?\\circ\}?|[°$\s*·×]|\b(?:degrees?|units?)\b"
)
_SAME = str.maketrans({
    "−": "-", "–": "-", "π": "pi", "∞": "infty", "∪": "cup", "≤": "<=", "≥": ">=", "√": "sqrt",
    "θ": "theta", "²": "^2", "³": "^3",
})  # fmt: skip
_SHORT_ARGUMENT = re.compile(r"(frac|sqrt)(?!\{)\s*(?:(\d)|([a-z])(?![a-z]))")
_SECOND_ARGUMENT = re.compile(r"(frac\{[^{}]*\})\s*([\da-z])(?!\{)")
_FRACTION = re.compile(r"frac\{([^{}]*)\}\{([^{}]*)\}")
_ROOT = re.compile(r"sqrt\{([^{}]*)\}")
_BRACES = re.compile(r"\{([^{}]*)\}")
_LONE = re.compile(r"(?<![\da-z)/])\((-?[\da-z.]*(?:sqrt\([^()]*\))?)\)(?![\^\da-z(])")
_LONE_BELOW = re.compile(r"(?<=/)\((\d+|[a-z]+|sqrt\([^()]*\))\)(?![\^\da-z(])")


def final_expression(said: str) -> str:
    """The last formula of the answer's last words, in one notation."""
    said = said[-_MAX_CHARS:]
    in_math = _MATH.findall(said)
    if in_math:
        return notation(next(part for part in in_math[-1] if part))
    lead = _LEAD.match(said)
    return notation((said[lead.end() :] if lead else said).strip("*_` "))


def notation(text: str) -> str:
    """The text in one notation."""
    text = text[:_MAX_CHARS].casefold().strip().translate(_SAME).rstrip(".,;")
    text = _WORDS.sub(r"\1", text).replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    text = _DROPPED.sub("", text).replace("\\%", "").replace("%", "")
    text = text.replace("\\{", "⟨").replace("\\}", "⟩").replace("\\", "")
    text = re.sub(r"\b(?:le|leq)\b", "<=", text)
    for _ in range(8):
        before = text
        text = _flatter(text)
        if text == before:
            break
    return re.sub(r"^[a-z](?:=|in(?=[\[(⟨]))", "", text)


def _flatter(text: str) -> str:
    """One level of braces less."""
    text = _SHORT_ARGUMENT.sub(lambda found: f"{found[1]}{{{found[2] or found[3]}}}", text)
    text = _SECOND_ARGUMENT.sub(r"\1{\2}", text)
    text = _ROOT.sub(r"sqrt(\1)", text)
    text = _FRACTION.sub(r"(\1)/(\2)", text)
    if "frac" not in text and "sqrt{" not in text:
        text = _BRACES.sub(r"(\1)", text)
    return _LONE_BELOW.sub(r"\1", _LONE.sub(r"\1", text))
