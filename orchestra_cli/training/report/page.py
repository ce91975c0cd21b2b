"""What lets a page stand alone: data that cannot end its script element, and plotly itself."""

from __future__ import annotations

import json

from orchestra_cli.errors import UsageError


def as_script_data(value: object) -> str:
    """JSON, safe inside a script element."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def plotly_script() -> str:
    """The whole library."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise UsageError(
            'the HTML report needs plotly: pip install "orchestra-cli[eval]"'
        ) from None
    return str(get_plotlyjs())
