"""Where data that nobody on this project wrote lies: not in the repository, and tests skip where it is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_data(name: str) -> Path:
    """Return the folder `name` of the shared data: below ZAEHLBAR_SHARED_DATA, or `shared/data` beside the repository.

    Skips the test when there is none.
    """
    given = os.environ.get("ZAEHLBAR_SHARED_DATA")
    root = Path(given) if given else Path(__file__).parents[3] / "shared" / "data"
    folder = root / name
    if not folder.is_dir():
        pytest.skip(f"the shared data {name} is not there; set ZAEHLBAR_SHARED_DATA")
    return folder
