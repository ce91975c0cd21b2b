"""Errors that a user sees: one line that names the file, the key and the fix.

    OrchestraError          carries the exit code
    ├── UsageError          2: the command line asks for what cannot be
    ├── ConfigError         3: config.toml or profile.toml
    ├── ModelError          4: the orchestrator's weights or endpoint
    └── RefusedError        8: a hard rule or missing consent

A failed tool is an observation (`tools.toolbox`), a malformed reply is a counted format error and a
limit is a stop reason (`orchestra_cli.agent`): none of these is an exception that a user sees.
Anything else that is raised is our bug and exits with 1.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with."""

    ANSWERED = 0
    INTERNAL = 1
    USAGE = 2
    CONFIG = 3
    MODEL = 4
    FAILED = 5
    BUDGET = 6
    NO_ANSWER = 7
    REFUSED = 8
    INTERRUPTED = 130


class OrchestraError(Exception):
    """Shown to the user as one line, without a traceback unless --debug is given."""

    exit_code = ExitCode.INTERNAL


class UsageError(OrchestraError):
    """The command line asks for something that cannot be done."""

    exit_code = ExitCode.USAGE


class ConfigError(OrchestraError):
    """config.toml or profile.toml cannot be used."""

    exit_code = ExitCode.CONFIG


class ModelError(OrchestraError):
    """The orchestrator's model cannot be had or loaded."""

    exit_code = ExitCode.MODEL


class RefusedError(OrchestraError):
    """A hard rule of the profile, or missing consent, forbids it."""

    exit_code = ExitCode.REFUSED
