"""Who draws the rollouts of a recipe: `[grpo] rollouts`, and what each kind needs.

    torch      the model under training itself, in the process: exact, and slowest on a CPU
    llama      llama.cpp on the base's own .gguf, in the process; reads the adapter anew each step
    endpoint   a server with the same base; its adapter is the user's to load (see below)
    ray        actors with llama.cpp and environments of their own; they read the adapter as "llama"
               does, so that on other machines the recipe's files and the run's folder must be there

For all but torch the adapter of the moment is written before each step's rollouts: in the folder of
the stage to `rollouts/0/adapter` (peft's form; 0 is the process), for llama.cpp to
`rollouts/0/adapter.gguf` as well. A server that serves LoRAs (vLLM) loads that folder when its user
tells it to; until then it draws by the one that it has, and is a little off the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

from orchestra_cli.errors import UsageError
from orchestra_cli.prompts.template import ChatTemplate
from orchestra_cli.training.base_model import find_base
from orchestra_cli.training.export.adapter_gguf import export_adapter
from orchestra_cli.training.recipe import Grpo, Recipe
from orchestra_cli.training.rollout import Group
from orchestra_cli.training.rollouts.base import Environments, Key, RolloutSource
from orchestra_cli.training.rollouts.endpoint import EndpointRollouts, TemplatedEngine
from orchestra_cli.training.rollouts.in_process import InProcessRollouts, NewestAdapter
from orchestra_cli.training.sources import Sources
from orchestra_cli.training.torch_engine import TorchEngine
from orchestra_cli.training.trainer import Trainer


class WritesAdapter:
    """A `RolloutSource` whose adapter is written before each call of another one's `roll`."""

    def __init__(self, source: RolloutSource, write: Callable[[], object]) -> None:
        self._source = source
        self._write = write

    def roll(self, keys: Sequence[Key], *, group_size: int, sampling_seed: int) -> Iterator[Group]:
        """See `RolloutSource`."""
        if keys:
            self._write()
        return self._source.roll(keys, group_size=group_size, sampling_seed=sampling_seed)

    def close(self) -> None:
        """As the other does."""
        self._source.close()


@contextmanager
def open_rollouts(
    trainer: Trainer, recipe: Recipe, sources: Sources, *, data: Path | None, folder: Path
) -> Iterator[RolloutSource]:
    """As the recipe has it; each process of a run has its own. Raises UsageError."""
    grpo, environments = recipe.grpo, sources.environments
    assert grpo is not None
    folder = folder / str(trainer.accelerator.process_index)
    peft, file = folder / "adapter", folder / "adapter.gguf"
    with ExitStack() as opened:
        if grpo.rollouts == "torch":
            tokenizer = trainer.trainable.tokenizer
            yield InProcessRollouts(environments, lambda: TorchEngine(trainer.model, tokenizer))
        elif grpo.rollouts == "endpoint":
            server = opened.enter_context(closing(_served(trainer, grpo, environments)))
            yield WritesAdapter(server, partial(trainer.trainable.save_adapter, peft))
        elif grpo.rollouts == "llama":
            newest = opened.enter_context(closing(NewestAdapter(_file_of(recipe), file)))
            source = InProcessRollouts(environments, newest)
            yield WritesAdapter(source, partial(_export, trainer, peft, file, recipe.base))
        else:
            from orchestra_cli.training.rollouts.ray_actors import RayRollouts

            opening = partial(_in_actor, recipe, data, _file_of(recipe), file)
            actors = opened.enter_context(
                closing(RayRollouts(grpo.ray, opening, workers=grpo.workers))
            )
            yield WritesAdapter(actors, partial(_export, trainer, peft, file, recipe.base))


def _served(trainer: Trainer, grpo: Grpo, environments: Environments) -> EndpointRollouts:
    """Prompts are rendered by the base's own template, which the server has too."""
    from orchestra_cli.engines.remote import RemoteEngine, parse_model_url
    from tools.endpoint import Endpoint, EndpointError

    base_url, model = parse_model_url(grpo.endpoint or "")
    tokenizer = trainer.trainable.tokenizer
    template = ChatTemplate(
        tokenizer.chat_template, bos=tokenizer.bos_token or "", eos=tokenizer.eos_token or ""
    )
    try:
        remote = RemoteEngine(Endpoint(base_url, model), name=model)
    except EndpointError as error:
        raise UsageError(f"[grpo] endpoint {grpo.endpoint}: {error}") from None
    return EndpointRollouts(environments, TemplatedEngine(remote, template), at_once=grpo.workers)


def _in_actor(recipe: Recipe, data: Path | None, model: Path, adapter: Path) -> RolloutSource:
    """In a process of Ray's, which opens all that it needs by itself."""
    return InProcessRollouts(Sources(recipe, data=data).environments, NewestAdapter(model, adapter))


def _file_of(recipe: Recipe) -> Path:
    """What llama.cpp can load of the base."""
    found = find_base(recipe.base).gguf
    if found is None:
        raise UsageError(
            f'base = "{recipe.base}" is no .gguf, which llama.cpp needs: name one, or set '
            '[grpo] rollouts = "torch"'
        )
    return found.resolve()


def _export(trainer: Trainer, peft: Path, file: Path, base: str) -> None:
    export_adapter(trainer.trainable.save_adapter(peft), file, base=base)
