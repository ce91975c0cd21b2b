"""Questions that are a calculation in words, turned into a program for the python tool.

Reads arithmetic (also in words), percentages, dates and unit conversions. It claims a question only
when it understands the whole of it: a word problem is not half-read.
"""

from __future__ import annotations

import re
from datetime import date

from orchestra_cli.rules.arithmetic import find_expression
from orchestra_cli.rules.dates import find_date_calculation
from orchestra_cli.rules.number_words import digits_for_words
from orchestra_cli.rules.program import Calculation
from orchestra_cli.rules.units import find_conversion
from orchestra_cli.rules.wordings import find_wording

_MAX_CHARS = 300
_LEAD = re.compile(
    r"(?:(?:please|hey|hi|hello|there|ok|okay|so|and|well|quick question"
    r"|(?:can|could|would|will) you|help me|i need|i want|to know|i(?:'d| would) like(?: to know)?"
    r"|tell me|do you know|give me|say"
    r"|calculate|compute|evaluate|work out|figure out|solve|find(?: out)?|express"
    r"|what(?:'s|’s|s| is| are| was| will| would| does| do| number is)|(?:do )?(?:i|you|we) get"
    r"|how (?:much|far|long|tall|high|heavy|hot|cold|fast|big|old) (?:is|are|was|does|would|do)"
    r"|(?:if|when) (?:i|you|we)|if|the (?:value|result|answer|outcome)(?: of| to| for)?"
    r")[,:!.]?(?:\s+|$))+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:,?\s+(?:please|thanks|thank you|equals?(?: to)?|be|come to|make|give|in total|altogether"
    r"|exactly|for me|is what|what is it|(?:what|how much) (?:do|would) (?:i|you|we) (?:get|have)"
    r"|what(?:'s|’s| is) (?:that|it|the (?:result|answer|total|sum)))|\s*[?.=][\s?.=!]*|\s+)$",
    re.IGNORECASE,
)


def find_calculation(question: str, *, today: date | None = None) -> Calculation | None:
    """The calculation that this question is, or None. Dates are counted from `today`."""
    if len(question) > _MAX_CHARS:
        return None
    text = digits_for_words(_bare(" ".join(question.split())))
    return (
        find_conversion(text)
        or find_date_calculation(text, today or date.today())
        or find_wording(text)
        or find_expression(text)
    )


def _bare(text: str) -> str:
    """The question without the words around it."""
    lead = _LEAD.match(text)
    text = text[lead.end() :] if lead else text
    while tail := _TAIL.search(text):
        text = text[: tail.start()]
    return re.sub(r"^the ", "", text, flags=re.IGNORECASE)
