"""What is advised for which machine and build, and what the drivers' programs say."""

import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cli.doctor import machine_gpus as machine
from orchestra_cli.doctor.llama_build import (
    RECIPES,
    BuildFacts,
    advise_broken,
    advise_build,
    advise_cpu,
    check_llama,
    describe_gpus,
    parse_features,
)
from orchestra_cli.doctor.llama_probe import BuildGpu, ProbeError, probe_build, run_probe
from orchestra_cli.doctor.machine_gpus import MachineGpu, Vendor
from orchestra_cli.doctor.row import Row, Status
from orchestra_cli.errors import ExitCode

GIB = 2**30
PIP = "pip install --no-cache-dir --force-reinstall llama-cpp-python==0.3.36"
RTX = MachineGpu(Vendor.NVIDIA, "RTX 4090", "nvidia-smi", 24 * GIB, 23 * GIB, "570.86")
RADEON = MachineGpu(Vendor.AMD, "Radeon RX 7900 XTX (gfx1100)", "rocminfo")
APPLE = MachineGpu(Vendor.APPLE, "Apple GPU", "macOS")
CPU_BUILD = BuildFacts(
    version="0.3.36",
    system="Linux",
    architecture="x86_64",
    backends=("CPU",),
    features=frozenset({"AVX", "AVX2", "FMA"}),
    supports_offload=False,
    gpus=(),
    machine_gpus=(),
    cpu_flags=frozenset({"avx", "avx2", "fma"}),
    compilers=frozenset({"nvcc", "hipcc"}),
)
CUDA_BUILD = replace(
    CPU_BUILD,
    backends=("CUDA", "CPU"),
    supports_offload=True,
    gpus=(BuildGpu("RTX 4090", 23 * GIB, 24 * GIB),),
    machine_gpus=(RTX,),
)


@pytest.mark.parametrize(
    ("facts", "status", "fix"),
    [
        (
            replace(CPU_BUILD, machine_gpus=(RTX,)),
            Status.WARNING,
            f'CMAKE_ARGS="-DGGML_CUDA=on" {PIP}',
        ),
        (
            replace(CPU_BUILD, machine_gpus=(RTX,), compilers=frozenset()),
            Status.WARNING,
            "install the CUDA toolkit (nvcc is not found), then: "
            f'CMAKE_ARGS="-DGGML_CUDA=on" {PIP}',
        ),
        (
            replace(CPU_BUILD, machine_gpus=(RTX,), system="Windows"),
            Status.WARNING,
            f'$env:CMAKE_ARGS="-DGGML_CUDA=on"; {PIP}',
        ),
        (CUDA_BUILD, Status.OK, ""),
        (replace(CUDA_BUILD, backends=("Vulkan", "CPU")), Status.OK, ""),
        (
            replace(CUDA_BUILD, supports_offload=False, gpus=()),
            Status.WARNING,
            "bring the NVIDIA driver and the toolkit to the same release, then: "
            f'CMAKE_ARGS="-DGGML_CUDA=on" {PIP}',
        ),
        (
            replace(
                CUDA_BUILD,
                supports_offload=False,
                gpus=(),
                hidden_by=frozenset({"CUDA_VISIBLE_DEVICES"}),
            ),
            Status.WARNING,
            "`unset CUDA_VISIBLE_DEVICES`: it hides the GPU",
        ),
        (
            replace(CPU_BUILD, machine_gpus=(RADEON,)),
            Status.WARNING,
            f'CMAKE_ARGS="-DGGML_HIP=on" {PIP}',
        ),
        (
            replace(
                CPU_BUILD,
                backends=("ROCm", "CPU"),
                supports_offload=True,
                gpus=(BuildGpu("Radeon", 20 * GIB, 24 * GIB),),
                machine_gpus=(RADEON,),
            ),
            Status.OK,
            "",
        ),
        (
            replace(CPU_BUILD, machine_gpus=(APPLE,), system="Darwin", architecture="arm64"),
            Status.WARNING,
            f'CMAKE_ARGS="-DGGML_METAL=on" {PIP}',
        ),
        (CPU_BUILD, Status.OK, ""),
    ],
    ids=[
        "nvidia, cpu build",
        "nvidia, cpu build, no nvcc",
        "nvidia, cpu build, windows",
        "nvidia, cuda build",
        "nvidia, vulkan build",
        "nvidia, cuda build, driver gone",
        "nvidia, cuda build, hidden",
        "amd, cpu build",
        "amd, rocm build",
        "apple silicon, cpu build",
        "no gpu",
    ],
)
def test_the_build_is_judged_by_the_machine(facts: BuildFacts, status: Status, fix: str) -> None:
    row = advise_build(facts)
    assert (row.status, row.fix) == (status, fix)


@pytest.mark.parametrize(
    ("features", "flags", "architecture", "status"),
    [
        ({"AVX2"}, {"avx2"}, "x86_64", Status.OK),
        ({"SSE3"}, {"avx2"}, "x86_64", Status.WARNING),
        ({"SSE3"}, {"sse3"}, "x86_64", Status.OK),
        ({"SSE3"}, None, "amd64", Status.WARNING),
        ({"NEON"}, None, "arm64", Status.OK),
    ],
    ids=["avx2", "built without", "cpu without", "cpu unknown", "arm"],
)
def test_a_build_without_avx2_is_built_anew(
    features: set[str], flags: set[str] | None, architecture: str, status: Status
) -> None:
    row = advise_cpu(
        replace(
            CPU_BUILD,
            features=frozenset(features),
            cpu_flags=None if flags is None else frozenset(flags),
            architecture=architecture,
        )
    )
    assert row.status is status
    if status is Status.WARNING:
        assert row.fix == (f'CMAKE_ARGS="-DGGML_NATIVE=on" {PIP} --no-binary llama-cpp-python')


