"""Running the counting SQL of `sql/counts/`: one definition for the nightly months and for any period asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.count.period import Period, Rules

MEASURES = (
    "teilnahmen",
    "personen",
    "eintritte",
    "eintritte_zaehlbar",
    "austritte",
    "bestand",
    "bestand_personen",
    "bestand_aktiv",
    "personen_unter_schwelle",
    "ausgetreten",
    "geblieben",
    "dauer_min",
)

_ANALYZE = {"10_teilnahme": "z_teilnahme", "20_einheit": "z_einheit", "30_zaehlbar": "z_zaehlbar"}


def count_into_result(connection: Connection, periods: Sequence[Period], rules: Rules, stand: int) -> None:
    """Count all cells and totals of `periods` as known after run `stand` into the temporary table `z_ergebnis`.

    Columns: periode, jc, vh, tvp, kat ('*' = all) and `MEASURES`. Temporary tables go with the transaction.
    """
    # Hash tables and sorts of a whole history: at 1 M units they would spill to disk with the server's default.
    connection.execute(text("set local work_mem = '256MB'"))
    _create_periods(connection, periods)
    values = {
        "stand": stand,
        "kategorien_version": rules.kategorien_version,
        "schwelle_minuten": rules.schwelle_minuten,
        "aktiv_tage": rules.aktiv_tage,
    }
    for path in sorted((resources.folder("sql") / "counts").glob("*.sql")):
        statement = text(path.read_text(encoding="utf-8"))
        used = {name: value for name, value in values.items() if name in statement.compile().params}
        connection.execute(statement, used)
        if path.stem in _ANALYZE:
            connection.execute(text(f"analyze {_ANALYZE[path.stem]}"))


def drop_result(connection: Connection) -> None:
    """Drop what `count_into_result` made, so that one transaction can count twice."""
    tables = (
        "z_ergebnis, z_mehrfach, z_zelle, z_aktiv, z_kategorie_periode, z_kategorie, z_zaehlbar, z_einheit, z_teilnahme"
    )
    connection.execute(text(f"drop table {tables}, z_tag, z_periode"))


def _create_periods(connection: Connection, periods: Sequence[Period]) -> None:
    connection.execute(
        text(
            "create temporary table z_periode (periode integer primary key, von date, bis date,"
            " fluss_von date, fluss_bis date, stichtag date) on commit drop"
        )
    )
    connection.execute(text("create temporary table z_tag (tag date, periode integer) on commit drop"))
    columns = ", ".join(f"{name} bigint" for name in MEASURES if name != "geblieben")
    connection.execute(
        text(
            "create temporary table z_zelle (periode integer, jc text, vh text, tvp text, kat text,"
            f" {columns}) on commit drop"
        )
    )
    connection.execute(
        text("insert into z_periode values (:nummer, :von, :bis, :fluss_von, :fluss_bis, :stichtag)"),
        [asdict(period) for period in periods],
    )
    days = [{"tag": day, "periode": period.nummer} for period in periods for day in _days(period.von, period.bis)]
    connection.execute(
        text("insert into z_tag select unnest(cast(:tage as date[])), unnest(cast(:perioden as integer[]))"),
        {"tage": [row["tag"] for row in days], "perioden": [row["periode"] for row in days]},
    )
    connection.execute(text("analyze z_periode"))
    connection.execute(text("analyze z_tag"))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
