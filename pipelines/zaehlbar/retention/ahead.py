"""What retention will delete, in advance: counts by day and kind, never persons; what is held, and what has no end.

Belongs here: reading. Does not belong here: deleting, layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar.load import consent_state, expiry
from zaehlbar.retention import raw
from zaehlbar.retention.holds import Hold, holds
from zaehlbar.site import Site


@dataclass(frozen=True, slots=True)
class Going:
    """So many of a kind go on a day; `gehalten`: a hold or a restriction keeps them beyond it."""

    tag: date
    art: str
    anzahl: int
    gehalten: int


@dataclass(frozen=True, slots=True)
class OpenDelivery:
    """A delivery nobody has decided on, or that fails: its raw files stay until then."""

    lieferung_nr: int
    status: str
    tage: int


@dataclass(frozen=True, slots=True)
class OpenParticipations:
    """Participations without Austritt although their Vorhaben ended longer ago than the site's months."""

    vorhaben_id: str
    tvp_id: str
    vorhaben_bis: date
    anzahl: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """The list in advance, from `heute` to `bis`."""

    heute: date
    bis: date
    fristen: Mapping[str, Any]
    loeschungen: tuple[Going, ...]
    sperren: tuple[Hold, ...]
    lieferungen: tuple[OpenDelivery, ...]
    teilnahmen: tuple[OpenParticipations, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether something has no end unless a person decides."""
        return bool(self.lieferungen or self.teilnahmen)


def ahead(connection: Connection, site: Site, today: date, days: int) -> Ahead:
    """Return what goes from `today` to `days` later; what is overdue goes with the next run and stands under today."""
    rules = site.aufbewahrung
    until = today + timedelta(days=days)
    values = {"today": today, "until": until, "days": rules.roh_tage, "months": rules.person_monate}
    going = _rows(connection, _RAW, values) + _consents(connection, site, today, until)
    open_participations: list[OpenParticipations] = []
    if rules.person_monate is not None:
        going += _rows(connection, _PERSONS, values)
        open_participations = [OpenParticipations(*row) for row in connection.execute(text(_OPEN), values)]
    return Ahead(
        heute=today,
        bis=until,
        fristen={"person_monate": rules.person_monate, "roh_tage": rules.roh_tage},
        loeschungen=tuple(sorted(going, key=lambda item: (item.tag, item.art))),
        sperren=tuple(holds(connection, today)),
        lieferungen=tuple(OpenDelivery(*row) for row in connection.execute(text(_UNDECIDED), values)),
        teilnahmen=tuple(open_participations),
    )


def _consents(connection: Connection, site: Site, today: date, until: date) -> list[Going]:
    """Return whose consent ends, by the day after; holds do not keep them."""
    ends = connection.execute(
        text("""
            select distinct einwilligung_bis + 1 from kern.teilnahme
            where bekannt_bis is null and einwilligung_bis + 1 > :today and einwilligung_bis + 1 <= :until
            order by 1
            """),
        {"today": today, "until": until},
    ).scalars()
    found: list[Going] = []
    before = 0
    for day in (today, *ends):
        selected = consent_state.expired(connection, day, site.head.minimum_level)
        count = int(connection.execute(text(f"select count(*) from {selected}")).scalar_one())
        if count > before:
            found.append(Going(day, "ohne_einwilligung", count - before, 0))
        before = count
    return found


def _rows(connection: Connection, statement: str, values: Mapping[str, object]) -> list[Going]:
    return [Going(*row) for row in connection.execute(text(statement), values)]


_RAW = f"""
    select
        greatest({raw.GOES_ON}, cast(:today as date)) as tag,
        'rohdateien' as art,
        count(*) filter (where not {raw.HELD}) as anzahl,
        count(*) filter (where {raw.HELD}) as gehalten
    from betrieb.lieferung as l
    where {raw.FINISHED} and l.roh_geloescht_am is null and {raw.GOES_ON} <= :until
    group by 1
"""

_PERSONS = f"""
    with teilnahme as materialized (
        select
            e.identitaet_id,
            (e.ende + make_interval(months => :months))::date + 1 as tag,
            {expiry.HELD} as gehalten
        from ({expiry.ENDS.format(chosen="true")}) as e
        inner join kern.identitaet as i on e.identitaet_id = i.identitaet_id
    ),
    ohne_teilnahme as (
        select (o.ende + make_interval(months => :months))::date + 1 as tag, {expiry.HELD} as gehalten
        from ({expiry.orphans("true")}) as o
        inner join kern.identitaet as i on o.identitaet_id = i.identitaet_id
    ),
    zeile as (
        select tag, 'teilnahmen' as art, gehalten from teilnahme
        union all
        select max(tag), 'identitaeten', bool_or(gehalten) from teilnahme
        group by identitaet_id having bool_and(tag is not null)
        union all
        select tag, 'identitaeten', gehalten from ohne_teilnahme
    )
    select
        greatest(tag, cast(:today as date)) as tag, art,
        count(*) filter (where not gehalten) as anzahl, count(*) filter (where gehalten) as gehalten
    from zeile
    where tag <= :until
    group by 1, 2
"""

_UNDECIDED = """
    select l.lieferung_nr, l.status, cast(:today as date) - (f.begonnen_am at time zone 'Europe/Berlin')::date as tage
    from betrieb.lieferung as l inner join betrieb.lauf as f on l.gefunden_lauf = f.lauf_id
    where l.status in ('angehalten', 'gefunden', 'fehlgeschlagen') and l.roh_geloescht_am is null
    order by l.lieferung_nr
"""

_OPEN = f"""
    select v.vorhaben_id, e.tvp_id, v.bis, count(*)
    from ({expiry.ENDS.format(chosen="t.bekannt_bis is null and t.austritt_datum is null")}) as e
    inner join katalog.vorhaben as v on e.vorhaben_id = v.vorhaben_id
    where e.ende is null and v.bis + make_interval(months => :months) < :today
    group by 1, 2, 3
    order by 1, 2
"""
