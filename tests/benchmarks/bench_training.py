"""Training tokens per second: trees of shared prompts beside a plain transformers + peft loop.

    ORCHESTRA_EVAL_DATA=FOLDER python tests/benchmarks/bench_training.py

Both train the same replies of the same runs with the same adapter: the plain loop as one would
write it first, a padded batch of prompt and reply with the loss on the reply; ours as one tree a
step. Tokens are counted as the plain loop has them: prompts and replies as they stand. Each step is
timed for both in turn, and the ratio is what compares. The peak of memory is of the whole process.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from orchestra_cli.training.losses import score_paths, supervised_loss
from orchestra_cli.training.memory import keep_freed_memory
from orchestra_cli.training.models import Trainable, load_trainable
from orchestra_cli.training.paths import TokenPath, Tokens
from orchestra_cli.training.prompt_engine import PromptEngine
from orchestra_cli.training.recipe import load_recipe
from orchestra_cli.training.recipes import recipe_file
from orchestra_cli.training.sources import Sources

_STEPS = 6
_BATCH = 4


def main() -> None:
    """Print a line a step and the medians."""
    import torch

    keep_freed_memory()
    torch.set_num_threads(os.cpu_count() or 1)
    recipe = load_recipe(recipe_file("embedded"))
    sources = Sources(recipe, data=Path(os.environ["ORCHESTRA_EVAL_DATA"]))
    lora = recipe.lora
    trainable = load_trainable(
        recipe.base, rank=lora.rank, alpha=lora.alpha, first_layer=lora.first_layer
    )
    tokens = Tokens(trainable.tokenizer)
    ratios = []
    for step in range(_STEPS):
        paths = _paths(sources, step, trainable, tokens)
        total = sum(len(path.prompt) + len(path.reply) for path in paths)
        ours_s = _seconds(lambda paths=paths: _our_step(trainable, paths))
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        plain_s = _seconds(lambda paths=paths: _plain_step(trainable, paths, pad=tokens.end))
        if step:  # the first one clears memory for both
            ratios.append(plain_s / ours_s)
        print(
            f"{len(paths)} replies, {total:,} tokens: tree {total / ours_s:,.0f} tokens/s, "
            f"plain {total / plain_s:,.0f} tokens/s, {plain_s / ours_s:.2f} times; "
            f"peak {peak_gb:.1f} GB before the plain step",
            flush=True,
        )
    print(f"median {statistics.median(ratios):.2f} times")


def _paths(sources: Sources, step: int, trainable: Trainable, tokens: Tokens) -> list[TokenPath]:
    keys = sources.group_keys("bench", step, recorded=3, tools=0, domains=0)
    lessons = sources.lessons(keys, PromptEngine(trainable.tokenizer))
    return [
        TokenPath(tokens.of(sample.prompt), (*tokens.of(sample.reply), tokens.end))
        for _, samples in lessons
        for sample in samples
    ]


def _our_step(trainable: Trainable, paths: list[TokenPath]) -> None:
    loss = supervised_loss(score_paths(trainable.model, paths), paths) / len(paths)
    loss.backward()
    trainable.model.zero_grad()


def _plain_step(trainable: Trainable, paths: list[TokenPath], *, pad: int) -> None:
    import torch

    for start in range(0, len(paths), _BATCH):
        batch = paths[start : start + _BATCH]
        longest = max(len(path.prompt) + len(path.reply) for path in batch)
        ids = torch.full((len(batch), longest), pad)
        labels = torch.full((len(batch), longest), -100)
        seen = torch.zeros((len(batch), longest), dtype=torch.long)
        for at, path in enumerate(batch):
            whole = torch.tensor((*path.prompt, *path.reply))
            ids[at, : len(whole)], seen[at, : len(whole)] = whole, 1
            labels[at, len(path.prompt) : len(whole)] = torch.tensor(path.reply)
        trainable.model(input_ids=ids, attention_mask=seen, labels=labels).loss.backward()
    trainable.model.zero_grad()


def _seconds(run: Callable[[], None]) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
