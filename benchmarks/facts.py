"""A warehouse of a whole country, invented as columns: what counting is measured on.

Belongs here: inventing participations, activities and persons, a site of many Jobcenters, a night that changes some,
and their COPY into a migrated warehouse. Does not belong here: measuring. There are no deliveries: facts are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.categorize import register_site
from zaehlbar.load.copy import copy_into
from zaehlbar.site import load_site

Ints = npt.NDArray[np.int64]
FIRST, LAST = date(2022, 11, 1), date(2026, 10, 31)
"""48 months."""
_PARTNERS = 3
_QUARTIERE = 4
_MINUTES = np.array([30, 45, 60, 90, 120, 180, 240])
_MEAN_STAY = 240
_UNMAPPED = "Z98"
_AGES, _SCHOOLS = ["18-24", "25-29", "30-54", "55+"], ["OHNE", "HS", "MR"]
_PATHS = ["JC_ZUW", "JC_EMPF", "EIGEN", "MUND"]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is invented."""

    participations: int
    activities: int
    jobcenters: int


@dataclass(slots=True)
class World:
    """What was invented: participations as arrays (days since 1970; `aus` -1: runs), and the units' days."""

    size: Size
    identity: Ints
    ein: Ints
    aus: Ints
    partner: Ints
    """By identity - 1: number of its provider."""
    codes: list[str]
    regelwerk_nr: int


def fill(connection: Connection, size: Size, random: np.random.Generator) -> World:
    """Write site, identities, persons and facts of run 1; the caller commits. About 1.1 participations per person."""
    regelwerk_nr = register_site(connection, load_site(resources.folder("site")))
    codes = list(
        connection.execute(
            text("select distinct code from katalog.aktivitaet_code where tabelle = 'aktivitaet' order by code")
        ).scalars()
    )
    run(connection, regelwerk_nr)
    _site(connection, size.jobcenters)
    identities = round(size.participations / 1.04)
    partner = np.sort(random.integers(0, size.jobcenters * _PARTNERS, identities))
    _identities(connection, partner, random)
    world = World(size, *_participations(size, identities, random), partner, [*codes, _UNMAPPED], regelwerk_nr)
    copy_into(connection, "kern.teilnahme", _rows(world, np.arange(size.participations), 1, random))
    chosen = random.integers(0, size.participations, size.activities)
    copy_into(connection, "kern.aktivitaet", _units(world, chosen, 1, random))
    connection.execute(
        text("""
            insert into betrieb.lieferung (
                lieferung_id, profil, vorhaben_id, tvp_id, zeitraum_von, zeitraum_bis, version, umfang, status,
                gefunden_lauf, geladen_lauf
            ) values ('bench', 'bench', 'V0001', 'T1', :von, :bis, 1, 'voll', 'geladen', 1, 1)
            """),
        {"von": FIRST, "bis": LAST},
    )
    return world


