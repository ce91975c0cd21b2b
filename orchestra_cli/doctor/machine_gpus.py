"""The GPUs of this machine, whatever llama.cpp was built for: asked of drivers' own programs.

Nothing here loads a library: a program that is not there, hangs or fails finds no GPU.
"""

from __future__ import annotations

import csv
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_TIMEOUT_S = 5.0
_NVIDIA_SMI = (
    "nvidia-smi",
    "--query-gpu=name,memory.total,memory.free,driver_version",
    "--format=csv,noheader,nounits",
)
_PROC_NVIDIA = Path("/proc/driver/nvidia/gpus")
_BESIDE_PATH = ("/usr/lib/wsl/lib", "/opt/rocm/bin", "/usr/local/cuda/bin")
"""Where the programs stand when nobody has put them on PATH."""


class Vendor(StrEnum):
    """Whose GPU it is: it decides how llama.cpp is built."""

    NVIDIA = "NVIDIA"
    AMD = "AMD"
    APPLE = "Apple"


@dataclass(frozen=True, slots=True)
class MachineGpu:
    """A GPU that the machine has."""

    vendor: Vendor
    name: str
    seen_by: str
    total_bytes: int | None = None
    free_bytes: int | None = None
    driver: str = ""


def machine_gpus() -> tuple[MachineGpu, ...]:
    """Every GPU that a driver speaks of."""
    nvidia = parse_nvidia_smi(_output_of(_NVIDIA_SMI)) or tuple(_proc_nvidia(_PROC_NVIDIA))
    amd = parse_rocminfo(_output_of(("rocminfo",)))
    return (*nvidia, *amd, *_apple(platform.system(), platform.machine()))


def find_program(name: str) -> str | None:
    """A program on PATH, or where its vendor installs it."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_BESIDE_PATH))
    return shutil.which(name, path=path)


def parse_nvidia_smi(text: str) -> tuple[MachineGpu, ...]:
    """One line a GPU: name, MiB in all, MiB free, driver; memory it cannot tell is [N/A]."""
    found = []
    for cells in csv.reader(text.splitlines(), skipinitialspace=True):
        if len(cells) != 4:  # such as a complaint about the driver
            continue
        name, total, free, driver = cells
        found.append(
            MachineGpu(
                Vendor.NVIDIA, name, "nvidia-smi", _mebibytes(total), _mebibytes(free), driver
            )
        )
    return tuple(found)


def parse_rocminfo(text: str) -> tuple[MachineGpu, ...]:
    """The agents that are GPUs; an agent's own name comes before those of its instruction sets."""
    found = []
    for agent in re.split(r"^Agent \d+", text, flags=re.MULTILINE)[1:]:
        if _field(agent, "Device Type") != "GPU":
            continue
        target, product = _field(agent, "Name"), _field(agent, "Marketing Name")
        name = f"{product} ({target})" if product else target
        found.append(MachineGpu(Vendor.AMD, name, "rocminfo"))
    return tuple(found)


def _field(agent: str, key: str) -> str:
    match = re.search(rf"^ *{key}: *(.*)$", agent, flags=re.MULTILINE)
    return match[1].strip() if match else ""


def _proc_nvidia(folder: Path) -> Iterator[MachineGpu]:
    """What the kernel module says: the driver is there, its programs are not."""
    for information in sorted(folder.glob("*/information")):
        if not os.access(information, os.R_OK):
            continue
        match = re.search(
            r"^Model:\s*(.+)$", information.read_text("utf-8", "replace"), re.MULTILINE
        )
        yield MachineGpu(Vendor.NVIDIA, match[1].strip() if match else "NVIDIA GPU", str(folder))


def _apple(system: str, machine: str) -> Iterator[MachineGpu]:
    if (system, machine) == ("Darwin", "arm64"):
        yield MachineGpu(Vendor.APPLE, "Apple GPU", "macOS")


def _mebibytes(cell: str) -> int | None:
    return int(cell) * 2**20 if cell.strip().isdecimal() else None


def _output_of(command: tuple[str, ...]) -> str:
    program = find_program(command[0])
    if program is None:
        return ""
    try:
        result = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.decode("utf-8", "replace") if result.returncode == 0 else ""
