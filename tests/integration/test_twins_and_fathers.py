"""Statement 7 with the example site's rules: who only looks alike is never merged by itself; who is the same, is.

Real tokens from names to persons; every pair is delivered by two providers.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from benchmarks.febrl import Outcome, Record, match
from tests.conftest import Warehouse

DAY = date(1985, 5, 3)
Row = tuple[str | None, str | None, date | None, str | None]

TWINS = [
    ("Tim", "Tom"), ("Anna", "Hanna"), ("Jan", "Jana"), ("Lea", "Leo"), ("Paul", "Paula"), ("Maria", "Marie"),
    ("Marie-Luise", "Marie-Sophie"), ("Anna Lena", "Anna Maria"), ("Karl", "Carla"), ("Ali", "Aylin"),
    ("Peter", "Thomas"), ("Sofie", "Sophia"),
]  # fmt: skip
OTHER_DAYS = [
    date(2007, 9, 21),  # father and son
    date(2008, 5, 3),  # on the same day of another year
    date(1985, 5, 30),
    date(1985, 8, 3),
    date(1985, 1, 1),  # unknown day
    None,
]
SAME: dict[str, tuple[Row, Row]] = {
    "umlauts": (("Müller", "Jörg", DAY, "44135"), ("Mueller", "Joerg", DAY, None)),
    "titles": (("Dr. Y\u0131lmaz", "Ömer", DAY, None), ("Yilmaz", "Oemer", DAY, "44135")),
    "swapped names": (("Müller", "Jörg", DAY, "44135"), ("Jörg", "Müller", DAY, "44147")),
    "day and month swapped": (("Müller", "Jörg", DAY, "44135"), ("Müller", "Jörg", date(1985, 3, 5), None)),
    "sound": (("Meier", "Jörg", DAY, "44135"), ("Mayer", "Jörg", DAY, "44135")),
    "typo behind the beginning": (("Petrenko", "Olha", DAY, "44135"), ("Petrneko", "Olha", DAY, "44135")),
}


def _matched(warehouse: Warehouse, pairs: list[tuple[Row, Row]]) -> Outcome:
    records = [
        Record(f"{at}/{source}", source, *row) for at, pair in enumerate(pairs) for source, row in enumerate(pair)
    ]
    return match(warehouse.engine, records)


def test_statement_07_twins_are_never_merged_by_themselves(warehouse: Warehouse) -> None:
    pairs: list[tuple[Row, Row]] = []
    for surname in ("Müller", "Kaya", "Nowak-Petrow"):
        for one, other in TWINS:
            for plz in ("44135", None):
                born = DAY + timedelta(days=401 * len(pairs))  # strangers to all other pairs
                pairs.append(((surname, one, born, plz), (surname, other, born, plz)))
    assert _matched(warehouse, pairs).merged == set()


@pytest.mark.parametrize("plz", ["44135", None])
def test_statement_07_one_name_is_not_one_person(warehouse: Warehouse, plz: str | None) -> None:
    pairs: list[tuple[Row, Row]] = [
        ((surname, "Karl", DAY, plz), (surname, "Karl", other, plz))
        for surname, other in zip(("Nowak", "Demir", "Schulz", "Hansen", "Ludwig", "Voss"), OTHER_DAYS, strict=True)
    ]
    pairs += [(("Kaya", "Fatma", None, plz), ("Kaya", "Fatma", None, plz))]
    outcome = _matched(warehouse, pairs)
    assert outcome.merged == set()
    assert outcome.asked  # a person is asked about some of them


def test_a_missing_vorname_is_asked_about_and_no_twin(warehouse: Warehouse) -> None:
    outcome = _matched(warehouse, [(("Kaya", "Fatma", DAY, "44135"), ("Kaya", None, DAY, "44135"))])
    assert (outcome.merged, outcome.asked) == (set(), {(0, 1)})


@pytest.mark.parametrize("name", SAME)
def test_one_mistake_is_seen_through(warehouse: Warehouse, name: str) -> None:
    assert _matched(warehouse, [SAME[name]]).merged == {(0, 1)}