def night(connection: Connection, world: World, share: float, random: np.random.Generator) -> int:
    """Change a share of the participations as the loader writes history; return the run's number.

    A half ends, a quarter is new, a quarter moves to another Jobcenter; each has as many new activities as the others.
    """
    lauf_id = run(connection, world.regelwerk_nr)
    size = world.size
    changed = round(size.participations * share)
    rows = random.choice(size.participations, changed, replace=False)
    new, kept = rows[: changed // 4], rows[changed // 4 :]
    end = _days(LAST)
    ending = kept[: changed // 2]
    world.aus[ending] = np.maximum(world.ein[ending], end - random.integers(0, 30, len(ending)))
    connection.execute(text("create temporary table b_alt (identitaet_id bigint, eintritt_datum date) on commit drop"))
    keys = {"identitaet_id": world.identity[kept], "eintritt_datum": _as_days(world.ein[kept])}
    copy_into(connection, "b_alt", pa.table(keys))
    connection.execute(text("analyze b_alt"))
    connection.execute(
        text("""
            update kern.teilnahme as t set bekannt_bis = :lauf_id from b_alt as b
            where t.bekannt_bis is null and t.identitaet_id = b.identitaet_id and t.eintritt_datum = b.eintritt_datum
            """),
        {"lauf_id": lauf_id},
    )
    copy_into(connection, "kern.teilnahme", _rows(world, np.sort(kept), lauf_id, random))
    # A re-entry: the identity is known, its Eintritt lies after all others.
    again = np.unique(world.identity[new])
    added = replace(
        world, identity=again, ein=end - random.integers(0, 20, len(again)), aus=np.full(len(again), -1, dtype=np.int64)
    )
    fresh = ~np.isin(again * 100_000 + added.ein, world.identity * 100_000 + world.ein)
    copy_into(connection, "kern.teilnahme", _rows(added, np.flatnonzero(fresh), lauf_id, random))
    units = np.repeat(rows, round(size.activities / size.participations))
    copy_into(connection, "kern.aktivitaet", _units(world, units, lauf_id, random))
    connection.execute(text("update betrieb.lieferung set geladen_lauf = :lauf_id"), {"lauf_id": lauf_id})
    return lauf_id


def run(connection: Connection, regelwerk_nr: int) -> int:
    """Open a run."""
    statement = text("insert into betrieb.lauf (ausloeser, regelwerk_nr) values ('cli', :nr) returning lauf_id")
    return int(connection.execute(statement, {"nr": regelwerk_nr}).scalar_one())


def _site(connection: Connection, jobcenters: int) -> None:
    """One Vorhaben per Jobcenter, with three providers and four Quartiere."""
    values = {"jobcenter": jobcenters, "partner": _PARTNERS, "quartiere": _QUARTIERE, "von": FIRST, "bis": LAST}
    for statement in (
        """insert into katalog.jobcenter
            select to_char(n, 'FM00000'), 'Jobcenter ' || n, 'gE' from generate_series(1, :jobcenter) as n""",
        """insert into katalog.vorhaben
            select 'V' || to_char(n, 'FM0000'), 'V' || n, 'BENCH', to_char(1 + n % 16, 'FM00'), :von, :bis
            from generate_series(1, :jobcenter) as n""",
        """insert into katalog.tvp
            select 'V' || to_char(n, 'FM0000'), 'T' || p, 'T' || p, 'monatlich', :von, :bis
            from generate_series(1, :jobcenter) as n cross join generate_series(1, :partner) as p""",
        """insert into katalog.quartier
            select 'V' || to_char(n, 'FM0000'), 'Q' || q, 'Q' || q, to_char(n, 'FM00000')
            from generate_series(1, :jobcenter) as n cross join generate_series(1, :quartiere) as q""",
    ):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement), used)


