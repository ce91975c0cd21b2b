"""Makes text of models, tools and pages safe to show: what comes out cannot steer a terminal.

Escape sequences, control characters, lone surrogates and bidirectional overrides (which show text
in another order than it has) are gone; newlines and tabs stay.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    # OSC, DCS, SOS, PM and APC end at BEL or ST; an unfinished one may hide no more than its line.
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSHOWABLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The text without anything a terminal would obey."""
    text = _LINE_ENDS.sub("\n", _ESCAPES.sub("", text))
    return without_surrogates(_UNSHOWABLE.sub("", text))


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for what UTF-8 cannot carry."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """The clean text on a single line, runs of white space as one space."""
    return " ".join(clean_text(text).split())
