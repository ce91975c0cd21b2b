"""The GPU script where there is no GPU, and what of it needs none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "benchmarks" / "gpu_check.py"
sys.path.insert(0, str(SCRIPT.parent))
import gpu_check  # noqa: E402
from gpu_check import Measured  # noqa: E402

FAKE_SMI = '#!/bin/sh\necho "NVIDIA GeForce RTX 4090, 24564, 23000, 570.86"\n'


def run_script(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env=os.environ | {"PATH": path, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_gpu_it_says_so_and_touches_nothing(tmp_path: Path, home: Path) -> None:
    done = run_script("--install", path=str(tmp_path))
    assert done.returncode == 3
    assert done.stdout == ""
    assert "no NVIDIA GPU on this machine: nothing was installed" in done.stderr
    assert not home.exists()


def test_a_build_without_cuda_gets_the_install_line(tmp_path: Path, home: Path) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text(FAKE_SMI)
    smi.chmod(0o755)
    done = run_script(path=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 4
    assert "GPU: NVIDIA GeForce RTX 4090, driver 570.86" in done.stdout
    assert 'CMAKE_ARGS="-DGGML_CUDA=on" pip install' in done.stdout
    assert "--force-reinstall llama-cpp-python==" in done.stdout
    assert not home.exists()


def test_the_cpu_measurement_is_real(gguf: Path) -> None:
    done = run_script("--measure=0", "--prefill-tokens=64", str(gguf), path=os.environ["PATH"])
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["prefill_tokens"] > 48
    assert figures["prefill_tokens_per_s"] > 1
    assert figures["decode_tokens_per_s"] > 0.1
    assert figures["device"].startswith("CPU")
    assert not gpu_check.is_whole(figures["offloaded"])


@pytest.mark.parametrize(
    ("line", "words", "whole"),
    [
        ("load_tensors: offloaded 31/31 layers to GPU\n", "31/31", True),
        ("load_tensors: offloaded 20/37 layers to GPU\n", "20/37", False),
        ("load_tensors: CPU model buffer size = 138.0 MiB\n", "none", False),
    ],
)
def test_reads_how_many_layers_were_offloaded(line: str, words: str, whole: bool) -> None:
    assert gpu_check.offloaded(["first\n", line, "last\n"]) == words
    assert gpu_check.is_whole(words) is whole


def test_the_table_has_the_ratios() -> None:
    gpu = Measured("m", "GPU", "31/31", 9_000.0, 300.0)
    cpu = Measured("m", "CPU", "none", 450.0, 0.0)
    table = gpu_check.render([(gpu, cpu)])
    assert "| m | 31/31 | prefill | 9000 | 450 | 20.0 |" in table
    assert "| m | 31/31 | decode | 300 | 0 | ? |" in table
