"""Laws of matching tokens: which spellings of one person meet in which kind, and who must never share an exact one."""

# Letters that look like others are what is tested here.
# ruff: noqa: RUF001

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given, settings, strategies as st
from tests.support.pseudonymize import KEYS, canonical_table, pseudonymized

from zaehlbar.pseudonymize import KINDS, MERKMALE, NORMALIZER_VERSION, KeyRing, Purpose
from zaehlbar.pseudonymize.merkmale import merkmale
from zaehlbar.pseudonymize.names import Words, name_of
from zaehlbar.pseudonymize.parts import parts_of
from zaehlbar.pseudonymize.phonetic import sounds_of
from zaehlbar.pseudonymize.tokens import joined

LASTS = ("Müller", "Schmidt", "Yıldız", "Nguyen", "Öztürk", "Kowalski", "Łukaszewski", "Weiß", "Иванова", "Graf")
FIRSTS = ("Anna", "Jürgen", "İpek", "Thi", "Zoë", "Bjørn", "Maria", "Hans", "Ольга", "Peter")
HALVES = ("Lüdenscheidt", "Schröter", "Hagen")
DATES = st.dates(date(1940, 1, 2), date(2012, 12, 31)).filter(
    lambda day: (day.month, day.day) != (1, 1) and day.day < 29
)
PEOPLE = st.fixed_dictionaries(
    {
        "nachname": st.sampled_from(LASTS),
        "vorname": st.sampled_from(FIRSTS),
        "geburtsdatum": DATES,
        "plz": st.sampled_from(["44139", "06108", "10115"]),
    }
)
WRITTEN = st.fixed_dictionaries(
    {
        "nachname": st.none()
        | st.sampled_from(["von der Leyen", "Leyen, von der", "Müller, Hans", "-", "N.N.", "Dr. Weiß", "Meier-Hagen"])
        | st.sampled_from(LASTS)
        | st.text(max_size=8),
        "vorname": st.none() | st.sampled_from(["Anna-Maria", "A.", "Ursula von der"]) | st.sampled_from(FIRSTS),
        "geburtsdatum": st.none() | DATES | st.sampled_from([date(1980, 1, 1), date(1980, 5, 5), date(1980, 5, 6)]),
        "plz": st.none() | st.sampled_from(["44139", "44 139", "-"]),
    }
)

few = settings(max_examples=25)

Person = dict[str, Any]
Tokens = dict[str, bytes | None]


def tokens_of(people: list[Person], keys: KeyRing = KEYS) -> list[Tokens]:
    """Return the tokens of each person under the newest version, in the order given."""
    every = np.arange(len(people))
    table = merkmale(
        keys, NORMALIZER_VERSION, parts_of(canonical_table("teilnahme", people), NORMALIZER_VERSION), every, every
    )
    found = {row["ix"]: {kind: row[f"{kind}_token"] for kind in KINDS} for row in table.to_pylist()}
    return [found.get(at, dict.fromkeys(KINDS)) for at in range(len(people))]


def agreeing(one: Person, other: Person) -> set[str]:
    first, second = tokens_of([one, other])
    return {kind for kind in KINDS if first[kind] is not None and first[kind] == second[kind]}


def messages(person: Person) -> dict[str, tuple[str, ...] | None]:
    """The slow, obvious rule: the fields of each kind, None where one is missing."""
    last, first = name_of(person["nachname"], person["vorname"])
    birth: date | None = person["geburtsdatum"]
    full = birth is not None and (birth.month, birth.day) != (1, 1)
    year, month, day = birth.isoformat().split("-") if birth is not None and full else ("", "", "")
    iso = f"{year}-{month}-{day}" if full else ""
    plz = "".join(sign for sign in person["plz"] or "" if sign.isalnum())
    sound = {name: sounds_of([name.whole])[0] for name in (last, first)}
    swapped = "-".join([year, *sorted((month, day))]) if full and int(day) <= 12 and day != month else ""
    both = last.whole and first.whole
    starts = "".join(sorted(f"{len(start)}:{start}" for start in (last.proper[:2], first.front[:2]))) if both else ""
    names = (last.whole, first.whole)
    fields: dict[str, tuple[str, ...]] = {
        "exakt": (*names, iso),
        "phonetisch": (sound[last], sound[first], iso),
        "nachname_phonetisch": (sound[last], first.whole, iso),
        "getauscht": (" ".join(sorted((*last.words, *first.words))) if both else "", iso),
        "ohne_tag": (*names, iso[:7]),
        "ohne_monat": (*names, f"{year}--{day}" if full else ""),
        "ohne_jahr": (*names, iso[4:]),
        "tag_monat": (*names, swapped),
        "teilname": (last.proper, first.front, iso),
        "endname": (last.back, first.front, iso),
        "anfang": (starts, iso),
        "vorname_plz": (first.whole, iso, plz),
        "nachname_plz": (last.whole, iso, plz),
        "name_plz": (*names, plz),
        "name": (*names, "" if full else "ohne"),
    }
    return {kind: one if all(one) else None for kind, one in fields.items()}


