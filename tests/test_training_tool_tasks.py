"""Generated tool tasks: by the real tools what is golden is right, and an rng gives it all."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest

from orchestra_cli.evaluation.judges.judging import Judging
from orchestra_cli.evaluation.tasks import EvalTask
from orchestra_cli.training.environments.corpus import Corpus, CorpusSearchTool
from orchestra_cli.training.tool_tasks import KINDS, ToolTask, draw_tool_task, programs
from orchestra_cli.training.tool_tasks.drawing import PROGRAMS
from orchestra_cli.training.tool_tasks.look_ups import PAPERS, SUMS, telling_words
from orchestra_cli.training.tool_tasks.programs import accepted_forms, as_money, draw_program, shown
from orchestra_cli.training.tool_tasks.slots import Draw, in_words, number
from orchestra_cli.training.tool_tasks.template import Template, every, spun
from orchestra_cli.training.tool_tasks.units import UNITS
from orchestra_cli.training.tool_tasks.voice import voiced
from tools.base import CallContext
from tools.python import PythonTool

JUDGING = Judging()
CONTEXT = CallContext(question="")
TEMPLATES = [
    pytest.param(template, id=f"{kind}-{place}")
    for kind, groups in PROGRAMS.items()
    for place, template in enumerate(each for group in groups for each in group)
]


@pytest.fixture(scope="module", autouse=True)
def interpreter() -> Iterator[PythonTool]:
    """The module's own is closed too, so that no process of it outlives these tests."""
    yield (tool := PythonTool())
    tool.close()
    programs.close_interpreter()


@pytest.fixture(scope="module")
def drawn() -> list[ToolTask]:
    return [draw_tool_task(kind, Random(f"{kind}{n}")) for kind in KINDS for n in range(16)]


def test_a_golden_run_is_right_and_its_tools_really_run(
    drawn: list[ToolTask], interpreter: PythonTool
) -> None:
    assert len(drawn) > 200
    for each in drawn:
        for call in each.golden.calls:
            if call.name == "python":
                shown_now = interpreter.run(call.arguments, CONTEXT).text
                accepted = each.task.answer
                assert isinstance(accepted, list)
                assert str(accepted[0]).removesuffix("%") == shown_now
            if call.name == "local_search":
                search = CorpusSearchTool(Corpus(each.documents))
                assert search.run(call.arguments, CONTEXT).documents
        if each.golden.answer is not None:
            grade = JUDGING.grade(each.task, each.golden.answer)[0]
            assert grade.right, (each.task.question, each.golden, grade.why)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_gives_tasks_that_are_right(template: Template) -> None:
    for seed in range(4):
        worked = draw_program(template, Random(seed))
        task = EvalTask("t", worked.question, list(worked.accepted), worked.judge, tags=worked.tags)
        assert JUDGING.grade(task, worked.answer)[0].right, worked
        assert "{" not in worked.question and "[" not in worked.question.partition('"')[0]
        assert "e+0" not in worked.output and "e+1" not in worked.output and len(worked.output) < 70


def test_what_is_looked_up_stands_in_a_passage_near_the_top() -> None:
    for seed in range(12):
        each = draw_tool_task("look-up", Random(seed))
        assert isinstance(each.task.answer, list)
        phrase = str(each.task.answer[0])
        (call,) = each.golden.calls
        search = CorpusSearchTool(Corpus(each.documents))
        found = search.run(call.arguments, CONTEXT).documents[:3]
        assert any(phrase in passage for passage in found)
        assert phrase in (each.golden.answer or "")
        assert 3 <= len(each.documents) <= 13
        assert all(15 <= len(text.split()) <= 220 for text in each.documents.values())


def test_a_figure_is_said_as_the_program_printed_it(drawn: list[ToolTask]) -> None:
    for each in drawn:
        if each.golden.calls and each.golden.calls[-1].name == "python":
            assert isinstance(each.task.answer, list)
            figure = shown(str(each.task.answer[0]).removesuffix("%"))
            assert figure.lower() in (each.golden.answer or "").lower()


def test_what_needs_which_tool() -> None:
    calls = {
        kind: [call.name for call in draw_tool_task(kind, Random(1)).golden.calls] for kind in KINDS
    }
    assert calls["percentage"] == ["python"]
    assert calls["look-up"] == ["local_search"]
    assert calls["look-up sum"] == ["local_search", "python"]
    assert calls["small talk"] == []
    assert calls["hand over"] == ["answer"]
    with pytest.raises(KeyError):
        draw_tool_task("cooking with gas", Random(1))


