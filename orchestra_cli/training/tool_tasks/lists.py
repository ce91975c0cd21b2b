"""Lists of numbers: averages, middles, extremes, order."""

from __future__ import annotations

from orchestra_cli.training.tool_tasks.template import Template

_SCORES = "l=1..99*4..8"

LISTS = (
    Template(
        _SCORES,
        """
        [what is|what's|find|calculate] the [average|mean] of {l}?
        [average|mean] of {l}
        [my scores are|the marks were|i measured|daily visitors:] {l}. what is the [average|mean]?
        {l} - [what's the average?|mean please]
        """,
        (
            "numbers = {l}\nprint(round(sum(numbers) / len(numbers), 2))",
            "values = {l}\naverage = sum(values) / len(values)\nprint(round(average, 2))",
        ),
        "{out}\nThe average is {out}.\nThe mean is {out}.",
    ),
    Template(
        "l=1..40/0.5*3..6",
        """
        [what is|find] the [average|mean] of {l}?
        the [times|weights|temperatures|lengths] were {l}. average?
        """,
        "numbers = {l}\nprint(round(sum(numbers) / len(numbers), 2))",
        "{out}\nThe average is {out}.",
    ),
    Template(
        "l=1..99*5..9",
        """
        [what is|find|give me] the median of {l}?
        median of {l}
        [the ages are|the data are|results:] {l}. what is the median?
        the middle value of {l} when sorted?
        """,
        (
            "numbers = sorted({l})\nn = len(numbers)\n"
            "print((numbers[(n - 1) // 2] + numbers[n // 2]) / 2)"
        ),
        "{out}\nThe median is {out}.",
    ),
    Template(
        _SCORES,
        """
        [what is|find] the [sum|total] of {l}?
        [add up|sum up|total] {l}
        [i spent|we sold|i walked|the counts are] {l}. what is the total?
        """,
        ("print(sum({l}))", "numbers = {l}\nprint(sum(numbers))"),
        "{out}\nThe sum is {out}.\nThe total is {out}.",
    ),
    Template(
        _SCORES,
        """
        [what is|which is|find] the [largest|biggest|highest|maximum] [number|value|] \
            [of|in|among] {l}?
        [max|maximum|highest] of {l}
        """,
        "print(max({l}))",
        "{out}\nThe largest is {out}.\nIt is {out}.",
    ),
    Template(
        _SCORES,
        """
        [what is|which is|find] the [smallest|lowest|minimum] [number|value|] [of|in|among] {l}?
        [min|minimum|smallest] of {l}
        """,
        "print(min({l}))",
        "{out}\nThe smallest is {out}.\nIt is {out}.",
    ),
    Template(
        _SCORES,
        """
        [what is|find] the range of {l}?
        [difference between the largest and the smallest of|how far apart are the highest and \
            the lowest of] {l}?
        """,
        "numbers = {l}\nprint(max(numbers) - min(numbers))",
        "{out}\nThe range is {out}.\nThe difference is {out}.",
    ),
    Template(
        "l=1..99*4..7",
        """
        sort {l} [in ascending order|from small to large|ascending|from lowest to highest]
        put {l} in order, smallest first
        """,
        'print(", ".join([str(n) for n in sorted({l})]))',
        "{out}",
        is_text=True,
    ),
    Template(
        "l=1..99*4..7",
        """
        sort {l} [in descending order|from large to small|descending|from highest to lowest]
        put {l} in order, biggest first
        """,
        'print(", ".join([str(n) for n in sorted({l}, reverse=True)]))',
        "{out}",
        is_text=True,
    ),
    Template(
        "l=1..99*5..9",
        """
        [what is|find] the second [largest|highest|biggest] [number|] [of|in|among] {l}?
        """,
        "print(sorted({l})[-2])",
        "{out}\nIt is {out}.",
    ),
    Template(
        "l=1..99*5..9 a=20..80",
        """
        how many of {l} are [above|greater than|more than|over] {a}?
        count the numbers [bigger than|above] {a}: {l}
        """,
        "print(len([n for n in {l} if n > {a}]))",
        "{out}\nThere are {out}.\nThe count is {out}.",
    ),
    Template(
        "l=1..9*8..12 a=1..9!",
        """
        how often [does {a} occur|is there a {a}] in {l}?
        count how many times {a} [appears|is] in {l}
        """,
        "print({l}.count({a}))",
        "{out}\nThe count is {out}.",
    ),
    Template(
        "l=1..99*5..9",
        """
        how many of {l} are even?
        count the even numbers [in|of] {l}
        """,
        "print(len([n for n in {l} if n % 2 == 0]))",
        "{out}\nThere are {out}.",
    ),
    Template(
        "l=60..99*3..5 n=80..99",
        """
        my test scores so far are {l}. what average do i have if the next one is {n}?
        marks {l}, and now {n}. new average?
        """,
        "scores = {l} + [{n}]\nprint(round(sum(scores) / len(scores), 2))",
        "{out}\nThe average is {out}.",
    ),
    Template(
        "l=40..90*3..5 n=70..90 k=1..2",
        """
        my scores are {l}. what do i need next for an average of {n}?
        results so far: {l}. which score next brings the mean to {n}?
        """,
        "scores = {l}\nprint({n} * (len(scores) + 1) - sum(scores))",
        "{out}\nYou need {out}, so it is {out}.\nThe score needed is {out}.",
    ),
    Template(
        "a=40..99! b=40..99! p=10..60",
        """
        the exam counts {p}% and the course work the rest. i got {a} in the exam and {b} in \
            course work. final mark?
        weights: {p} percent for a score of {a}, the remaining for {b}. weighted average?
        """,
        "w = {p} / 100\nprint(round({a} * w + {b} * (1 - w), 2))",
        "{out}\nThe final mark is {out}.",
    ),
    Template(
        "l=1..20*4..6",
        """
        standard deviation of {l}, [as a population|population formula]?
        [what is|] the population standard deviation of {l}?
        """,
        (
            "numbers = {l}\nmean = sum(numbers) / len(numbers)\n"
            "variance = sum([(n - mean) ** 2 for n in numbers]) / len(numbers)\n"
            "print(round(variance ** 0.5, 2))"
        ),
        "{out}\nThe standard deviation is {out}.",
    ),
    Template(
        "l=1..6*7..10",
        """
        [what is|find] the mode of {l}?
        which number occurs most often in {l}?
        """,
        "numbers = {l}\nprint(max(sorted(numbers), key=lambda n: numbers.count(n)))",
        "{out}\nThe mode is {out}.\nIt is {out}.",
    ),
)
