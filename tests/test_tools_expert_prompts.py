"""The prompts of the slots: what was gathered fits the budget, and the problem stays whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.base import Buffers, CodeRun
from tools.expert_prompts import answer_messages, reason_messages, render_context, search_messages


def test_documents_are_cut_and_the_newest_are_kept() -> None:
    buffers = Buffers(documents=tuple(f"<{n}>" + "x" * 9_000 for n in range(20)))
    text = render_context(buffers, max_chars=24_000)
    assert "<19>" in text and "<0>" not in text
    assert max(map(len, text.split("\n\n"))) == 4_000


def test_a_small_budget_shortens_documents_before_it_drops_them() -> None:
    buffers = Buffers(documents=tuple(f"<{n}>" + "x" * 9_000 for n in range(5)))
    text = render_context(buffers, max_chars=3_000)
    assert all(f"<{n}>" in text for n in range(5))


def test_one_huge_output_leaves_room_for_the_rest() -> None:
    runs = (CodeRun("a = 1", "y" * 99_000 + "the end"),)
    text = render_context(Buffers(("doc",), runs, ("z" * 99_000,)), max_chars=6_000)
    assert "doc" in text and "the end" in text and "zzz" in text


def test_nothing_gathered_is_nothing_said() -> None:
    assert render_context(Buffers(), max_chars=24_000) == ""


texts = st.lists(st.text(max_size=400), max_size=5).map(tuple)


@given(
    documents=texts,
    outputs=texts,
    attempts=texts,
    max_chars=st.integers(0, 1_500),
    question=st.text(max_size=3_000),
)
def test_the_budget_holds_and_the_problem_is_whole(
    documents: tuple[str, ...],
    outputs: tuple[str, ...],
    attempts: tuple[str, ...],
    max_chars: int,
    question: str,
) -> None:
    buffers = Buffers(documents, tuple(CodeRun("a", output) for output in outputs), attempts)
    assert len(render_context(buffers, max_chars=max_chars)) <= max_chars
    for render in (search_messages, reason_messages, answer_messages):
        messages = render(question, buffers, context_chars=max_chars)
        prompt = "\n".join(message["content"] for message in messages)
        assert question in prompt
        assert len(prompt) < len(question) + max_chars + 600
