"""What providers write into the two name fields, and what stays of it under version 2."""

# Signs that look like others are what is tested here.
# ruff: noqa: RUF001

from __future__ import annotations

import pyarrow as pa
import pytest

from zaehlbar.pseudonymize.names import Words, name_of, names_of
from zaehlbar.pseudonymize.normalize import search_form, search_form_list

# Spellings of one person: (Nachname, Vorname) of each.
EQUAL: list[tuple[str, list[tuple[str | None, str | None]]]] = [
    (
        "titles",
        [
            ("Müller", "Hans"),
            ("Dr. Müller", "Hans"),
            ("Prof. Dr. med. univ. Müller", "Hans"),
            ("Dipl.-Ing. Müller", "Hans"),
            ("Dipl.-Ing. (FH) Müller", "Hans"),
            ("Dr.med. Müller", "Hans"),
            ("Dr. rer. nat. Müller", "HANS"),
            ("Prof. Dr. h. c. mult. Müller", "Hans"),
            ("Müller", "Dr. Hans"),
            ("Müller", "Hans, Dr."),
            ("Müller, Dr.", "Hans"),
            ("MÜLLER, PROF. DR.", "HANS"),
            ("Müller M.A.", "Hans"),
            ("Müller, M.Sc.", "Hans"),
            ("Mueller, Ph.D.", "Hans"),
            ("Herr Müller", "Hans"),
            ("Müller", "Herr Dr. Hans"),
        ],
    ),
    (
        "particles and their place",
        [
            ("von der Leyen", "Ursula"),
            ("Von Der Leyen", "Ursula"),
            ("Leyen, von der", "Ursula"),
            ("Leyen von der", "Ursula"),
            ("Leyen", "Ursula von der"),
            ("v. d. Leyen", "Ursula"),
            ("v.d.Leyen", "Ursula"),
            ("Leyen, Ursula von der", None),
            ("von der Leyen, Ursula", None),
        ],
    ),
    ("van 't", [("van't Hoff", "Jan"), ("van ’t Hoff", "Jan"), ("Van‘t Hoff", "Jan"), ("Hoff, van 't", "Jan")]),
    ("de la", [("de la Cruz", "Ana"), ("De La Cruz", "Ana"), ("Cruz, de la", "Ana"), ("Delacruz", "Ana")]),
    ("article", [("El-Hassan", "Ali"), ("El Hassan", "Ali"), ("Elhassan", "ALI"), ("el-Hassan", "Ali")]),
    ("rank", [("Graf von Moltke", "Kai"), ("Moltke, Graf von", "Kai")]),
    ("one field", [("Müller, Hans", None), ("Müller", "Hans"), (None, "Müller, Hans"), ("Müller, Hans", "Hans")]),
    (
        "hyphens and blanks of all kinds",
        [
            (f"Müller{hyphen}Lüdenscheidt", f"Anna{hyphen}Maria")
            for hyphen in "- \u00a0\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\u00ad/_"
        ],
    ),
    (
        "apostrophes of all kinds",
        [(f"D{sign}Angelo", "Io") for sign in "'`´‘’‛′＇ʼʻ "] + [("Dangelo", "Io")],
    ),
    ("double names", [("Müller-Lüdenscheidt", "Eva"), ("Mueller Luedenscheidt", "Eva"), ("MÜLLERLÜDENSCHEIDT", "eva")]),
    ("transliteration", [("Yıldız", "İpek"), ("YILDIZ", "IPEK"), ("Yildiz", "ipek")]),
    ("strokes", [("Łukaszewski", "Bjørn"), ("Lukaszewski", "Bjoern")]),
    (
        "birth name and brackets",
        [("Müller geb. Schmidt", "Eva"), ("Müller (Schmidt)", "Eva"), ("Müller, geb. S", "Eva")],
    ),
]


@pytest.mark.parametrize("what,spellings", EQUAL, ids=[what for what, _ in EQUAL])
def test_spellings_of_one_person_are_equal(what: str, spellings: list[tuple[str | None, str | None]]) -> None:
    wholes = {tuple(name.whole for name in name_of(*spelling)) for spelling in spellings}
    assert len(wholes) == 1 and all(*wholes)


DIFFERENT = [
    ("Müller", "Hans"),
    ("Muller", "Hans"),
    ("Müller jun.", "Hans"),
    ("Müller sen.", "Hans"),
    ("Müller", "Hans Peter"),
    ("Müller", "Peter Hans"),
    ("Müller", "H."),
    ("Hans", "Müller"),
    ("Müller-Lüdenscheidt", "Hans"),
    ("Lüdenscheidt-Müller", "Hans"),
    ("von Müller", "Hans"),
    ("Müller, Peter", "Hans"),
    ("Al-Hassan", "Ali"),
    ("El-Hassan", "Ali"),
    ("Hassan", "Ali"),
    ("Meier", "Hans"),
    ("Mayer", "Hans"),
]


