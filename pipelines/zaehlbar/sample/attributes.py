"""What a provider notes about a participation: social features, access, consent, result; plausible and consistent.

Belongs here: columns of codes per participation. Does not belong here: what is not known yet at the end of a delivery's
period (tables).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from zaehlbar.sample import misspelling as misspelling_room
from zaehlbar.sample.dice import Dice, Ints
from zaehlbar.sample.population import UNKNOWN, Population

Columns = dict[str, pa.Array]

_REASONS: tuple[tuple[str, int, str, str, str, str, str], ...] = (
    # austritt_grund, weight, erg_arbeit, erg_bildung, erg_qualifikation, erg_arbeitsuche, anschluss
    ("REG", 20, "n", "n", "j", "j", "BERATUNG_JC"), ("REG", 8, "n", "n", "j", "j", "MAT"),
    ("REG", 6, "n", "n", "n", "j", "KEIN"), ("REG", 4, "n", "n", "n", "j", "AGH"),
    ("REG", 1, "n", "n", "j", "j", "P16I"),
    ("ARBEIT", 14, "j", "n", "n", "n", "SVB"), ("ARBEIT", 6, "j", "n", "n", "n", "GERING"),
    ("ARBEIT", 1, "j", "n", "n", "n", "SELBST"), ("AUSB", 4, "n", "j", "n", "n", "AUSB"),
    ("AUSB", 3, "n", "j", "j", "n", "FBW"), ("JCM_GEPLANT", 5, "n", "n", "n", "j", "MAT"),
    ("JCM_KURZFRISTIG", 6, "n", "n", "n", "j", "MAT"), ("SPR", 9, "n", "j", "n", "n", "SPRACHKURS"),
    ("EIGEN", 12, "km", "km", "km", "km", "UNB"), ("UMZ", 4, "km", "km", "km", "km", "UNB"),
    ("SONST", 5, "n", "n", "n", "n", "KEIN"),
)  # fmt: skip
EXIT_FIELDS = (
    "austritt_grund",
    "erg_arbeit",
    "erg_bildung",
    "erg_qualifikation",
    "erg_arbeitsuche",
    "anschluss",
    "beschfaehigkeit_erhoeht",
)
"""Known only once the participation has ended."""

LATER_FIELDS = ("erg_6m_arbeit", "erg_6m_verbessert")
"""Asked half a year after the end."""

_SEX = (("w", 1), ("m", 1), ("nb", 1), ("ka", 1))
_ACCESS = (("EIG", 18), ("MUND", 22), ("JC_EMPF", 20), ("JC_ZUW", 8), ("AA", 3), ("BERST", 10), ("QM", 14),
           ("SONST", 3), ("UNB", 2))  # fmt: skip
_LEGAL = (("SGB2", 72), ("SGB3", 8), ("KEIN", 17), ("UNB", 3))
_WORK = (("ALO", 68), ("NERW", 22), ("ERW", 10))
_UNEMPLOYED = (("U6", 15), ("6BU12", 15), ("AB12", 70))
_SCHOOL = (("1", 25), ("2", 32), ("3", 22), ("4", 15), ("9", 6))
_TRAINING = (("1", 52), ("2", 5), ("3", 26), ("4", 3), ("5", 2), ("6", 7), ("9", 5))
_LANGUAGE = (("A0", 2), ("A1", 10), ("A2", 18), ("B1", 20), ("B2", 8), ("C1", 4), ("C2", 33), ("ka", 5))
_BEFORE = (("OHNE", 50), ("JCM", 12), ("SPRACHKURS", 12), ("ARBEIT", 8), ("AUSB", 3), ("FAMILIE", 8), ("BIWAQ", 3),
           ("UNB", 4))  # fmt: skip
_PARALLEL = (("n", 78), ("j", 10), ("u", 12))
_SINGLE_PARENT = (("n", 78), ("j", 18), ("ka", 4))


def attributes(population: Population) -> Columns:
    """Return one array per field, one element per participation; what depends on the delivery is left out."""
    dice = Dice(population.plan.seed)
    identity = population.participations.identity
    person = population.identities.person[identity]
    columns = _personal(dice, population, person)
    columns |= _noted(dice, population, identity)
    columns |= _consent(population, person)
    columns |= _result(dice, len(identity))
    return columns


def _personal(dice: Dice, population: Population, person: Ints) -> Columns:
    """What a person is, at whatever provider; spellings follow the identity."""
    persons, identities, part = population.persons, population.identities, population.participations
    size = len(persons)
    misspelling = identities.misspelling[part.identity]
    surname, given = misspelling_room.names(persons.surname[person], persons.given[person], misspelling)
    known = persons.birth[person] != UNKNOWN
    birth = misspelling_room.births(persons.birth[person], misspelling, known)
    rare = dice.uniform("sex", size)
    sex = np.where(rare < 0.01, 2, np.where(rare < 0.02, 3, np.where(persons.female, 0, 1)))
    work = dice.pick("work", [weight for _, weight in _WORK], size)
    learns = np.where(dice.chance("learns", 0.15, size), 0, 1)
    return {
        "nachname": surname,
        "vorname": given,
        "geburtsdatum": pa.array(birth.astype(np.int32), mask=~known).cast(pa.date32()),
        "geschlecht": _codes(_SEX, sex[person]),
        "plz": _padded(identities.plz[part.identity], 5),
        "rechtskreis": _codes(_LEGAL, dice.pick("legal", [weight for _, weight in _LEGAL], size)[person]),
        "erwerbsstatus_eintritt": _codes(_WORK, work[person]),
        "alo_dauer": _drawn(dice, "unemployed", _UNEMPLOYED, size, person, work[person] == 0),
        "nerw_bildung": _codes((("ja", 1), ("nein", 1)), np.where(work == 1, learns, -1)[person]),
        "schulabschluss": _drawn(dice, "school", _SCHOOL, size, person),
        "berufsabschluss": _drawn(dice, "training", _TRAINING, size, person),
        "alleinerziehend": _drawn(dice, "single parent", _SINGLE_PARENT, size, person),
        "sprache_stufe": _drawn(dice, "language", _LANGUAGE, size, person),
        "vorher": _drawn(dice, "before", _BEFORE, size, person),
        "jc_massnahme_parallel": _drawn(dice, "parallel", _PARALLEL, size, person),
    }


def _noted(dice: Dice, population: Population, identity: Ints) -> Columns:
    """What the provider itself notes."""
    size, known = len(identity), len(population.identities)
    needs = 1 + dice.below("needs", 5, size)
    distance = 2 + dice.below("distance", 4, size)
    left = np.maximum(needs - dice.below("needs met", 3, size), 0)
    nearer = np.maximum(distance - dice.below("nearer", 3, size), 1)
    return {
        "tn_nr": numbers(population.identities.number[identity]),
        "zugangsweg": _drawn(dice, "access", _ACCESS, known, identity),
        "hemmnisse_anzahl_eintritt": _small(needs),
        "hemmnisse_anzahl_aktuell": _small(left),
        "distanz_eintritt": _small(distance),
        "distanz_aktuell": _small(nearer),
        "fragebogen_teil1_ok": pa.repeat(pa.scalar("ja"), size),
    }


def _consent(population: Population, person: Ints) -> Columns:
    level = population.persons.consent[person]
    purpose = np.where(level == 0, -1, level - 1)
    return {
        "einwilligung_stufe": _codes((("0", 1), ("1", 1), ("2", 1)), level),
        "einwilligung_version": pa.repeat(pa.scalar("2025-01"), len(person)),
        "einwilligung_zweck": _codes((("STATISTIK", 1), ("EINZELFALL", 1)), purpose),
    }


def _result(dice: Dice, size: int) -> Columns:
    reason = dice.pick("reason", [item[1] for item in _REASONS], size)
    columns = {
        name: _codes([(str(item[position]), 1) for item in _REASONS], reason)
        for name, position in zip(EXIT_FIELDS[:-1], (0, 2, 3, 4, 5, 6), strict=True)
    }
    yes_no = (("j", 6), ("n", 3), ("km", 1))
    for name in (EXIT_FIELDS[-1], *LATER_FIELDS):
        columns[name] = _codes(yes_no, dice.pick(name, [weight for _, weight in yes_no], size))
    return columns


def _drawn(
    dice: Dice,
    label: str,
    codes: Sequence[tuple[str, int]],
    size: int,
    owner: Ints,
    where: np.typing.NDArray[np.bool_] | None = None,
) -> pa.Array:
    """Draw a code per owner and return it per participation; null where `where` (per participation) is False."""
    drawn = dice.pick(label, [weight for _, weight in codes], size)[owner]
    return _codes(codes, drawn if where is None else np.where(where, drawn, -1))


def _codes(codes: Sequence[tuple[str, int]], position: Ints) -> pa.Array:
    """Return the codes at the positions as strings; null where the position is -1."""
    return pa.array([code for code, _ in codes]).take(pa.array(position, mask=position < 0))


def _small(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32))


def numbers(values: Ints) -> pa.Array:
    """Return the tn_nr made of running numbers: TEST-00042. Who sees one knows that it belongs to nobody."""
    import pyarrow.compute as pc

    return pc.binary_join_element_wise("TEST", _padded(values, 5), "-")


def _padded(values: Ints, width: int) -> pa.Array:
    import pyarrow.compute as pc

    return pc.utf8_lpad(pa.array(values).cast(pa.string()), width, "0")