def test_a_library_that_dies_is_built_for_this_machine() -> None:
    row = advise_broken("0.3.36", "llama.cpp died of SIGILL", (RTX,), "Linux")
    assert (row.status, row.exit_code) == (Status.FAILED, ExitCode.MODEL)
    assert row.fix == f'CMAKE_ARGS="-DGGML_CUDA=on" {PIP} --no-binary llama-cpp-python'
    assert "SIGILL" in row.found


def test_features_of_every_backend_are_read() -> None:
    text = "CUDA : ARCHS = 890 | USE_GRAPHS = 1 | CPU : AVX2 = 1 | AVX512 = 0 | OPENMP = 1 | "
    assert parse_features(text) == {"ARCHS", "USE_GRAPHS", "AVX2", "OPENMP"}


def test_memory_is_llama_cpps_figure_where_it_sees_the_gpu() -> None:
    row = describe_gpus(CUDA_BUILD, threads=8)
    assert row.found == "RTX 4090, 23.0 of 24.0 GiB free"
    assert row.figures == {"gpu_free_bytes": 23 * GIB, "gpu_total_bytes": 24 * GIB}


words = st.text(st.characters(codec="utf-8"), max_size=80)
gpus_of_machine = st.builds(
    MachineGpu,
    vendor=st.sampled_from(Vendor),
    name=words,
    seen_by=words,
    total_bytes=st.none() | st.integers(0, 2**40),
    free_bytes=st.none() | st.integers(0, 2**40),
)
any_facts = st.builds(
    BuildFacts,
    version=st.text(string.printable, max_size=20),
    system=st.sampled_from(["Linux", "Darwin", "Windows"]),
    architecture=st.sampled_from(["x86_64", "arm64"]),
    backends=st.lists(st.sampled_from(["CUDA", "ROCm", "Metal", "CPU"]) | words).map(tuple),
    features=st.frozensets(st.sampled_from(["AVX2", "AVX", "NEON"])),
    supports_offload=st.booleans(),
    gpus=st.lists(
        st.builds(BuildGpu, words, st.integers(0, 2**40), st.integers(0, 2**40)), max_size=2
    ).map(tuple),
    machine_gpus=st.lists(gpus_of_machine, max_size=3).map(tuple),
    cpu_flags=st.none() | st.frozensets(st.sampled_from(["avx2", "avx"])),
    compilers=st.frozensets(st.sampled_from(["nvcc", "hipcc"])),
    hidden_by=st.frozensets(
        st.sampled_from([r.hidden_by for r in RECIPES.values() if r.hidden_by])
    ),
)


@given(any_facts, words)
def test_every_row_is_one_line_and_whatever_is_not_well_has_a_fix(
    facts: BuildFacts, reason: str
) -> None:
    rows = [
        advise_build(facts),
        advise_cpu(facts),
        describe_gpus(facts, threads=2),
        advise_broken(facts.version, reason, facts.machine_gpus, facts.system),
    ]
    for row in rows:
        assert len(row.found.splitlines()) <= 1
        assert len(row.fix.splitlines()) <= 1
        assert row.status is Status.OK or row.fix


def test_a_row_that_is_not_well_cannot_lack_its_fix() -> None:
    with pytest.raises(ValueError, match="without a fix"):
        Row("group", "name", Status.WARNING, "found")


def test_nvidia_smi_is_read() -> None:
    text = "NVIDIA H100, 81559, 81000, 570.86\nNVIDIA GB10, [N/A], [N/A], 580.1\nNo devices\n"
    first, second = machine.parse_nvidia_smi(text)
    assert (first.name, first.total_bytes, first.driver) == ("NVIDIA H100", 81559 << 20, "570.86")
    assert (second.name, second.free_bytes) == ("NVIDIA GB10", None)


def test_rocminfos_gpu_agents_are_read_and_not_its_cpus() -> None:
    text = """
*******
Agent 1
*******
  Name:                    AMD Ryzen 9
  Marketing Name:          AMD Ryzen 9
  Device Type:             CPU
*******
Agent 2
*******
  Name:                    gfx1100
  Marketing Name:          Radeon RX 7900 XTX
  Device Type:             GPU
  ISA Info:
    ISA 1
      Name:                    amdgcn-amd-amdhsa--gfx1100
"""
    (gpu,) = machine.parse_rocminfo(text)
    assert gpu.name == "Radeon RX 7900 XTX (gfx1100)"


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("echo 'RTX 4090, 24564, 23000, 570.86'", ["RTX 4090"]),
        ("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18", []),
        ("kill -9 $$", []),
    ],
    ids=["works", "broken driver", "dies"],
)
def test_the_drivers_program_is_asked(
    script: str, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = [gpu.name for gpu in machine.machine_gpus() if gpu.seen_by == "nvidia-smi"]
    assert found == names


def test_the_installed_library_is_described() -> None:
    build = probe_build()
    assert "CPU" in build.backends
    assert build.available_bytes > 2**20
    rows = list(check_llama(build, ()))
    assert [row.name for row in rows] == ["library", "GPU offload", "CPU code", "GPUs"]


def test_a_probe_that_fails_says_why_and_kills_nobody(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + b"\xff" * 64)
    with pytest.raises(ProbeError, match=r"broken\.gguf"):
        run_probe(["speed", str(path), "0"], timeout_s=30)


def test_a_probe_that_dies_of_a_signal_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "llama_cpp.py"
    module.write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ProbeError, match=r"^llama.cpp died of SIGILL$"):
        probe_build()
