"""Auskunft (Art. 15 DSGVO): everything that is held about one person, as data.

Belongs here: collecting it. Does not belong here: its looks (document), finding the person (case). Names and numbers
are in the result: it goes into the folder of the answer and nowhere else. Of other persons nothing is in it: where a
row names another identity as well, that one is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar.contract import contract
from zaehlbar.load.forget import IDENTITY_TABLES
from zaehlbar.rights import receipt
from zaehlbar.rights.case import Case
from zaehlbar.rights.raw import RawHit
from zaehlbar.rights.restrict import restrictions_of
from zaehlbar.site import Site
from zaehlbar.site.lists import code_lists

VERSION = 1
OTHER = "eine andere Identität"
KEYED = "geschlüsselter Wert, nicht umkehrbar"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The answer, machine-readable; `unreadable` counts raw deliveries that could not be searched."""

    content: dict[str, Any] = field(repr=False)
    stored: bool
    similar: int
    unreadable: int


def disclose(connection: Connection, case: Case) -> Disclosure:
    """Collect everything held about the person. Reads every raw delivery that archive and inbox still hold."""
    archive, inbox = case.search(connection)
    ids = case.found.ids
    tables = {table: _rows(connection, table, columns, ids) for table, columns in IDENTITY_TABLES}
    numbers = [one.tn_token for one in case.found.identities]
    if case.tokens.number is not None:
        numbers.append(case.tokens.number)
    tables = {name: rows for name, rows in tables.items() if rows}
    remembered = _withdrawals(connection, case, numbers)
    restrictions = _all(connection, _RESTRICTIONS, {"numbers": restrictions_of(connection, case.tokens, case.found)})
    transmissions = _all(connection, _TRANSMISSIONS, {"tokens": numbers})
    receipts = [one for one in receipt.receipts(connection) if receipt.proves(case.night.keys, case.person, one)]
    raw = [_raw(connection, hit, "Archiv") for hit in archive.hits] + [
        _raw(connection, hit, "Eingang") for hit in inbox.hits
    ]
    content: dict[str, Any] = {
        "version": VERSION,
        "erstellt_am": datetime.now(UTC).isoformat(timespec="seconds"),
        "person": _given(case),
        "verarbeitung": _processing(case.night.site),
        "identitaeten": [
            {
                "identitaet_id": one.identitaet_id,
                "vorhaben_id": one.vorhaben_id,
                "tvp_id": one.tvp_id,
                "quelle": _source(case.night.site, one.vorhaben_id, one.tvp_id),
                "gefunden_ueber": one.how,
            }
            for one in case.found.identities
        ],
        "loeschung_vorgesehen": _due(connection, case),
        "tabellen": tables,
        "widerrufe": remembered,
        "einschraenkungen": restrictions,
        "uebermittlungen": transmissions,
        "rohdaten": raw,
        "pruefberichte": _reports(case, [hit.delivery_id for hit in archive.hits]),
        "quittungen": [{"quittung_nr": one.quittung_nr, "stand": one.stand, "am": _iso(one.am)} for one in receipts],
        "laeufe": _runs(connection, tables),
        "felder": _labels(connection, list(tables)),
        "codes": _codes(case.night.site, [*tables.values(), *(rows for one in raw for rows in one["zeilen"].values())]),
        "veroeffentlicht": "In veröffentlichten Summen ist keine Person erkennbar.",
    }
    unreadable = len({*archive.unreadable, *inbox.unreadable})
    content["nicht_durchsucht"] = unreadable
    content["moeglicherweise_weitere"] = len(case.found.similar)
    stored = bool(case.found.identities or raw or remembered or restrictions or transmissions or receipts)
    return Disclosure(content, stored, len(case.found.similar), unreadable)


