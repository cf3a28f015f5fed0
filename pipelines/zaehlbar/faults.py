"""Naming an unexpected error without its text, which could quote a value of a delivery."""

from __future__ import annotations

from pathlib import Path


def place_of(error: BaseException) -> str:
    """Return file and line where `error` was raised, `?` when it was never raised."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return "?" if where is None else f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}"