def test_names_that_may_be_two_persons_stay_apart() -> None:
    """Equal exact tokens merge by themselves where the birth date agrees."""
    wholes = [tuple(name.whole for name in name_of(*one)) for one in DIFFERENT]
    assert len(set(wholes)) == len(DIFFERENT)


@pytest.mark.parametrize(
    "last,first,lasts,firsts",
    [
        # Names that look like titles, particles or degrees.
        ("Ma", "Li", ("MA",), ("LI",)),
        ("Le", "Van", ("LE",), ("VAN",)),
        ("Nguyen", "Thi Le", ("NGUYEN",), ("THI", "LE")),
        ("Collins", "Dr. Phil", ("COLLINS",), ("PHIL",)),
        ("Herr", "Frank", ("HERR",), ("FRANK",)),
        ("Herr-Müller", "Frank", ("HERR", "MUELLER"), ("FRANK",)),
        ("Graf", "Steffi", ("GRAF",), ("STEFFI",)),
        ("Müller", "Dr. C.", ("MUELLER",), ("C",)),
        ("Mag", "Eva", ("MAG",), ("EVA",)),
        # What is no name, so that two unknown persons never become one.
        ("Müller", "Dr.", ("MUELLER",), ()),
        ("Müller", "Dr", ("MUELLER",), ()),
        ("N.N.", "unbekannt", (), ()),
        ("XXX", "keine Angabe", (), ()),
        (" - ", "?", (), ()),
        (None, None, (), ()),
        # Other scripts stay as they are.
        ("Иванова", "Ольга", ("ИВАНОВА",), ("ОЛЬГА",)),
        # What cannot be told apart stays in its place.
        ("Hans Müller", None, ("HANS", "MUELLER"), ()),
        (None, "Ursula von der", (), ("URSULA", "VON", "DER")),
        ("von", "Ursula", ("VON",), ("URSULA",)),
        ("(Müller)", "Hans", ("MUELLER",), ("HANS",)),
    ],
)
def test_words_of_a_name(last: str | None, first: str | None, lasts: tuple[str, ...], firsts: tuple[str, ...]) -> None:
    assert tuple(name.words for name in name_of(last, first)) == (lasts, firsts)


@pytest.mark.parametrize(
    "name,proper,back",
    [
        ("Müller-Lüdenscheidt", "MUELLER", "LUEDENSCHEIDT"),
        ("von der Leyen", "LEYEN", "LEYEN"),
        ("de la Cruz Garcia", "CRUZ", "GARCIA"),
        ("Al-Hassan", "HASSAN", "HASSAN"),
        ("Müller jun.", "MUELLER", "MUELLER"),
        ("Freiherr von Müller", "MUELLER", "MUELLER"),
        ("Graf", "GRAF", "GRAF"),
        ("", "", ""),
    ],
)
def test_parts_of_a_name(name: str, proper: str, back: str) -> None:
    words, _ = name_of(name, "x")
    assert (words.proper, words.back) == (proper, back)


def test_all_649_characters_mean_the_same_within_words() -> None:
    """Version 2 differs from version 1 in words, not in letters."""
    for key, form in search_form_list().items():
        assert name_of(f"Ab{key}cd", f"{key}x")[0].whole == f"AB{form}CD" == search_form(f"Ab{key}cd")


def test_columns_are_named_like_single_persons() -> None:
    rows = [pair for _, spellings in EQUAL for pair in spellings] + DIFFERENT + [(None, None), ("", "Hans")]
    last, first = (pa.chunked_array([pa.array(column, pa.string())]) for column in zip(*rows, strict=True))
    found = names_of(last, first, 2)
    pairs = zip(found.last.tolist(), found.first.tolist(), strict=True)
    assert [(found.lasts[one], found.firsts[two]) for one, two in pairs] == [name_of(*row) for row in rows]


def test_version_1_knows_letters_only() -> None:
    found = names_of(pa.array(["Dr. Müller", None, "-"]), pa.array(["Hans, Peter", "x", ""]), 1)
    assert [found.lasts[one] for one in found.last] == [Words(("DRMUELLER",)), Words(), Words()]
    assert [found.firsts[one] for one in found.first] == [Words(("HANSPETER",)), Words(("X",)), Words()]
