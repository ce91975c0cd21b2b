"""What of a sample is learned: a reply to its end, of options as much as tells them apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tiny_llama import IM_END, tiny_tokenizer

from orchestra_cli.training.paths import TokenPath, Tokens, option_beginnings, paths_of
from orchestra_cli.training.rollout import Sample

TOKENS = Tokens(tiny_tokenizer())
PROMPT = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


def text(tokens: tuple[int, ...]) -> str:
    return str(tiny_tokenizer().decode(list(tokens)))


def test_a_reply_counts_to_its_end_and_its_prompt_not_at_all() -> None:
    (path,) = paths_of(Sample(PROMPT, "the answer"), TOKENS)
    assert path == TokenPath(TOKENS.of(PROMPT), (*TOKENS.of("the answer"), IM_END))
    assert path.weight == 1.0 and path.skipped == 0


def test_a_reply_that_was_cut_has_no_end() -> None:
    (path,) = paths_of(Sample(PROMPT, "the ans", ended=False), TOKENS)
    assert path.reply == TOKENS.of("the ans")


def test_prompt_and_reply_become_tokens_each_by_itself() -> None:
    """As the engine reads them: `t` and `h` at the seam are two tokens, though `th` is one."""
    (path,) = paths_of(Sample("not", "he", ended=False), TOKENS)
    assert len(TOKENS.of("th")) == 1
    assert text(path.prompt)[-1] == "t" and text(path.reply)[0] == "h"


def test_each_option_is_a_path_as_far_as_it_differs_and_the_taken_one_goes_on() -> None:
    sample = Sample(PROMPT, "ask b.", ("ask b.", "ask c.", "take b."), (0.6, 0.3, 0.1))
    *options, whole = paths_of(sample, TOKENS)
    assert [(text(path.reply), path.weight) for path in options] == [
        ("ask b", 0.6),
        ("ask c", 0.3),
        ("t", 0.1),
    ]
    assert text(whole.reply) == "ask b.<|im_end|>"
    assert (whole.weight, text(whole.reply[whole.skipped :])) == (1.0, ".<|im_end|>")


def test_an_option_that_is_hardly_wanted_is_no_path_unless_it_was_taken() -> None:
    sample = Sample(PROMPT, "c", ("a", "b", "c"), (0.996, 0.004, 0.0))
    *options, whole = paths_of(sample, TOKENS)
    assert [text(path.reply) for path in options] == ["a"]
    assert text(whole.reply) == "c<|im_end|>"
    assert whole.reply[whole.skipped :] == (IM_END,)


def test_a_choice_without_a_teacher_is_a_reply_like_any_other() -> None:
    sample = Sample(PROMPT, "b", ("a", "b"))
    assert paths_of(sample, TOKENS) == [TokenPath(TOKENS.of(PROMPT), (*TOKENS.of("b"), IM_END))]


def test_one_option_alone_is_told_by_its_first_token() -> None:
    assert option_beginnings(["abc"], TOKENS) == [TOKENS.of("a")]


def test_an_option_that_begins_another_is_whole() -> None:
    short, long = option_beginnings(["ask-1", "ask-12"], TOKENS)
    assert (text(short), text(long)) == ("ask-1", "ask-12")


@given(st.lists(st.text("abc", min_size=1, max_size=6), min_size=2, max_size=6, unique=True))
def test_a_beginning_belongs_to_one_option_and_a_token_less_would_not(options: list[str]) -> None:
    whole = [TOKENS.of(option) for option in options]
    for option, beginning in zip(whole, option_beginnings(options, TOKENS), strict=True):
        assert option[: len(beginning)] == beginning
        others = [other for other in whole if other != option]
        is_prefix = any(other[: len(option)] == option for other in others)
        assert is_prefix or all(other[: len(beginning)] != beginning for other in others)
        shorter = beginning[:-1]
        assert any(other[: len(shorter)] == shorter for other in others)
