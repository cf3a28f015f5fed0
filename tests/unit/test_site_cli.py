"""`zaehlbar site check`."""

from __future__ import annotations

import shutil
from pathlib import Path

from typer.testing import CliRunner

from zaehlbar.site.cli import app

EXAMPLE = Path(__file__).parents[2] / "examples" / "site"


def test_a_good_site_is_summed_up() -> None:
    result = CliRunner().invoke(app, ["check", "--site", str(EXAMPLE)])
    assert result.exit_code == 0
    assert "in Ordnung" in result.output
    assert "3 Vorhaben, 8 Teilvorhabenpartner, 2 Jobcenter" in result.output
    assert "Vorschlag, nicht abgestimmt" in result.output


def test_a_broken_site_names_each_problem_and_ends_with_2(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "site"))
    (folder / "zaehlregeln.yaml").write_text('version: "1"\nschwelle_stunden: acht\naktiv_tage: 60\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--site", str(folder)])
    assert result.exit_code == 2
    assert "zaehlregeln.yaml:2: schwelle_stunden: muss eine Zahl sein" in result.output
    assert "1 Problem, so nicht brauchbar" in result.output


def test_unmapped_codes_are_pointed_out(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "site"))
    path = folder / "kategorien.yaml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "code: J01" not in line]
    path.write_text("\n".join(lines), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--site", str(folder)])
    assert result.exit_code == 0
    assert "„nicht zugeordnet“: J01" in result.output
