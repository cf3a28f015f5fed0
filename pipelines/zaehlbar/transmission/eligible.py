"""Who may stand on a list for a Jobcenter, by what the warehouse knows now; and who must be taken back.

Belongs here: the questions to the warehouse, by identity and token. Does not belong here: names (names).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, text

from zaehlbar.load import consent_state
from zaehlbar.site import ListRecipient, Site

_NOW = 2**31 - 1
"""As known after every run so far."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An identity whose person consented to this list. `since`: category → day of the first attended unit."""

    identitaet_id: int
    vorhaben_id: str
    tvp_id: str
    tn_token: bytes = field(repr=False)
    gilt_bis: date
    since: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class DueLine:
    """A line of an earlier list that the recipient must hear about: to be deleted, or (`restricted`) left unused."""

    uebermittlung_nr: int
    zeile_nr: int
    restricted: bool


def candidates(connection: Connection, site: Site, recipient: ListRecipient, day: date) -> list[Candidate]:
    """Return whom the warehouse would let stand on a list for `recipient` on `day`, in order of identity.

    A participation runs and belongs to that Jobcenter, the consent covers the list (load.consent_state) and has an
    expiry, and the processing is not restricted.
    """
    values: dict[str, object] = {"stand": _NOW, "jc": recipient.jobcenter_nr, "tag": day}
    running = connection.execute(text(_RUNNING_IDENTITIES), values).all()
    ids = [row.identitaet_id for row in running]
    allowed = consent_state.covered(connection, ids, recipient=recipient.jobcenter_nr, day=day)
    allowed -= _restricted(connection, ids)
    rows = [row for row in running if row.identitaet_id in allowed]
    since = _since(connection, site, recipient, day, [row.identitaet_id for row in rows])
    return [
        Candidate(
            row.identitaet_id,
            row.vorhaben_id,
            row.tvp_id,
            bytes(row.tn_token),
            row.gilt_bis,
            since.get(row.identitaet_id, {}),
        )
        for row in rows
    ]


def due_lines(connection: Connection, jobcenter_nr: str, day: date) -> list[DueLine]:
    """Return the lines of lists to this Jobcenter that may no longer be used, in order of list and line.

    Whoever left the warehouse or is not covered any more is to be deleted; whoever is restricted is reported once, and
    only judged anew when the restriction is lifted (Art. 18 Abs. 1 Buchst. b: nothing is deleted meanwhile).
    """
    rows = connection.execute(text(_LINES), {"jc": jobcenter_nr}).all()
    ids = [row.identitaet_id for row in rows if row.identitaet_id is not None]
    allowed = consent_state.covered(connection, ids, recipient=jobcenter_nr, day=day)
    restricted = _restricted(connection, ids)
    due = []
    for row in rows:
        gone = row.entfernt or row.identitaet_id is None
        if not gone and row.identitaet_id in restricted:
            if not row.gemeldet:
                due.append(DueLine(row.uebermittlung_nr, row.zeile_nr, restricted=True))
        elif gone or row.identitaet_id not in allowed:
            due.append(DueLine(row.uebermittlung_nr, row.zeile_nr, restricted=False))
    return due


def _restricted(connection: Connection, identities: Sequence[int]) -> frozenset[int]:
    return frozenset(connection.execute(text(_RESTRICTED), {"ids": list(identities)}).scalars())


def _since(
    connection: Connection, site: Site, recipient: ListRecipient, day: date, identities: list[int]
) -> dict[int, dict[str, date]]:
    entries = [one for one in site.kategorien.zuordnung if one.kategorie in recipient.kategorien]
    rows = connection.execute(
        text(_SINCE),
        {
            "ids": identities,
            "codes": [one.code for one in entries],
            "kategorien": [one.kategorie for one in entries],
            "ab": [one.gueltig_ab for one in entries],
            "bis": [one.gueltig_bis or date.max for one in entries],
            "stand": _NOW,
            "jc": recipient.jobcenter_nr,
            "tag": day,
        },
    )
    found: dict[int, dict[str, date]] = {}
    for row in rows:
        found.setdefault(row.identitaet_id, {})[row.kategorie] = row.seit
    return found


_RESTRICTED = """
    with betroffen as (
        select identitaet_id from kern.einschraenkung where bekannt_bis is null
        union
        -- A restriction holds from the moment it is declared, not from the next run on.
        select s.identitaet_id
        from abgleich.einschraenkung_token as e
        inner join abgleich.identitaet_token as s on e.art = 'tn' and e.token = s.tn_token
        union
        select m.identitaet_id
        from abgleich.einschraenkung_token as e
        inner join abgleich.merkmal as m
            on e.art = 'exakt' and e.token = m.exakt_token and e.normalisierer_version = m.normalisierer_version
    )
    select identitaet_id from betroffen where identitaet_id = any(:ids)
    union
    select q.identitaet_id
    from betroffen as b
    inner join kern.person_zuordnung as p on b.identitaet_id = p.identitaet_id and p.bekannt_bis is null
    inner join kern.person_zuordnung as q on p.person_id = q.person_id and q.bekannt_bis is null
    where q.identitaet_id = any(:ids)
"""

_RUNNING = """
    t.status is distinct from 'STORNO'
    and t.jobcenter_nr = :jc
    and t.eintritt_datum <= :tag
    and (t.austritt_datum is null or t.austritt_datum > :tag)
"""

_RUNNING_IDENTITIES = f"""
    select i.identitaet_id, i.vorhaben_id, i.tvp_id, s.tn_token, t.gilt_bis
    from (
        select t.identitaet_id, min(t.einwilligung_bis) as gilt_bis
        from kern.teilnahme_nach(:stand) as t
        where {_RUNNING}
        group by t.identitaet_id
        having bool_and(t.einwilligung_bis is not null)
    ) as t
    inner join kern.identitaet as i on t.identitaet_id = i.identitaet_id
    inner join abgleich.identitaet_token as s on t.identitaet_id = s.identitaet_id
    order by i.identitaet_id
"""

_SINCE = f"""
    select t.identitaet_id, z.kategorie, min(a.datum) as seit
    from (
        select t.identitaet_id, min(t.eintritt_datum) as eintritt_datum
        from kern.teilnahme_nach(:stand) as t
        where t.identitaet_id = any(:ids) and {_RUNNING}
        group by t.identitaet_id
    ) as t
    inner join kern.aktivitaet as a
        on t.identitaet_id = a.identitaet_id and a.bekannt_bis is null and a.datum >= t.eintritt_datum
    inner join unnest(
        cast(:codes as text[]), cast(:kategorien as text[]), cast(:ab as date[]), cast(:bis as date[])
    ) as z (code, kategorie, gueltig_ab, gueltig_bis)
        on a.aktivitaet_code = z.code and a.datum between z.gueltig_ab and z.gueltig_bis
    group by t.identitaet_id, z.kategorie
"""

_LINES = """
    select
        z.uebermittlung_nr,
        z.zeile_nr,
        z.entfernt_am is not null as entfernt,
        z.einschraenkung_gemeldet_am is not null as gemeldet,
        s.identitaet_id
    from abgleich.uebermittlung_zeile as z
    inner join betrieb.uebermittlung as u on z.uebermittlung_nr = u.uebermittlung_nr and u.jobcenter_nr = :jc
    left join abgleich.identitaet_token as s on z.tn_token = s.tn_token
    order by z.uebermittlung_nr, z.zeile_nr
"""
