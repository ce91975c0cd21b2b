"""Where files of ours live: the platform's own folders, or everything under $ORCHESTRA_HOME."""

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

_APP = "orchestra"


def config_folder() -> Path:
    """Holds config.toml and profile.toml."""
    return _folder("config", platformdirs.user_config_path)


def cache_folder() -> Path:
    """Holds model files and saved prompt states: everything in it can be made again."""
    return _folder("cache", platformdirs.user_cache_path)


def data_folder() -> Path:
    """Holds the search index and what was measured of the experts."""
    return _folder("data", platformdirs.user_data_path)


def _folder(name: str, platform_path: Callable[..., Path]) -> Path:
    home = os.environ.get("ORCHESTRA_HOME")
    if home:
        return Path(home).expanduser() / name
    return platform_path(_APP, appauthor=False)