def _identities(connection: Connection, partner: Ints, random: np.random.Generator) -> None:
    """Six of a hundred identities are one person with another one, anywhere in the country."""
    count = len(partner)
    number = np.arange(1, count + 1)
    vorhaben, tvp = _names("V", 4, partner // _PARTNERS + 1), _names("T", 1, partner % _PARTNERS + 1)
    identity = {"identitaet_id": number, "vorhaben_id": vorhaben, "tvp_id": tvp}
    copy_into(connection, "kern.identitaet", pa.table(identity))
    person = number.copy()
    pairs = np.sort(random.permutation(number)[: round(count * 0.12) // 2 * 2].reshape(-1, 2), axis=1)
    person[pairs[:, 1] - 1] = pairs[:, 0]
    table = {"identitaet_id": number, "person_id": person, "grund": pa.repeat("exakt", count)}
    copy_into(connection, "kern.person_zuordnung", pa.table(table | {"bekannt_von": pa.repeat(1, count)}))


def _participations(size: Size, identities: int, random: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Every identity once, the rest enter again after they left; sorted as the primary key."""
    first, last = _days(FIRST), _days(LAST)
    ein = random.integers(first, last, identities)
    aus = ein + random.gamma(1.5, _MEAN_STAY / 1.5, identities).astype(np.int64)
    again = random.choice(identities, size.participations - identities, replace=False)
    ein_again = np.minimum(aus[again] + random.integers(1, 200, len(again)), last)
    aus[again] = np.minimum(aus[again], ein_again - 1)
    aus_again = ein_again + random.gamma(1.5, _MEAN_STAY / 1.5, len(again)).astype(np.int64)
    identity = np.concatenate([np.arange(1, identities + 1), again + 1])
    ein, aus = np.concatenate([ein, ein_again]), np.concatenate([aus, aus_again])
    order = np.lexsort((ein, identity))
    return identity[order], ein[order], np.where(aus > last, -1, aus)[order]


def _rows(world: World, chosen: Ints, lauf_id: int, random: np.random.Generator) -> pa.Table:
    """Rows of `kern.teilnahme`, with enough other columns filled to be as wide as real ones."""
    count = len(chosen)
    identity, aus = world.identity[chosen], world.aus[chosen]
    centre = world.partner[identity - 1] // _PARTNERS + 1
    # Some live beyond the border: with a neighbour.
    moved = (random.random(count) < (0.05 if lauf_id == 1 else 0.3)) * random.choice([-1, 1], count)
    centre = np.clip(centre + moved, 1, world.size.jobcenters)
    return pa.table(
        {
            "identitaet_id": identity,
            "eintritt_datum": _as_days(world.ein[chosen]),
            "austritt_datum": _as_days(aus, aus < 0),
            "quartier_id": _names("Q", 1, random.integers(1, _QUARTIERE + 1, count)),
            "jobcenter_nr": pa.array(_names("", 5, centre), mask=random.random(count) < 0.02),
            "jc_massnahme_parallel": _of(["j", "n"], (random.random(count) > 0.03).astype(np.int64)),
            "geschlecht": _of(["W", "M"], random.integers(0, 2, count)),
            "altersgruppe_eintritt": _of(_AGES, random.integers(0, len(_AGES), count)),
            "zugangsweg": _of(_PATHS, random.integers(0, len(_PATHS), count)),
            "schulabschluss": _of(_SCHOOLS, random.integers(0, len(_SCHOOLS), count)),
            "rechtskreis": pa.repeat("SGB2", count),
            "erwerbsstatus_eintritt": pa.repeat("ALO", count),
            "einwilligung_stufe": pa.repeat("1", count),
            "lieferung_nr": pa.repeat(1, count),
            "bekannt_von": pa.repeat(lauf_id, count),
        }
    )


def _units(world: World, chosen: Ints, lauf_id: int, random: np.random.Generator) -> pa.Table:
    """Units of the chosen participations, one of a hundred after the Austritt; sorted as the primary key."""
    last = _days(LAST)
    ein, aus = world.ein[chosen], world.aus[chosen]
    until = np.minimum(np.where(aus < 0, last, aus + np.where(random.random(len(chosen)) < 0.01, 20, 0)), last)
    since = ein if lauf_id == 1 else np.maximum(ein, until - 60)
    day = since + (random.random(len(chosen)) * (until - since + 1)).astype(np.int64)
    code = random.integers(0, (len(world.codes) - 1) * 200 + 1, len(chosen)) // 200
    key = np.sort((world.identity[chosen] << 20) + ((day - _days(FIRST)) << 8) + code)
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    number = np.arange(len(key)) - np.repeat(begins, np.diff(np.append(begins, len(key))))
    return pa.table(
        {
            "identitaet_id": key >> 20,
            "aktivitaet_code": _of(world.codes, key & 255),
            "datum": _as_days(((key >> 8) & 4095) + _days(FIRST)),
            # Numbers of a later night do not meet those of the first.
            "nr": number + (lauf_id - 1) * 1000,
            "dauer_min": random.choice(_MINUTES, len(key)),
            "lieferung_nr": pa.repeat(1, len(key)),
            "bekannt_von": pa.repeat(lauf_id, len(key)),
        }
    )


def _days(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _as_days(days: Ints, null: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=null).cast(pa.date32())


def _of(values: list[str], number: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(number.astype(np.int32), values)


def _names(prefix: str, width: int, number: Ints) -> pa.Array:
    known, place = np.unique(number, return_inverse=True)
    return _of([f"{prefix}{value:0{width}d}" for value in known.tolist()], place).cast(pa.string())
