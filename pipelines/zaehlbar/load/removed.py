"""Which months were counted with persons who are removed now (DESIGN.md, statement 8).

Belongs here: noting those months before the rows go, and keeping the figures of months whose persons went by retention.
Does not belong here: deleting (forget), counting, what is said about such a month (bericht.monatszahlen, count).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from sqlalchemy import Connection, text

Cause = Literal["aufbewahrung", "loeschung", "widerruf", "einwilligung_abgelaufen"]

_FREEZES: Cause = "aufbewahrung"
"""Persons whose time is over were rightly counted; of withdrawal and erasure every later count must know nothing."""


def note_identities(connection: Connection, selected: str, cause: Cause) -> None:
    """Note the months in which the identities in the temporary table `selected` (identitaet_id) were counted."""
    connection.execute(
        text(f"""
            create temporary table e_teilnahme on commit drop as
            select distinct on (t.identitaet_id, t.eintritt_datum)
                t.identitaet_id, t.eintritt_datum, t.austritt_datum as ende
            from kern.teilnahme as t
            where t.identitaet_id in (select identitaet_id from {selected})
            order by t.identitaet_id desc, t.eintritt_datum desc, t.bekannt_von desc
            """)
    )
    connection.execute(
        text(f"""
            create temporary table e_einheit on commit drop as
            select distinct identitaet_id, datum from kern.aktivitaet
            where identitaet_id in (select identitaet_id from {selected})
            """)
    )
    note_participations(connection, "e_teilnahme", "e_einheit", cause)
    connection.execute(text("drop table e_teilnahme, e_einheit"))


def note_participations(connection: Connection, participations: str, units: str, cause: Cause) -> None:
    """Note the months in which participations were counted; of persons gone by retention their figures stay.

    `participations` (identitaet_id, eintritt_datum, ende: empty while it runs) and `units` (identitaet_id, datum) are
    temporary tables. A month is touched from Eintritt to the month after the end, as flows run from Stichtag to
    Stichtag. Persons who were never counted touch no month.
    """
    connection.execute(text(_TOUCHED.format(participations=participations, units=units)))
    connection.execute(text(_NOTE + " select monat, :cause from e_monat" + _AGAIN), {"cause": cause})
    if cause == _FREEZES:
        connection.execute(text(_FREEZE))
    connection.execute(text("drop table e_monat"))


def note_months(connection: Connection, months: Iterable[date], cause: Cause) -> None:
    """Note months of which rows were withheld, so that no count of theirs ever had them."""
    connection.execute(
        text(_NOTE + " select monat, :cause from unnest(cast(:months as date[])) as m (monat)" + _AGAIN),
        {"cause": cause, "months": sorted(set(months))},
    )


_NOTE = "insert into zahl.entfernt (monat, grund)"
_AGAIN = " on conflict (monat, grund) do update set zuletzt_am = excluded.zuletzt_am"

_TOUCHED = """
    create temporary table e_monat on commit drop as
    with zaehlung as (
        select
            (select max(lauf_id) from zahl.zaehlung) as lauf_id,
            (select max(beginn) from zahl.figur where zeitraum = 'monat') as monat
    ),
    spanne as (
        select g.eintritt_datum as von, least(coalesce(g.ende, z.monat), z.monat) as bis
        from {participations} as g cross join zaehlung as z
        where exists (
            select from kern.teilnahme as t
            where t.identitaet_id = g.identitaet_id and t.eintritt_datum = g.eintritt_datum
                and t.bekannt_von <= z.lauf_id
        )
        union
        select g.datum, g.datum
        from {units} as g cross join zaehlung as z
        where exists (
            select from kern.aktivitaet as a
            where a.identitaet_id = g.identitaet_id and a.datum = g.datum and a.bekannt_von <= z.lauf_id
        )
    )
    select distinct m.monat::date as monat
    from spanne as s
    cross join zaehlung as z
    cross join lateral generate_series(
        date_trunc('month', s.von::timestamp),
        date_trunc('month', greatest(s.von, s.bis)::timestamp) + interval '1 month',
        interval '1 month'
    ) as m (monat)
    where m.monat <= z.monat
"""

_FREEZE = """
    insert into zahl.eingefroren (monat, regelwerk_nr, gezaehlt_am)
    select m.monat, c.regelwerk_nr, c.gezaehlt_am
    from e_monat as m
    cross join (select regelwerk_nr, gezaehlt_am from zahl.zaehlung order by lauf_id desc limit 1) as c
    where exists (
        select from zahl.figur as z where z.zeitraum = 'monat' and z.beginn = m.monat and z.bekannt_bis is null
    )
    on conflict (monat) do nothing
"""
