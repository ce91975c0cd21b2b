"""Every option of a choice followed: the policy's own choices, rewards by form, exact gradients."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
import torch
from grpo_runs import open_trainer, schedule
from tiny_llama import tiny_model, tiny_tokenizer
from tiny_pool import environment_over, write_pool
from tiny_training import write_base

from orchestra_cli.training.environments.recorded import RecordedEnvironment
from orchestra_cli.training.exact import Choice, exact_choices, option_rewards
from orchestra_cli.training.losses import clipped_loss, score_paths
from orchestra_cli.training.models import load_trainable
from orchestra_cli.training.packs import ChoicePack
from orchestra_cli.training.paths import Tokens
from orchestra_cli.training.rollout import Rollout
from orchestra_cli.training.torch_engine import TorchEngine
from orchestra_cli.trajectory import StopReason
from prefs.metrics import RunMetrics
from prefs.reward import ALL_TERMS, RewardForm, Term

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
OPTIONS = ("<tool_call>\nask 1", "<tool_call>\nask 2", "<tool_call>\nend 1")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> RecordedEnvironment:
    return environment_over(write_pool(tmp_path_factory.mktemp("pool")))


@pytest.fixture(scope="module")
def engine() -> TorchEngine:
    return TorchEngine(tiny_model(), tiny_tokenizer(), context_tokens=4096)


def drawn(
    environment: RecordedEnvironment, engine: TorchEngine, seed: int
) -> tuple[Rollout, list[Choice]]:
    episode, known = environment.episode(0, seed=1), environment.hindsight(0, seed=1)
    return exact_choices(episode, known, engine, seed=seed)


def test_a_run_is_the_policy_s_own_and_each_of_its_choices_is_kept(
    environment: RecordedEnvironment, engine: TorchEngine
) -> None:
    taken = set()
    for seed in range(8):
        rollout, choices = drawn(environment, engine, seed)
        assert rollout.trajectory.stop_reason is StopReason.ANSWERED
        assert rollout.metrics == choices[-1].runs[choices[-1].drawn]
        last = rollout.trajectory.turns[-1]
        assert choices[-1].options[choices[-1].drawn].endswith(last.arguments["attempt"])
        assert all(len(c.runs) == len(c.options) > 1 for c in choices)
        assert all(c.prompt.endswith("<|im_start|>assistant\n") for c in choices)
        taken.add(tuple(choice.drawn for choice in choices))
    assert len(taken) > 1 and drawn(environment, engine, 3)[1] == drawn(environment, engine, 3)[1]


def test_options_are_drawn_by_the_very_chances_that_the_loss_has(
    environment: RecordedEnvironment, engine: TorchEngine
) -> None:
    """The first choice of many runs, against −Σ p·R with R = 1 for one option."""
    firsts = [drawn(environment, engine, seed)[1][0] for seed in range(60)]
    assert len({choice.prompt for choice in firsts}) == 1
    counts = Counter(choice.drawn for choice in firsts)
    model, tokens = tiny_model(), Tokens(tiny_tokenizer())
    shares = []
    for at in range(len(firsts[0].options)):
        pack = ChoicePack()
        pack.add(firsts[0], [float(at == each) for each in range(len(firsts[0].options))], tokens)
        shares.append(-float(pack.sums(score_paths(model, pack.paths)).loss.detach()))
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)
    for at, share in enumerate(shares):
        noise = 4 * (share * (1 - share) / 60) ** 0.5 + 0.02
        assert counts[at] / 60 == pytest.approx(share, abs=noise)


def choice_of(*runs: RunMetrics) -> Choice:
    return Choice("Which?\n", OPTIONS[: len(runs)], 0, runs)


RUNS = (RunMetrics(True, 0.02, 4.0), RunMetrics(True, 0.01, 0.0), RunMetrics(False, 0.0, 0.0))


@pytest.mark.parametrize(
    ("form", "without", "expected"),
    [
        (RewardForm.OUTCOME, (), [1.0, 1.0, 0.0]),
        (RewardForm.PAPER, (), "the cheap right one, the dear right one, the wrong one"),
        (RewardForm.DOLLARS, (Term.LATENCY, Term.TOOLS), "in dollars"),
        (RewardForm.DOLLARS, (Term.COST, Term.LATENCY, Term.TOOLS), "right alone"),
    ],
)
def test_rewards_of_the_options(
    form: RewardForm, without: tuple[Term, ...], expected: object, environment: RecordedEnvironment
) -> None:
    episode = environment.episode(0, seed=1)
    preference, worth = episode.preference, episode.worth.right_answer_usd
    terms = ALL_TERMS - set(without)
    found = option_rewards(choice_of(*RUNS), episode, form=form, terms=terms)
    accuracy = max(0.1, preference.accuracy)
    if expected == "in dollars":
        expected = [
            accuracy * run.is_right - preference.cost * run.cost_usd / worth for run in RUNS
        ]
    elif expected == "right alone":
        expected = [accuracy, accuracy, 0.0]
    if isinstance(expected, list):
        assert found == pytest.approx(expected)
    else:
        assert found[1] > found[0] > found[2] == 0.0


def test_the_exact_gradient_is_the_mean_of_many_sampled_ones(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Through the model, down to the adapter: 4,000 samples of GRPO's surrogate, R as advantage."""
    base = write_base(tmp_path_factory.mktemp("base"))
    trainer = open_trainer(base, tmp_path, schedule(1))
    tokens, rewards, pack = Tokens(trainer.trainable.tokenizer), [1.0, -0.5, 0.25], ChoicePack()
    pack.add(choice_of(*RUNS), rewards, tokens)
    scored = score_paths(trainer.model, pack.paths)
    options = torch.stack([each.sum() for each in scored.by_path()]).log_softmax(0)  # (K,)
    parameters = trainer.trainable.parameters()

    def gradient(loss: torch.Tensor) -> torch.Tensor:
        found = torch.autograd.grad(loss, parameters, retain_graph=True)
        return torch.cat([each.flatten() for each in found])

    exact = gradient(pack.sums(scored).loss)
    taken = Random(0).choices(range(3), options.detach().exp().tolist(), k=4000)
    by_option, _ = clipped_loss(options, options.detach(), torch.tensor(rewards))
    sampled = gradient((by_option[torch.tensor(taken)]).mean())
    assert float(exact.norm()) > 0
    assert float((exact - sampled).norm() / exact.norm()) < 0.1


