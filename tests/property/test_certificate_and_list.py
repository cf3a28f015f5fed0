"""Whatever is delivered: what a Jobcenter may see of one person stays within domain.md (d) 19."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.support.certificate import PERSON, activity, judged, step

from zaehlbar import resources
from zaehlbar.certificate import Extent, certificates
from zaehlbar.certificate.content import STEPS_TO_HAND_OVER, TO_HAND_OVER
from zaehlbar.certificate.document import words
from zaehlbar.contract import contract
from zaehlbar.site import CLOSED_LIST, ListRecipient, Site, TransmissionFile, load_site
from zaehlbar.transmission.content import Line, lines
from zaehlbar.transmission.eligible import Candidate
from zaehlbar.transmission.names import Name, covers

START = date(2026, 1, 1)
TABLE = contract().table("teilnahme")
REASONS = TABLE.field("austritt_grund").codes
STEPS = contract().table("zwischenschritt").field("code").codes

days = st.integers(0, 180).map(lambda number: START + timedelta(days=number))


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(resources.folder("site"))


@st.composite
def participations(draw: st.DrawFn) -> dict[str, Any]:
    entry = draw(days)
    return {
        **PERSON,
        "tn_nr": draw(st.sampled_from(["A-1", "A-2"])),
        "geburtsdatum": date(1980, 5, 17),
        "eintritt_datum": entry,
        "austritt_datum": draw(st.none() | st.just(entry + timedelta(days=30))),
        "austritt_grund": draw(st.none() | st.sampled_from(sorted(REASONS))),
        "zugangsweg": draw(st.sampled_from(sorted(TABLE.field("zugangsweg").codes))),
        "einwilligung_am": START,
    }


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_certificate_to_hand_over_keeps_to_its_closed_lists(site: Site, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(participations(), min_size=1, max_size=4, unique_by=lambda r: (r["tn_nr"], r["eintritt_datum"]))
    )
    codes = [entry.code for entry in site.katalog.codes] + ["Z77"]
    units = st.builds(
        lambda code, day, number: {**activity(code, "", 77777, number), "datum": day},
        st.sampled_from(codes), days, st.sampled_from(["A-1", "A-2"]),
    )  # fmt: skip
    steps = st.builds(lambda code, day: {**step(code, ""), "datum": day}, st.sampled_from(sorted(STEPS)), days)
    tables = {
        "teilnahme": rows,
        "aktivitaet": data.draw(st.lists(units, max_size=12)),
        "zwischenschritt": data.draw(st.lists(steps, max_size=6, unique_by=lambda r: (r["code"], r["datum"]))),
    }
    made, _ = certificates([judged(tables)], site, Extent.WEITERGABE)
    names = {one.kategorie: one.name for one in site.kategorien.kategorien}
    allowed = {names[kind] for kind in TO_HAND_OVER}
    for one in made:
        printed = words(one)
        assert {row[0] for row in printed["kategorien"]} <= allowed
        assert all(len(row) == 2 for row in printed["kategorien"]), "no hours"
        assert {row[0] for row in printed["schritte"]} <= {STEPS[code] for code in STEPS_TO_HAND_OVER}
        text = json.dumps(printed, ensure_ascii=False)
        for reason in REASONS.values():
            assert reason not in text
        for kind in ("K-GES", "K-HEMM", "K-KOMM", "K-TEIL"):
            assert names[kind] not in text
        assert "1296" not in text, "77777 minutes in hours"
        for way in TABLE.field("zugangsweg").codes.values():
            assert way not in text


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_line_of_a_list_has_room_for_nothing_else(site: Site, data: st.DataObject) -> None:
    kinds = [one.kategorie for one in site.kategorien.kategorien]
    chosen = data.draw(st.lists(st.sampled_from(CLOSED_LIST), min_size=1, unique=True))
    recipient = ListRecipient(
        jobcenter_nr="99901", rechtsgrundlage="x", postfach="a@b.example", zertifikat="x.pem", kategorien=tuple(chosen)
    )
    decided = TransmissionFile(version="1", an=True, empfaenger=(recipient,), postfaecher={"V9001": "c@d.example"})
    on = site.model_copy(update={"uebermittlung": decided})
    since = data.draw(st.dictionaries(st.sampled_from(kinds), days))
    found = Candidate(1, "V9001", "T01", b"x" * 32, date(2027, 1, 1), since)
    (line,) = lines([(found, Name("Öztürk", "Ağça"))], on, recipient)
    assert [field.name for field in dataclasses.fields(Line)] == ["zeile_nr", "name", "since", "postfach"]
    assert (line.zeile_nr, line.name, line.postfach) == (1, "Ağça Öztürk", "c@d.example")
    names = {one.name: one.kategorie for one in site.kategorien.kategorien}
    assert {names[name] for name, _ in line.since} == set(since) & set(chosen)
    assert all(any(letter.isalpha() for letter in month) for _, month in line.since), "a month, no day, no hours"


COVERED: dict[str, Any] = {
    "status": "AKTIV",
    "jobcenter_nr": "99901",
    "eintritt_datum": START,
    "austritt_datum": None,
    "einwilligung_stufe": "2",
    "einwilligung_zweck": "EINZELFALL",
    "einwilligung_empfaenger": "99901",
    "einwilligung_am": START,
    "einwilligung_bis": date(2026, 12, 31),
    "widerruf_am": None,
}


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "STORNO"},
        {"jobcenter_nr": "99902"},
        {"jobcenter_nr": None},
        {"eintritt_datum": date(2026, 8, 1)},
        {"austritt_datum": date(2026, 7, 1)},
        {"einwilligung_stufe": "1"},
        {"einwilligung_stufe": None},
        {"einwilligung_zweck": "STATISTIK"},
        {"einwilligung_zweck": None},
        {"einwilligung_empfaenger": "99902"},
        {"einwilligung_empfaenger": None},
        {"einwilligung_am": date(2026, 7, 2)},
        {"einwilligung_am": None},
        {"einwilligung_bis": date(2026, 6, 30)},
        {"einwilligung_bis": None},
        {"widerruf_am": date(2026, 7, 20)},
    ],
    ids=str,
)
def test_every_part_of_the_consent_is_needed_on_the_raw_row(changed: dict[str, Any]) -> None:
    assert covers(COVERED, "99901", date(2026, 7, 1))
    assert not covers({**COVERED, **changed}, "99901", date(2026, 7, 1))
