"""What is left of text that anybody may have written."""

from tools.clean_text import clean_text


def test_clean_text_keeps_what_shows() -> None:
    family = "\U0001f468\u200d\U0001f469"
    assert clean_text(f"a\tb\n{family}\x07\u202e\ud800\U000e0041\x9b") == f"a\tb\n{family}"