def _rows(connection: Connection, table: str, columns: tuple[str, ...], ids: list[int]) -> list[dict[str, Any]]:
    """Return all rows of the table, with their history, that name one of the identities."""
    named = " or ".join(f"t.{column} = any(:ids)" for column in columns)
    rows = connection.execute(text(f"select to_json(t) from {table} as t where {named}"), {"ids": ids}).scalars()
    own = set(ids)
    return sorted((_without_others(row, own) for row in rows), key=str)


def _without_others(row: dict[str, Any], own: set[int]) -> dict[str, Any]:
    result = {}
    for name, value in row.items():
        if value is None:
            continue
        if name.endswith("_token"):
            result[name] = KEYED
        elif name.startswith("identitaet_") or name == "person_id":
            result[name] = value if value in own else OTHER
        else:
            result[name] = value
    return result


def _withdrawals(connection: Connection, case: Case, numbers: list[bytes]) -> list[dict[str, Any]]:
    tokens = [*numbers, *case.tokens.exact.values()]
    return _all(connection, _WITHDRAWALS, {"tokens": tokens, "ids": case.found.ids})


def _all(connection: Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    rows = connection.execute(text(query), values).mappings()
    return [{key: _iso(value) for key, value in row.items() if value is not None} for row in rows]


def _iso(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _given(case: Case) -> dict[str, Any]:
    person = case.person
    values = {
        "nachname": person.last_name,
        "vorname": person.first_name,
        "geburtsdatum": _iso(person.birth_date),
        "plz": person.postcode,
        "vorhaben_id": person.vorhaben_id,
        "tvp_id": person.tvp_id,
        "tn_nr": person.tn_nr,
    }
    return {name: value for name, value in values.items() if value is not None}


def _processing(site: Site) -> dict[str, Any]:
    """Return purposes, legal basis, recipients and periods as the site names them (Art. 15 Abs. 1)."""
    basis = site.head.rechtsgrundlage.of(site.head.betriebsmodell)
    retention = site.aufbewahrung
    months = retention.person_monate
    return {
        "betriebsmodell": site.head.betriebsmodell,
        "zweck": basis.zweck if basis else "",
        "rechtsgrundlage": basis.person_level if basis else "",
        "empfaenger": [{"funktion": one.funktion, "sieht": one.sieht} for one in basis.empfaenger] if basis else [],
        "aufbewahrung": [
            f"Angaben zur Teilnahme: {months} Monate nach dem Austritt."
            if months
            else "Angaben zur Teilnahme: unbefristet.",
            f"Gelieferte Dateien: {retention.roh_tage} Tage nach Annahme oder Ablehnung der Lieferung.",
            "Ein Widerruf: als geschlüsselter Wert mit Tag, damit keine ältere Einwilligung wieder auflebt.",
        ],
        "quelle": "Die Angaben liefern die Teilvorhabenpartner, bei denen die Person teilnimmt.",
        "automatisierte_entscheidung": "Es gibt keine automatisierte Entscheidung und kein Profiling (Art. 22 DSGVO).",
        "rechte": [
            "Berichtigung (Art. 16), Löschung (Art. 17) und Einschränkung (Art. 18) beim Vorhabenträger",
            "Widerruf der Einwilligung jederzeit, ohne Nachteil für die Teilnahme (Art. 7 Abs. 3)",
            "Datenübertragbarkeit (Art. 20): die Datei auskunft.json",
            "Beschwerde bei der Datenschutzaufsicht des Landes (Art. 77)",
        ],
    }


def _source(site: Site, vorhaben_id: str, tvp_id: str) -> str:
    known = site.partner(vorhaben_id, tvp_id)
    return f"{known[1].name}, Vorhaben {known[0].akronym}" if known else f"{tvp_id}, Vorhaben {vorhaben_id}"


def _due(connection: Connection, case: Case) -> list[dict[str, Any]]:
    """Return when each participation is to go, as far as it has ended."""
    months = case.night.site.aufbewahrung.person_monate
    return _all(connection, _DUE, {"ids": case.found.ids, "months": months}) if months is not None else []


def _raw(connection: Connection, hit: RawHit, place: str) -> dict[str, Any]:
    known = _all(connection, _DELIVERY, {"id": hit.delivery_id})
    rows = {
        table: [{key: _iso(value) for key, value in row.items()} for row in rows] for table, rows in hit.rows.items()
    }
    return {"ort": place, "lieferung_id": hit.delivery_id, **(known[0] if known else {}), "zeilen": rows}


def _reports(case: Case, deliveries: list[str]) -> list[str]:
    """Return the deliveries with the person that have a report; it names numbers of lines, never a value."""
    return sorted(one for one in deliveries if (case.night.settings.reports / one).is_dir())


def _runs(connection: Connection, tables: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return the day of every run that the rows name."""
    numbers = {
        value
        for rows in tables.values()
        for row in rows
        for name, value in row.items()
        if name in ("bekannt_von", "bekannt_bis") or name.endswith("_lauf")
    }
    query = "select lauf_id, begonnen_am from betrieb.lauf where lauf_id = any(:ids) order by 1"
    rows = connection.execute(text(query), {"ids": list(numbers)})
    return {str(row.lauf_id): row.begonnen_am.date().isoformat() for row in rows}


def _labels(connection: Connection, tables: list[str]) -> dict[str, dict[str, str]]:
    """Return table → column → what it means, in the words of the warehouse's comments; "" for the table itself."""
    rows = connection.execute(text(_LABELS), {"tables": tables})
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.tabelle, {})[row.spalte] = row.text
    return found


def _codes(site: Site, tables: list[list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    """Return field → code → label of the codes that the site decides and that occur."""
    lists = code_lists(site)
    from_site = {
        field.name: lists[field.zaehlbar.codes_from]
        for table in contract().tables
        for field in table.fields
        if field.zaehlbar.codes_from is not None
    }
    found: dict[str, dict[str, str]] = {}
    for row in (row for rows in tables for row in rows):
        for name, value in row.items():
            label = from_site.get(name, {}).get(str(value))
            if label is not None:
                found.setdefault(name, {})[str(value)] = label
    return found


_WITHDRAWALS = """
    select distinct art, widerruf_am from abgleich.widerruf
    where token = any(cast(:tokens as bytea[]))
        or token in (select exakt_token from abgleich.merkmal where identitaet_id = any(:ids))
    order by 2, 1
"""

_RESTRICTIONS = """
    select einschraenkung_nr, eingeschraenkt_am from abgleich.einschraenkung
    where einschraenkung_nr = any(:numbers) order by 1
"""

_TRANSMISSIONS = """
    select distinct u.uebermittlung_nr, u.art, u.jobcenter_nr, u.erstellt_am, z.zeile_nr, z.entfernt_am
    from abgleich.uebermittlung_zeile as z
    inner join betrieb.uebermittlung as u on z.uebermittlung_nr = u.uebermittlung_nr
    where z.tn_token = any(cast(:tokens as bytea[])) order by 1, 5
"""

_DUE = """
    select identitaet_id, eintritt_datum, (austritt_datum + make_interval(months => :months))::date as loeschung_ab
    from kern.teilnahme_nach((select max(lauf_id) from betrieb.lauf))
    where identitaet_id = any(:ids) and austritt_datum is not null order by 1, 2
"""

_DELIVERY = """
    select vorhaben_id, tvp_id, zeitraum_von, zeitraum_bis, version, status
    from betrieb.lieferung where lieferung_id = :id
"""

_LABELS = """
    select
        n.nspname || '.' || c.relname as tabelle,
        coalesce(a.attname, '') as spalte,
        coalesce(col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class')) as text
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    left join lateral (
        select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        union all select null, 0
    ) as a on true
    where n.nspname || '.' || c.relname = any(:tables)
    order by 1, a.attnum
"""
