"""Generated tasks whose tools really run, each with a run that is right.

    gaps, slots, dates, details     what a template's gaps are filled with, in many spellings
    word_banks, topics              the words
    template                        a question's wordings, a program and answers, all with gaps
    programs                        a template drawn, its program run by the real tool
    arithmetic … work_and_shapes    the templates
    papers, papers_*                what a file may say, how it is asked for and searched
    look_ups                        a question about files, verified by really searching them
    web_words, web_sites, web_places, web_look_ups
                                    a question about the web, likewise
    small_talk, talks, more_talks   what takes no tool
    hand_over                       what takes an expert
    voice                           politeness, haste and typing errors around any question
    drawing                         a kind's task from a random generator

No task, file or sentence of an evaluation is in here.
"""

from orchestra_cli.training.tool_tasks.drawing import KINDS, draw_tool_task
from orchestra_cli.training.tool_tasks.tool_task import ToolTask

__all__ = ["KINDS", "ToolTask", "draw_tool_task"]
