"""Text of the web without what does not show: nothing in it may hide from who reads it."""

import unicodedata

_JOINERS = "\u200c\u200d"


def clean_text(text: str) -> str:
    """Without what does not show: control and direction characters, lone surrogates."""
    return "".join(
        char
        for char in text.replace("\r\n", "\n")
        if char in "\n\t" or char in _JOINERS or unicodedata.category(char)[0] != "C"
    )