@given(st.lists(WRITTEN, min_size=1, max_size=6))
def test_every_token_is_the_hmac_of_its_kind_version_and_fields(people: list[Person]) -> None:
    """What it is made of never changes within a version: stored tokens must be met again in years."""
    for person, tokens in zip(people, tokens_of(people), strict=True):
        for kind, fields in messages(person).items():
            if fields is None:
                assert tokens[kind] is None
            else:
                message = joined((f"{kind}/2", *fields)).encode()
                digest = hmac.digest(KEYS.derive(Purpose.ABGLEICH), message, "sha256")
                assert tokens[kind] == digest[: KINDS[kind]]


VARIANTS: list[tuple[str, Callable[[Person, str], Person]]] = [
    ("getauscht", lambda one, _: {"nachname": one["vorname"], "vorname": one["nachname"]}),
    ("anfang", lambda one, _: {"nachname": one["vorname"], "vorname": one["nachname"]}),
    ("anfang", lambda one, _: {"nachname": f"{one['nachname']}x", "vorname": f"{one['vorname']}x"}),
    ("ohne_tag", lambda one, _: {"geburtsdatum": one["geburtsdatum"].replace(day=7)}),
    ("ohne_monat", lambda one, _: {"geburtsdatum": one["geburtsdatum"].replace(month=8)}),
    ("ohne_jahr", lambda one, _: {"geburtsdatum": one["geburtsdatum"].replace(year=1996)}),
    ("teilname", lambda one, half: {"nachname": f"{one['nachname']}-{half}"}),
    ("teilname", lambda one, half: {"vorname": f"{one['vorname']} {half}"}),
    ("teilname", lambda one, _: {"nachname": f"von {one['nachname']}"}),
    ("teilname", lambda one, _: {"nachname": f"{one['nachname']} jun."}),
    ("endname", lambda one, half: {"nachname": f"{half}-{one['nachname']}"}),
    ("vorname_plz", lambda _, half: {"nachname": half}),
    ("nachname_plz", lambda _, half: {"vorname": half}),
    ("nachname_plz", lambda *_: {"vorname": None}),
    ("name_plz", lambda *_: {"geburtsdatum": date(1999, 9, 9)}),
    ("name_plz", lambda *_: {"geburtsdatum": None}),
    ("name_plz", lambda *_: {"geburtsdatum": date(1980, 1, 1)}),
]


@pytest.mark.parametrize("kind,variant", VARIANTS)
@settings(max_examples=15)
@given(PEOPLE, st.sampled_from(HALVES))
def test_a_spelling_of_the_person_meets_in_the_kind_meant_for_it(
    kind: str, variant: Callable[[Person, str], Person], person: Person, half: str
) -> None:
    other = {**person, **variant(person, half)}
    assume(messages(other)["exakt"] != messages(person)["exakt"])
    found = agreeing(person, other)
    assert kind in found and "exakt" not in found


@pytest.mark.parametrize(
    "one,other",
    [
        (("Meier", "Philipp"), ("Mayr", "Filip")),
        (("Schmidt", "Kristian"), ("Schmitt", "Christian")),
        (("Müller", "Jenifer"), ("Muller", "Jennifer")),
        (("Wagner", "Sofie"), ("Vagner", "Sophie")),
    ],
)
@few
@given(DATES)
def test_names_that_sound_alike_meet(one: tuple[str, str], other: tuple[str, str], birth: date) -> None:
    people = [dict(zip(("nachname", "vorname"), name, strict=True), geburtsdatum=birth) for name in (one, other)]
    assert "phonetisch" in agreeing(*people)
    assert "nachname_phonetisch" in agreeing(people[0], {**people[0], "nachname": other[0]})
    assert "exakt" not in agreeing(*people)


