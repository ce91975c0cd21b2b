"""The `orchestra` command: makes sure of our own packages, then runs the CLI."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """The console entry point."""
    try:
        # A polite kill ends as Ctrl-C does: the terminal and the trajectory are left whole.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        _open_closed_streams()
        own_packages_first()
        from orchestra_cli.cli import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:  # while it was still importing
        sys.exit(130)


def _open_closed_streams() -> None:
    """A standard stream that was closed (`<&-`) reads nothing, or writes nowhere.

    Else the next file opened, such as a database, would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # It stays open to the end.
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)


def own_packages_first() -> None:
    """Import our `tools` and `prefs`, whatever else PYTHONPATH or this folder hold by those names.

    They stand beside this package in a wheel as in an editable install. Loading them by their place
    leaves sys.path as it is: putting site-packages first could shadow the standard library.
    """
    root = Path(__file__).resolve().parent.parent
    for name in ("tools", "prefs"):
        init = root / name / "__init__.py"
        spec = importlib.util.spec_from_file_location(
            name, init, submodule_search_locations=[str(init.parent)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"{init}: missing: install orchestra-cli again")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)


if __name__ == "__main__":
    # `python -m` puts the current folder first on the path: it is nobody's library.
    if sys.path and Path(sys.path[0]).resolve() == Path.cwd():
        sys.path.pop(0)
    main()
