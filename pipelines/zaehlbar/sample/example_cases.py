"""The hand-made cases of the example inbox: what is planted, and where.

Belongs here: single people and single rows, by name. Does not belong here: the crowd (population), file forms (export),
the order of things (example_inbox).
Everybody is invented and says so in the name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Planted:
    """A person that two providers (or one) know; `at` has tvp_id → tn_nr, `values` what every provider writes, `own`
    what one provider writes differently."""

    key: str
    why: str
    at: dict[str, str]
    values: dict[str, Any]
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    same_person: bool | None = None
    """Whether the providers' identities must become one person; None where there is but one."""


_AGREED = {"einwilligung_stufe": "1", "einwilligung_zweck": "STATISTIK", "einwilligung_empfaenger": None}
_F, _M = {"geschlecht": "w"}, {"geschlecht": "m"}
_JC1, _JC2 = ({"rechtskreis": "SGB2", "jobcenter_nr": number} for number in ("99901", "99902"))
_REFUSED = {"einwilligung_stufe": "0", "einwilligung_zweck": None, "einwilligung_empfaenger": None}

PEOPLE = (
    Planted(
        "gleich-im-vorhaben",
        "gleicher Name, gleiches Geburtsdatum bei zwei Trägern eines Vorhabens: zählt einmal",
        {"T01": "TEST-00003", "T02": "TEST-00004"},
        {"nachname": "Musterfrau-Beispiel", "vorname": "Testina", "geburtsdatum": date(1984, 3, 17), **_F, **_JC1},
        same_person=True,
    ),
    Planted(
        "gleich-ueber-vorhaben",
        "gleicher Name, gleiches Geburtsdatum in zwei Vorhaben und zwei Jobcentern: zählt in jedem, insgesamt einmal",
        {"T03": "TEST-00005", "T07": "TEST-00002"},
        {"nachname": "von der Musterheide", "vorname": "Hans-Jürgen Testo", "geburtsdatum": date(1971, 11, 2), **_M},
        same_person=True,
    ),
    Planted(
        "umlaut",
        "einmal mit Umlaut, einmal ohne: in der Suchform gleich, zählt einmal",
        {"T01": "TEST-00006", "T03": "TEST-00002"},
        {
            "nachname": "Müller-Größ-Beispiel",
            "vorname": "Jörga-Testina",
            "geburtsdatum": date(1990, 7, 30),
            **_F,
            **_JC1,
        },
        {"T03": {"nachname": "MUELLER GROESS BEISPIEL", "vorname": "Joerga Testina"}},
        same_person=True,
    ),
    Planted(
        "zeichensatz",
        "Windows-1252 kennt den Buchstaben Ł nicht: in der Suchform gleich, zählt einmal",
        {"T04": "TEST-00003", "T06": "TEST-00005"},
        {"nachname": "Łapiński-Muster", "vorname": "Łukasz-Testo", "geburtsdatum": date(1979, 5, 9), **_M, **_JC2},
        same_person=True,
    ),
    Planted(
        "zwei-schreibweisen",
        "wirklich anders geschrieben: ohne unscharfen Abgleich zwei Personen",
        {"T02": "TEST-00007", "T04": "TEST-00006"},
        {"nachname": "Meyer-Beispiel", "vorname": "Katharina-Testina", "geburtsdatum": date(1988, 9, 21), **_F},
        {"T04": {"nachname": "Maier-Beispiel", "vorname": "Katarina-Testina"}},
        same_person=False,
    ),
    Planted(
        "zwei-schreibweisen-namenswechsel",
        "Namenswechsel nach Heirat: ohne unscharfen Abgleich zwei Personen",
        {"T06": "TEST-00003", "T07": "TEST-00006"},
        {"nachname": "Probe-Mustermann", "vorname": "Fatma-Probella", "geburtsdatum": date(1993, 2, 14), **_F},
        {"T07": {"nachname": "Kılıç-Beispiel"}},  # noqa: RUF001
        same_person=False,
    ),
    Planted(
        "erster-januar",
        "gleicher Name, aber 01.01. ist kein volles Geburtsdatum: wird nicht von selbst eine Person",
        {"T04": "TEST-00008", "T05": "TEST-00004"},
        {"nachname": "Al-Hamadi-Testfall", "vorname": "Ahmed-Testo", "geburtsdatum": date(1980, 1, 1), **_M, **_JC2},
        same_person=False,
    ),
    Planted(
        "verschiedene-geburtsdaten",
        "gleicher Name, anderes Geburtsdatum: zwei Personen",
        {"T01": "TEST-00009", "T08": "TEST-00003"},
        {"nachname": "Mustermann-Probe", "vorname": "Peter-Testo", "geburtsdatum": date(1966, 4, 5), **_M},
        {"T08": {"geburtsdatum": date(1999, 12, 24)}},
        same_person=False,
    ),
    Planted(
        "spaetere-ablehnung",
        "stimmt bei T05 zu und lehnt später bei T07 ab: die jüngste Erklärung gilt, auch für T05",
        {"T05": "TEST-00006", "T07": "TEST-00018"},
        {"nachname": "Şahin-Erfunden", "vorname": "Aylin-Testina", "geburtsdatum": date(1995, 6, 11), **_F},
        {
            "T07": {**_REFUSED, "einwilligung_am": date(2026, 5, 4)},
        },
    ),
    Planted(
        "widerruf",
        "hat im Februar 2026 widerrufen: mit der zweiten Lieferung verschwindet, was die erste brachte",
        {"T01": "TEST-00007"},
        {"nachname": "Widerruf-Beispiel", "vorname": "Renée-Testina", **_F},
    ),
    Planted(
        "ohne-einwilligung",
        "keine Einwilligung: keine Zeile im Lager",
        {"T08": "TEST-00005"},
        {"nachname": "Ohnesorg-Muster", "vorname": "Günther-Testo", **_M, **_REFUSED},
    ),
)
WITHDRAWAL = date(2026, 2, 10)


def plant(tables: dict[str, pa.Table], tvp_id: str, until: date) -> dict[str, pa.Table]:
    """Return the tables of one delivery of `tvp_id` with the planted people put over the rows of their tn_nr."""
    teilnahme = tables["teilnahme"]
    for person in PEOPLE:
        if tvp_id not in person.at:
            continue
        values = {**_AGREED, **person.values, **person.own.get(tvp_id, {})}
        if person.key == "widerruf" and until >= WITHDRAWAL:
            values["widerruf_am"] = WITHDRAWAL
        # Who enters only later is not there yet.
        teilnahme = set_where(teilnahme, pc.equal(teilnahme["tn_nr"], person.at[tvp_id]), values)
    return {**tables, "teilnahme": teilnahme}


def set_where(table: pa.Table, rows: pa.ChunkedArray, values: dict[str, Any]) -> pa.Table:
    """Return `table` with `values` (field → value, taken as text where it does not fit the type) in `rows`."""
    for name, value in values.items():
        column = table[name]
        if isinstance(value, str) and not pa.types.is_string(column.type):
            column = column.cast(pa.string())
        column = pc.if_else(rows, pa.scalar(value, column.type), column)
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def row_numbers(size: int, chosen: Collection[int]) -> pa.Array:
    """Return a mask of `size` rows that is true at the positions `chosen` (from 0)."""
    return pa.array([position in chosen for position in range(size)])
