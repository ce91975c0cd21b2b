"""Whether a seed is any good: what it makes, what is dropped and why, and examples.

python -m orchestra_cli.synthesis.check seeds/library.toml
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.synthesis.generating import Made, generate
from orchestra_cli.synthesis.seed_file import load_seed

_TASKS = 200


def check_seed(path: Path, *, seed_number: int = 0) -> Iterator[str]:
    """Lines to read. Raises UsageError where the seed cannot be used."""
    seed = load_seed(path)
    made = generate(seed, _TASKS, seed_number=seed_number, where=str(path))
    yield f"{path}: {len(made.candidates)} of {_TASKS} tasks, {len(seed.tools)} tools"
    yield from _counts(made)
    yield from _weak_intents(made)
    for intent in seed.intents:
        yield from _examples(made, intent)


def _counts(made: Made) -> Iterator[str]:
    evolved = Counter(
        " + ".join(candidate.evolved) or "plain" for candidate in made.candidates.values()
    )
    for name, number in sorted(evolved.items()):
        yield f"  {number:4} {name}"
    for reason, number in sorted(made.dropped.items()):
        yield f"  {number:4} dropped: {made.examples[reason]}"


def _weak_intents(made: Made) -> Iterator[str]:
    kept = Counter(i for candidate in made.candidates.values() for i in candidate.intents)
    for intent in made.seed.intents:
        dropped = made.dropped_by_intent[intent]
        if not kept[intent]:
            yield f"  intents.{intent}: not one task: its rows are never found, or all are dropped"
        elif dropped > kept[intent]:
            yield f"  intents.{intent}: {dropped} dropped, only {kept[intent]} kept"


def _examples(made: Made, intent: str) -> Iterator[str]:
    """The plainest and the hardest."""
    mine = [c for c in made.candidates.values() if c.intents[0] == intent]
    for candidate in [c for c in mine if not c.evolved][:1] + mine[-1:]:
        yield f"\n{intent} ({' + '.join(candidate.evolved) or 'plain'})"
        yield f"  {candidate.instruction}"
        for call in candidate.actions:
            arguments = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
            yield f"    {call.name}({arguments})"
        if candidate.say:
            yield f"    says {', '.join(candidate.say)}"


if __name__ == "__main__":
    try:
        print("\n".join(check_seed(Path(sys.argv[1]))))
    except UsageError as problem:
        sys.exit(str(problem))
