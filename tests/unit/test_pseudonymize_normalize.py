"""Names in search form: all rows of the DIN 91379 list, and what providers really write."""

# Letters that look like others are what is tested here.
# ruff: noqa: RUF001

from __future__ import annotations

import unicodedata

import pytest
from tests.support.shared_data import shared_data

from zaehlbar.pseudonymize.normalize import search_form, search_form_list, search_forms


def test_the_list_has_all_649_rows_in_nfc() -> None:
    listed = search_form_list()
    assert len(listed) == 649
    assert all(unicodedata.is_normalized("NFC", key) for key in listed)
    assert all(form.isascii() and form.isalpha() and form.isupper() for form in listed.values())


def test_every_row_of_the_list_has_its_search_form() -> None:
    wrong = {key: search_form(key) for key, form in search_form_list().items() if search_form(key) != form}
    assert not wrong
    # Also inside a name, and however the letter was composed.
    inside = {key: search_form(f"Ab{key}cd") for key in search_form_list()}
    assert inside == {key: f"AB{form}CD" for key, form in search_form_list().items()}
    apart = {key: search_form(unicodedata.normalize("NFD", key)) for key in search_form_list()}
    assert apart == search_form_list()


def test_the_list_is_that_of_the_publisher() -> None:
    published = shared_data("names") / "latin_list_search_form_1.3.txt"
    rows = [line.split("; ") for line in published.read_text(encoding="utf-8").splitlines()]
    theirs = {"".join(chr(int(point, 16)) for point in row[2].split()): row[6] for row in rows}
    assert search_form_list() == theirs


EQUAL = [
    ("Müller-Lüdenscheidt", "Mueller Luedenscheidt", "MUELLERLUEDENSCHEIDT"),
    ("Strauß", "STRAUSS", "STRAUSS"),
    ("STRAUẞ", "strauß", "STRAUSS"),
    ("Łukasz", "Lukasz", "LUKASZ"),
    ("Yıldız", "YILDIZ", "YILDIZ"),
    ("İpek", "i̇pek", "IPEK"),
    ("D’Angelo", "D'Angelo", "DANGELO"),
    ("Dʼangelo", "D Angelo", "DANGELO"),
    ("Karl-Heinz", "Karl Heinz", "KARLHEINZ"),
    ("Karl\u00a0Heinz", "Karl\u2010Heinz", "KARLHEINZ"),
    ("Þórunn", "Thorunn", "THORUNN"),
    ("Ægir", "Aegir", "AEGIR"),
    ("Schröter", "Schro\u0308ter", "SCHROETER"),
    ("Ạ\u0308", "A\u0308\u0323", "AE"),
    ("\ufb01nn", "Finn", "FINN"),
    ("Μαρία", "ΜΑΡΊΑ", "ΜΑΡΙΑ"),
    ("Ольга", "ОЛЬГА", "ОЛЬГА"),
    ("Peter 2", "peter2", "PETER2"),
]


@pytest.mark.parametrize("one,other,form", EQUAL)
def test_spellings_of_one_name_are_equal(one: str, other: str, form: str) -> None:
    assert search_form(one) == search_form(other) == form


@pytest.mark.parametrize("one,other", [("Müller", "Muller"), ("Ольга", "Olga"), ("Anna", "Anne"), ("Bjørn", "Bjorn")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert search_form(one) != search_form(other)


@pytest.mark.parametrize("nothing", ["", " ", "-", "?", "...", "\u00a0", "\u0308", "\ud800", "´"])
def test_signs_alone_are_no_name(nothing: str) -> None:
    assert search_form(nothing) == ""


def test_names_are_normalized_one_by_one() -> None:
    assert search_forms(["Ö", None, "b"]) == ["OE", "", "B"]
