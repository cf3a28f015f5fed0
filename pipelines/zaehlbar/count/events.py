"""What happened: events without persons (Besuche, Verweise, Kontakte) and Zwischenschritte, by period and cell.

Belongs here: running `sql/events/` and `sql/steps/` over columns, reading the current numbers. Does not belong here:
activities and their categories (engine), names of codes. Definitions are in the comments of `zahl.ereigniszahl`.

Both count calendar days. An event is never a person. A step belongs to the participation in whose window it lies, as an
activity does. Steps are sums over persons: disjoint sets of persons can be counted apart and added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.count.features import ALL, DIMENSIONS, FEATURE_SETS
from zaehlbar.count.period import Period

EVENT_MEASURES = ("ereignisse", "ereignisse_ohne_anzahl", "anzahl", "personen")
_KEYS = (*DIMENSIONS, "art", "code", "zaehlweise")
_EMPTY = pa.schema(
    [
        ("periode", pa.int32()),
        *((name, pa.string()) for name in _KEYS),
        *((name, pa.int64()) for name in EVENT_MEASURES),
    ]
)


def count_events(
    angebot: pa.Table,
    kategorie_zuordnung: pa.Table,
    periods: Sequence[Period],
    sets: Sequence[Sequence[str]] = FEATURE_SETS,
) -> pa.Table:
    """Count the events (`sql/sources/angebot.sql`) under a mapping, for `periods`, by each set of dimensions.

    Returns columns periode (int32), jc, vh, quartier, tvp ('*' = all), art, code, zaehlweise (string) and
    EVENT_MEASURES (int64). `anzahl` is null where no event of the row has a number; `personen` is null always.
    """
    return _run("events", {"angebot": angebot, "kategorie_zuordnung": kategorie_zuordnung}, periods, sets)


def count_steps(
    teilnahme: pa.Table,
    zwischenschritt: pa.Table,
    periods: Sequence[Period],
    sets: Sequence[Sequence[str]] = FEATURE_SETS,
) -> pa.Table:
    """Count the steps of the participations (`sql/sources/angabe.sql`); the result is that of `count_events`."""
    return _run("steps", {"teilnahme": teilnahme, "zwischenschritt": zwischenschritt}, periods, sets)


def _run(
    folder: str, tables: Mapping[str, pa.Table], periods: Sequence[Period], sets: Sequence[Sequence[str]]
) -> pa.Table:
    if not all(table.num_rows for name, table in tables.items() if name != "kategorie_zuordnung"):
        return _EMPTY.empty_table()
    engine = duckdb.connect(config={"autoinstall_known_extensions": False})
    try:
        for name, table in tables.items():
            engine.register(name, table)
        engine.register("z_tag", _days(periods))
        engine.register("z_satz", pa.table({name: [name in chosen for chosen in sets] for name in DIMENSIONS}))
        for path in sorted((resources.folder("sql") / folder).glob("*.sql")):
            engine.execute(path.read_text(encoding="utf-8"))
        keys = ", ".join(f"cast({name} as text) as {name}" for name in _KEYS)
        values = ", ".join(f"cast({name} as bigint) as {name}" for name in EVENT_MEASURES)
        query = f"select cast(periode as integer) as periode, {keys}, {values} from z_ergebnis"
        return engine.sql(query).to_arrow_table()
    finally:
        engine.close()


def _days(periods: Sequence[Period]) -> pa.Table:
    """Every day of every period, so that what happened finds its periods by equality."""
    days = [np.arange(np.datetime64(period.von, "D"), np.datetime64(period.bis, "D") + 1) for period in periods]
    numbers = [np.full(len(span), period.nummer, dtype=np.int32) for span, period in zip(days, periods, strict=True)]
    return pa.table({"tag": pa.array(np.concatenate(days)), "periode": pa.array(np.concatenate(numbers))})


def current_events(
    connection: Connection, zeitraum: str, beginn: date, arten: Sequence[str] | None = None, **cell: str
) -> list[dict[str, Any]]:
    """Return the current numbers of one period and cell, sorted by art, code and zaehlweise.

    `cell`: jobcenter_nr, vorhaben_id, quartier_id, tvp_id; what is not given is '*' (all). Rows per TVP are for the
    Vorhabenträger only. `arten`: only these; None: all (of which `kategorie` repeats the events of the others).
    """
    unknown = set(cell) - set(DIMENSIONS.values())
    if unknown:
        raise ValueError(f"unknown dimensions: {', '.join(sorted(unknown))}")
    values = dict.fromkeys(DIMENSIONS.values(), ALL) | cell
    rows = connection.execute(
        text(f"""
            select art, code, zaehlweise, {", ".join(EVENT_MEASURES)} from zahl.ereigniszahl
            where bekannt_bis is null and zeitraum = :zeitraum and beginn = :beginn
                and {" and ".join(f"{name} = :{name}" for name in values)}
                and (cast(:arten as text[]) is null or art = any(:arten))
            order by art, code, zaehlweise
            """),
        {"zeitraum": zeitraum, "beginn": beginn, "arten": None if arten is None else list(arten), **values},
    ).mappings()
    return [dict(row) for row in rows]
