"""The warm start: given trajectories are imitated, a step at a time (paper, section 4.2).

The teacher's runs over recorded experts come as soft choices, golden runs of tasks with real tools
as they are. The loss is the mean over replies of −Σ log p(token).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import chain

from orchestra_cli.training.losses import score_paths, supervised_loss
from orchestra_cli.training.metrics import StepMetrics
from orchestra_cli.training.paths import TokenPath, Tokens, paths_of
from orchestra_cli.training.recipe import Sft
from orchestra_cli.training.recorder import RenderingEngine
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.trainer import Trainer

STAGE = "sft"
_MOST_TOKENS = 3_000
"""Of the longest paths of a pack's tasks: what is evaluated as one tree has to fit in memory."""


def run_sft(
    trainer: Trainer,
    sources: Sources,
    sft: Sft,
    *,
    engine: RenderingEngine,
    report: Callable[[StepMetrics], None],
) -> None:
    """From the trainer's step to the schedule's end."""
    tokens = Tokens(trainer.trainable.tokenizer)
    while trainer.step < sft.steps:
        began = time.monotonic()
        packs = _packs(trainer, sources, sft, engine, tokens)
        num_replies = sum(replies for _, _, replies in packs)
        losses: dict[str, list[float]] = {}
        evaluated = 0
        for name, paths, replies in trainer.share(packs):
            scored = score_paths(trainer.model, paths)
            loss = supervised_loss(scored, paths)
            trainer.backward(loss * trainer.accelerator.num_processes / num_replies)
            losses.setdefault(name, []).append(float(loss.detach()) / replies)
            evaluated += scored.num_tokens
        norm, rate = trainer.apply()
        by_environment = {name: sum(each) / len(each) for name, each in losses.items()}
        report(
            StepMetrics(
                step=trainer.step,
                stage=STAGE,
                loss=sum(by_environment.values()) / max(1, len(by_environment)),
                gradient_norm=norm,
                learning_rate=rate,
                tokens=evaluated,
                seconds=time.monotonic() - began,
                by_environment=by_environment,
            )
        )


def _packs(
    trainer: Trainer, sources: Sources, sft: Sft, engine: RenderingEngine, tokens: Tokens
) -> list[tuple[str, list[TokenPath], int]]:
    """(environment, paths, replies): what is evaluated as one tree. Of one menu, several tasks."""
    keys = sources.group_keys(
        STAGE,
        trainer.step,
        recorded=sft.recorded_questions,
        tools=sft.tool_tasks,
        domains=sft.domain_tasks,
    )
    packs: list[tuple[str, list[TokenPath], int]] = []
    held = 0
    readings = sources.domain_readings(trainer.step, sft.domain_readings, engine)
    for name, samples in chain(sources.lessons(keys, engine), readings):
        paths = [path for sample in samples for path in paths_of(sample, tokens)]
        longest = max((len(path.prompt) + len(path.reply) for path in paths), default=0)
        if packs and packs[-1][0] == name and held + longest <= _MOST_TOKENS:
            _, together, replies = packs[-1]
            packs[-1] = (name, together + paths, replies + len(samples))
            held += longest
        elif paths:
            packs.append((name, paths, len(samples)))
            held = longest
    return packs