def test_the_divergence_is_exact_and_bounded_where_k3_is_not(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Σ p·log(p/q) by hand, with a q that finds likely what p has unlearned."""
    trainable = load_trainable(write_base(tmp_path_factory.mktemp("base")), rank=2)
    tokens, pack = Tokens(trainable.tokenizer), ChoicePack()
    pack.add(choice_of(*RUNS), [0.0, 0.0, 0.0], tokens)
    scored = score_paths(trainable.model, pack.paths)
    assert pack.sums(scored).kl is None
    pack.base = scored.log_probs.detach()
    same = pack.sums(scored).kl
    assert same is not None and float(same.detach()) == pytest.approx(0.0, abs=1e-6)
    shift = torch.zeros_like(pack.base)
    shift[0] = 20.0
    pack.base = pack.base + shift
    p = torch.stack([each.sum() for each in scored.by_path()]).softmax(0).detach()
    q = (p.log() + torch.tensor([20.0, 0.0, 0.0])).softmax(0)
    sums = pack.sums(scored)
    assert sums.kl is not None and float(sums.kl.detach()) == pytest.approx(
        float((p * (p / q).log()).sum()), rel=1e-4
    )
    assert float(sums.kl.detach()) < 20.0
    assert float(sums.entropy) == pytest.approx(float(-(p * p.log()).sum()), rel=1e-4)
