"""`orchestra train`: from recipe to GGUF, Ctrl-C in the middle, and errors with their codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from orchestra_command import environment
from tiny_llama import tiny_model, write_tiny
from tiny_training import metrics_of, write_base, write_data, write_recipe
from training_runs import whole_run, write_run

from orchestra_cli.cli import run
from orchestra_cli.engines.weights import Weights
from orchestra_cli.errors import ExitCode
from orchestra_cli.training.checkpoint import newest_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def interrupted(command: list[str], *, after: Path) -> int:
    """Its exit code; the user presses Ctrl-C once this is there."""

    def press() -> None:
        while not after.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    return run(command)


def test_from_a_recipe_to_a_file_that_llama_cpp_loads(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, folder = write_recipe(tmp_path / "made.toml", base, sft=4), str(tmp_path / "run")
    assert run(["train", "run", str(recipe), "--out", folder, "--data", str(data)]) == 0
    shown = capsys.readouterr()
    assert shown.out.strip() == f"{folder}/sft/checkpoints/step-000004/adapter"
    lines = shown.err.splitlines()
    assert [line.partition(" · ")[0] for line in lines] == [f"sft {n}/4" for n in (1, 2, 3, 4)]

    assert run(["train", "watch", folder]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert run(["train", "report", folder]) == 0
    page = Path(capsys.readouterr().out.strip())
    assert "step-000004" not in page.read_text() and "made_up.jsonl.gz" in page.read_text()

    out = tmp_path / "adapter.gguf"
    assert run(["train", "export", folder, "--out", str(out)]) == 0
    exported = capsys.readouterr()
    assert (exported.out.strip(), exported.err) == (
        str(out),
        "orchestra: the adapter of sft, step 4\n",
    )
    model = write_tiny(tmp_path / "tiny.gguf", tiny_model())
    Weights(model, adapter=out, context=64).close()

    merged = tmp_path / "merged.gguf"
    words = ["train", "export", folder, "--merge", "--base", str(model), "--out", str(merged)]
    assert run(words) == 0
    Weights(merged, context=64).close()


def test_ctrl_c_leaves_a_run_that_is_taken_up(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("ORCHESTRA_EVAL_DATA", str(data))
    recipe, folder = write_recipe(tmp_path / "made.toml", base, sft=2000), tmp_path / "run"
    command = ["train", "run", "--out", str(folder)]
    saved = folder / "sft" / "checkpoints"
    assert interrupted([*command, str(recipe)], after=saved / "step-000003") == 130
    remark = capsys.readouterr().err.splitlines()[-1]
    assert remark == f"orchestra: broken off; to go on: orchestra train run --out {folder}"
    newest = newest_checkpoint(folder / "sft")
    assert newest is not None and newest.step < 200
    assert interrupted(command, after=saved / f"step-{newest.step + 3:06d}") == 130
    assert capsys.readouterr().err.startswith(f"sft {newest.step + 1}/2,000 ")
    steps = [each["step"] for each in metrics_of(folder / "sft")]
    assert steps == list(range(1, len(steps) + 1))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("run nonesuch --out there", ExitCode.USAGE, "nonesuch: no such recipe"),
        ("run --out there", ExitCode.USAGE, "there: no recipe.toml there"),
        ("run bad.toml --out there", ExitCode.CONFIG, "bad.toml: line 1: sed: unknown key"),
        ("run empty.toml --out there", ExitCode.USAGE, "the recipe has no stage"),
        ("run lost.toml --out there", ExitCode.MODEL, "lost.gguf: no such model file"),
        ("watch here", ExitCode.USAGE, "here holds no training run"),
        ("report here", ExitCode.USAGE, "here holds no training run"),
        ("export here --out a.gguf", ExitCode.MODEL, "no saved adapter"),
        ("export begun --out a.gguf", ExitCode.USAGE, "the run has no checkpoint yet"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: str, code: ExitCode, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    for folder in ("here", "begun"):
        (tmp_path / folder).mkdir()
    (tmp_path / "begun" / "recipe.toml").touch()
    (tmp_path / "bad.toml").write_text("sed = 3\n")
    (tmp_path / "empty.toml").touch()
    (tmp_path / "lost.toml").write_text(
        'base = "lost.gguf"\n[sft]\nsteps = 1\nlearning_rate = 1.0\n'
    )
    assert run(["train", *words.split()]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("orchestra: ") and says in line


def test_looking_on_needs_no_torch(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", whole_run(), sft=10, grpo=30)
    program = (
        "import sys\n"
        "from orchestra_cli.cli import run\n"
        "commands = ['run', 'watch', 'report', 'export']\n"
        "codes = [run(['train', command, '--help']) for command in commands]\n"
        f"codes += [run(['train', command, {str(folder)!r}]) for command in ('watch', 'report')]\n"
        "heavy = {'torch', 'transformers', 'peft', 'accelerate'} & set(sys.modules)\n"
        "print(codes, heavy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment()
    )
    assert done.stdout.splitlines()[-1] == "[0, 0, 0, 0, 0, 0] set()", done.stderr