def test_the_same_generator_gives_the_same_task_in_any_process() -> None:
    program = (
        "from random import Random\n"
        "from orchestra_cli.training.tool_tasks import KINDS, draw_tool_task\n"
        "print([draw_tool_task(kind, Random(kind)) for kind in KINDS])"
    )
    here = str([draw_tool_task(kind, Random(kind)) for kind in KINDS])
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert there.stdout == f"{here}\n"


def test_tasks_differ() -> None:
    for kind in KINDS:
        few = kind in ("look-up", "look-up sum")
        ids = [draw_tool_task(kind, Random(n)).task.id for n in range(15 if few else 60)]
        assert len(set(ids)) > 0.8 * len(ids), kind


def test_there_are_many_structures() -> None:
    apart_from_units = sum(len(g) for k, groups in PROGRAMS.items() if k != "units" for g in groups)
    facts = sum(len(paper.facts) for paper in PAPERS)
    assert apart_from_units > 180 and len(UNITS) > 15
    assert facts > 80 and len(SUMS) > 30
    assert sum(KINDS.values()) == pytest.approx(1.0)


def test_a_rounded_result_may_be_rounded_otherwise() -> None:
    third = Template("a=7..7", "a third of {a}", "print(round({a} / 3, 2))", "{out}")
    worked = draw_program(third, Random(0))
    assert worked.output == "2.33" and 0.001 < worked.tags["tolerance"] < 0.003


def test_a_date_in_a_question_is_the_one_in_the_program() -> None:
    template = Template("a=date", "{a}", "print(shift({a}))", "{out}", is_text=True)
    for seed in range(40):
        worked = draw_program(template, Random(seed))
        assert worked.code == f'print(shift("{worked.question}"))'
        assert worked.output[-4:] in worked.question
        day = date.fromisoformat(worked.question) if worked.question[:4].isdigit() else None
        assert day is None or worked.output == f"{day.day} {day:%B %Y}"


@pytest.mark.parametrize("kind", ["units", "dates", "times"])
def test_a_program_holds_words_as_the_question_has_them(kind: str) -> None:
    own = {"yes", "no", "feet", "inches", "1 January ", "25 December ", "31 December "}
    for seed in range(40):
        each = draw_tool_task(kind, Random(f"copied{seed}"))
        code = str(each.golden.calls[0].arguments["code"])
        asked = each.task.question.replace("The ", "the ")  # where a sentence starts
        slips = ("weks", "mintues")
        for words in set(re.findall(r'"([^"{}]+)"', code)) - own:
            assert words in asked or any(slip in asked for slip in slips), (words, asked)


def test_choices_and_all_that_they_give() -> None:
    text = "[a|b] c[ d|]\nx"
    assert set(every(text)) == {"a c d", "a c", "b c d", "b c", "x"}
    assert {spun(text, Random(n)) for n in range(60)} == set(every(text))


@pytest.mark.parametrize(
    ("printed", "said"), [("12.5", "12.50"), ("12.0", "12.00"), ("12", "12"), ("1.25", "1.25")]
)
def test_money_has_both_digits(printed: str, said: str) -> None:
    assert as_money(printed) == said


def test_other_ways_to_write_a_result() -> None:
    assert accepted_forms("03 April 2024") == ("03 April 2024", "3 April 2024", "April 3, 2024")
    assert accepted_forms("3 April 2024") == ("3 April 2024", "April 3, 2024")
    assert accepted_forms("07:05") == ("07:05", "7:05")
    assert shown("12.0") == "12" and shown("10.05") == "10.05"


def test_numbers_in_many_spellings() -> None:
    def spellings(value: float) -> set[str]:
        return {number(value, Draw.of(Random(seed))).text for seed in range(300)}

    assert {"1250", "1,250"} == spellings(1250)
    assert {"1500000", "1,500,000", "1.5 million"} <= spellings(1_500_000)
    assert {"12", "twelve"} == spellings(12)
    assert {"0.75", "three quarters"} == spellings(0.75)
    assert in_words(342) == "three hundred and forty-two"


def test_a_quoted_text_is_not_touched() -> None:
    asked = 'How many words are in: "the price and the percent"?'
    for seed in range(200):
        assert asked[1:] in voiced(asked, Random(seed), is_verbatim=True)


def test_a_query_is_the_telling_words() -> None:
    assert telling_words("What is the wifi password at the Keller house?") == (
        "wifi password Keller house"
    )
