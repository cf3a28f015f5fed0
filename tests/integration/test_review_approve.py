"""`zaehlbar review approve` on the real parts: what a person releases is loaded, counted and reported."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from zaehlbar import nightly, overview, resources
from zaehlbar.review_cli import app
from zaehlbar.settings import load_settings

if TYPE_CHECKING:
    from tests.conftest import Warehouse

EXAMPLES = resources.folder("site").parent / "inbox"


@pytest.mark.slow
def test_an_approved_delivery_is_loaded_and_its_workbooks_renewed(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAEHLBAR_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("ZAEHLBAR_HOME", str(tmp_path / "home"))
    shutil.copytree(EXAMPLES / "T06", tmp_path / "inbox" / "T06")
    settings = load_settings()
    nightly.run_night(settings, tmp_path / "inbox", settings.site_folder)
    with warehouse.engine.connect() as connection:
        (held,) = [row for row in overview.deliveries(connection) if row.needs_decision]
    assert held.waiting > 0
    shutil.rmtree(tmp_path / "inbox")  # the archive has it
    before = {path: path.read_bytes() for path in settings.workbooks.rglob("*.xlsx")}

    arguments = ["approve", held.short_id, "--grund", "mit dem Partner geklärt", "--von", "Projektleitung"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "freigegeben und geladen" in result.output
    with warehouse.engine.connect() as connection:
        (row,) = [item for item in overview.deliveries(connection) if item.lieferung_nr == held.lieferung_nr]
        assert (row.status, row.waiting) == ("geladen", 0)
        assert row.total.zurueckgewiesen == held.total.zurueckgewiesen
        assert row.total.difference == 0
        query = text("select count(*) from kern.teilnahme where lieferung_nr = :nr")
        assert connection.execute(query, {"nr": held.lieferung_nr}).scalar_one() > 0
    after = {path: path.read_bytes() for path in settings.workbooks.rglob("*.xlsx")}
    assert any(before.get(path) != content for path, content in after.items())
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "nicht angehalten, sondern geladen" in result.output
