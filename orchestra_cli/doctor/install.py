"""Checks of the installation itself: Python, its environment, this distribution."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestra_cli.doctor.row import Row, Status

GROUP = "install"
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """The interpreter that runs this."""

    version: tuple[int, int, int]
    implementation: str
    prefix: str
    is_virtual: bool


def check_install() -> Iterator[Row]:
    """Which Python and which orchestra these are."""
    yield advise_python(python_facts())
    yield _orchestra()


def python_facts() -> PythonFacts:
    """Of this process."""
    version = (sys.version_info.major, sys.version_info.minor, sys.version_info.micro)
    is_virtual = sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ
    return PythonFacts(version, platform.python_implementation(), sys.prefix, is_virtual)


def advise_python(facts: PythonFacts) -> Row:
    """Too old a Python fails; one outside any environment is shared with the system."""
    version = ".".join(map(str, facts.version))
    if facts.version[:2] < _OLDEST_PYTHON:
        fix = "install Python 3.11 or newer, make an environment with it and install orchestra-cli"
        return Row(GROUP, "Python", Status.FAILED, f"{version}: too old", fix)
    place = "environment" if facts.is_virtual else "no virtual environment, the Python at"
    return Row(
        GROUP, "Python", Status.OK, f"{facts.implementation} {version}, {place} {facts.prefix}"
    )


def _orchestra() -> Row:
    from importlib.metadata import PackageNotFoundError, version

    import orchestra_cli

    place = Path(orchestra_cli.__file__).resolve().parent
    try:
        found = f"{version('orchestra-cli')}, {place}"
    except PackageNotFoundError:
        fix = f"`{sys.executable} -m pip install {place.parent}`"
        found = f"{place}: run from a folder, not installed"
        return Row(GROUP, "orchestra", Status.WARNING, found, fix)
    return Row(GROUP, "orchestra", Status.OK, found)
