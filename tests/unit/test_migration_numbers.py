"""Migrations are numbered without gaps or duplicates, and every one goes up and down."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("alembic")

from zaehlbar.warehouse.migrate import numbering_problems


def write(folder: Path, number: str, slug: str, before: str, kinds: tuple[str, ...] = ("up.sql", "down.sql")) -> None:
    script = f'revision = "{number}"\ndown_revision: str | None = {before}\n'
    (folder / f"{number}_{slug}.py").write_text(script)
    for kind in kinds:
        (folder / f"{number}_{slug}.{kind}").write_text("SELECT 1")


def test_the_migrations_of_this_version_are_in_order() -> None:
    assert numbering_problems() == []


def test_good_numbers(tmp_path: Path) -> None:
    write(tmp_path, "0001", "eins", "None")
    write(tmp_path, "0002", "zwei", '"0001"')
    assert numbering_problems(tmp_path) == []


def test_each_mistake_is_named(tmp_path: Path) -> None:
    write(tmp_path, "0001", "eins", "None", ("up.sql",))
    write(tmp_path, "0003", "drei", '"0002"')
    write(tmp_path, "0003", "auch_drei", '"0001"')
    (tmp_path / "0004_vier.up.sql").write_text("")
    (tmp_path / "notiz.txt").write_text("")
    assert numbering_problems(tmp_path) == [
        "notiz.txt: not a migration's name (NNNN_slug.py, .up.sql, .down.sql)",
        "0001_eins.down.sql is missing",
        "0004_vier.py is missing",
        "0004_vier.down.sql is missing",
        "number 0003 is used twice",
        "number 0002 is missing",
        '0003_auch_drei.py: down_revision must be "0002"',
    ]
