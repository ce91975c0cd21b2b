"""A loopback server that answers the cards' tasks by lookup: rightly, but for those named.

with CardServer(wrong={"tank"}, failing={"coins"}) as server:
    ... Endpoint(server.base_url, "m") ...
    assert server.most_at_once == 1
"""

from __future__ import annotations

import threading
import time

from openai_server import OpenAIServer, Received, Reply, refused, streamed

from orchestra_cli.experts.card_tasks import CardTask, load_task_set

TOKENS = (100, 50)
"""What the server says that each answer takes."""
TASKS = load_task_set().tasks
RIGHT = {
    "run-lengths": """```python
def run_lengths(text):
    runs = []
    for char in text:
        if runs and runs[-1][0] == char:
            runs[-1] = (char, runs[-1][1] + 1)
        else:
            runs.append((char, 1))
    return runs
```""",
    "merge-ranges": """```python
def merge_ranges(ranges):
    merged = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
```""",
    "leap-days": """Counting:
```python
def leap_days(first_year, last_year):
    def until(year):
        return year // 4 - year // 100 + year // 400
    return until(last_year) - until(first_year - 1)
```
For example:
```python
print(leap_days(2000, 2000))
```""",
    "balanced": """```python
def balanced(text):
    pairs, still_open = {")": "(", "]": "[", "}": "{"}, []
    for char in text:
        if char in "([{":
            still_open.append(char)
        elif char in pairs and (not still_open or still_open.pop() != pairs[char]):
            return False
    return not still_open
```""",
    "coins": """def fewest_coins(coins, amount):
    fewest = [0] + [None] * amount
    for total in range(1, amount + 1):
        before = [fewest[total - coin] for coin in coins if coin <= total]
        known = [number for number in before if number is not None]
        fewest[total] = min(known) + 1 if known else None
    return fewest[amount]
""",
    "text-columns": """```
def wrap(words, width):
    lines = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
```""",
    "notice": (
        "Dear residents, the lift is out of order until Thursday. Please use the stairs in the "
        "meantime. If you need help with heavy bags, call the caretaker, who will gladly come. "
        "Thank you."
    ),
    "three-lines": "Flakes drift past the lamp\nThe garden keeps its silence\nOne crow, one branch",
    "plain-words": (
        "The Earth is a big ball that slowly turns around. When our side faces the Sun, it is day. "
        "When our side has turned away, no sunlight reaches us, and so it gets dark."
    ),
    "list-of-five": (
        "- Take a short shower instead of a bath.\n- Close the tap while you brush.\n"
        "- Water the garden in the evening.\n- Fill the dishwasher before you start it.\n"
        "- Mend whatever drips as soon as you can."
    ),
    "refusal": (
        "Thank you very much for your kind invitation to dinner on Saturday. I have other plans "
        "that evening and cannot come, and I wish you all a lovely time together."
    ),
    "headline": "Small Town Becomes Proud Owner of Its Station",
}
"""An answer to each task whose rule does not hold one."""


def right_answer(task: CardTask) -> str:
    """One that the rule takes, as a model would word it."""
    check = task.check
    match check.kind:
        case "number":
            return f"Let me think about 3 of these.\n\n**Answer:** {check.value:g} in all"
        case "text":
            return f"Answer: {check.accepts[0]}."
        case "list":
            return f"Answer: {', '.join(check.items)}"
        case "choice":
            return f"It has to be this.\n\nAnswer: {check.letter})"
        case _:
            return RIGHT[task.name]


class CardServer(OpenAIServer):
    """Tells the tasks apart by their text."""

    def __init__(
        self,
        *,
        wrong: frozenset[str] | set[str] = frozenset(),
        failing: frozenset[str] | set[str] = frozenset(),
        pause_s: float = 0.0,
    ) -> None:
        super().__init__()
        self.wrong, self.failing = set(wrong), set(failing)
        self.pause_s = pause_s
        """Before each answer."""
        self.asked: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._counting = threading.Lock()

    def take(self, request: Received) -> Reply:
        """Note a request; its answer."""
        with self._counting:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.pause_s)
        with self._counting:
            self._at_once -= 1
        return self._answer(request.body["messages"][-1]["content"])

    def _answer(self, prompt: str) -> Reply:
        task = next((task for task in TASKS if prompt.startswith(task.prompt)), None)
        if task is None:
            return streamed("ready", tokens=TOKENS)
        self.asked.append(task.name)
        if task.name in self.failing:
            return refused(400, f"no {task.name} today")
        return streamed(
            "Answer: 0" if task.name in self.wrong else right_answer(task), tokens=TOKENS
        )