@few
@given(PEOPLE, st.integers(1, 12), st.integers(1, 12))
def test_day_and_month_swapped_meet(person: Person, day: int, month: int) -> None:
    assume(day != month and 1 not in (day, month))
    one, other = (
        {**person, "geburtsdatum": date(person["geburtsdatum"].year, *parts)} for parts in ((month, day), (day, month))
    )
    assert "tag_monat" in agreeing(one, other)


@few
@given(st.lists(WRITTEN, min_size=2, max_size=6))
def test_exact_tokens_are_equal_only_for_the_same_names_and_full_birth_date(people: list[Person]) -> None:
    tokens, fields = tokens_of(people), [messages(one)["exakt"] for one in people]
    for one, its in zip(tokens, fields, strict=True):
        for other, theirs in zip(tokens, fields, strict=True):
            if one["exakt"] is not None and other["exakt"] is not None:
                assert (one["exakt"] == other["exakt"]) == (its == theirs)


@few
@given(PEOPLE, st.sampled_from(FIRSTS), DATES)
def test_twins_and_father_and_son_never_share_an_exact_token(person: Person, first: str, birth: date) -> None:
    twin = {**person, "vorname": first}
    assume(first != person["vorname"])
    assert not agreeing(person, twin) & {"exakt", "getauscht", "ohne_tag", "ohne_monat", "ohne_jahr", "name_plz"}
    son = {**person, "geburtsdatum": birth}
    assume(birth != person["geburtsdatum"])
    assert not agreeing(person, son) & {"exakt", "phonetisch", "getauscht", "anfang", "vorname_plz", "nachname_plz"}


@few
@given(PEOPLE, st.sampled_from([None, date(1985, 1, 1)]))
def test_a_birth_date_known_in_part_gives_no_token_that_pretends_to_know_it(
    person: Person, unknown: date | None
) -> None:
    (tokens,) = tokens_of([{**person, "geburtsdatum": unknown}])
    assert {kind for kind in KINDS if tokens[kind]} == {"name_plz", "name"}
    (full,) = tokens_of([person])
    assert full["name"] is None and full["name_plz"] == tokens["name_plz"]


@few
@given(st.lists(WRITTEN, min_size=1, max_size=4))
def test_tokens_differ_between_kinds_versions_purposes_and_keys(people: list[Person]) -> None:
    other = KeyRing("k2", {"k2": bytes(32)})
    rows = [{"tn_nr": f"TN-{at}", **one} for at, one in enumerate(people)]
    families = []
    for keys in (KEYS, other):
        result = pseudonymized({"teilnahme": rows}, keys=keys, versions=(1, 2))
        families.append(set(result.identities["tn_token"].to_pylist()))
        for version in (1, 2):
            of_version = [one for one in result.merkmale.to_pylist() if one["normalisierer_version"] == version]
            families += [{one[f"{kind}_token"] for one in of_version} - {None} for kind in KINDS]
    shortened = [{token[:16] for token in family} for family in families]
    assert len(set().union(*shortened)) == sum(map(len, shortened))


@few
@given(PEOPLE)
def test_the_composition_of_a_letter_does_not_count(person: Person) -> None:
    composed, apart = (
        {**person, **{name: unicodedata.normalize(form, person[name]) for name in ("nachname", "vorname")}}
        for form in ("NFC", "NFD")
    )
    assert tokens_of([composed]) == tokens_of([apart])


@few
@given(st.lists(WRITTEN, min_size=1, max_size=4))
def test_an_older_version_lives_beside_the_newer(people: list[Person]) -> None:
    """Whoever was delivered under version 1 only is met by its exact token until the next delivery."""
    rows = [{"tn_nr": f"TN-{at}", **one} for at, one in enumerate(people)]
    both = pseudonymized({"teilnahme": rows}, versions=(1, 2)).merkmale
    assert both.schema.equals(MERKMALE)
    for version in (1, 2):
        alone = pseudonymized({"teilnahme": rows}, versions=(version,)).merkmale
        assert both.filter(pc.equal(both["normalisierer_version"], version)).equals(alone)


def test_words_and_sounds_are_those_of_the_name() -> None:
    """The reference above rests on these two."""
    assert name_of("Müller-Lüdenscheidt", "Eva")[0] == Words(("MUELLER", "LUEDENSCHEIDT"))
    assert sounds_of(["MUELLERLUEDENSCHEIDT"]) == ["65752682"]
