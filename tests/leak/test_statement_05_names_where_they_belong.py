"""DESIGN.md, statement 5, the other half: where names and numbers do stand, and that they stand nowhere else.

Names: in the Auskunft, in a Teilnahmebescheinigung, and inside the encrypted list of domain.md (d) 19. `tn_nr`: besides
those in what `zaehlbar check` shows the provider and in the notes to the partner whose number it is.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text
from tests.conftest import Warehouse
from tests.leak.conftest import Finder, Screen
from tests.support.certificate import text_of
from tests.support.certificate_of_recipient import MAILBOX, Recipient, recipient
from tests.support.leak import sinks
from tests.support.leak.inbox import Planted, Writer, activity, participation
from tests.support.leak.needles import Needles
from tests.support.leak.people import Person
from tests.support.leak.search import Search, unpacked

from zaehlbar.settings import Settings

KEYS = "keys"
ASKING, ERASED, LISTED, AGAIN = 0, 1, 2, 3


@dataclass(frozen=True)
class Exchange:
    """An instance whose site sends lists, with one loaded delivery of four people."""

    settings: Settings
    folder: Path
    people: tuple[Person, ...]
    jobcenter: Recipient


@pytest.fixture
def exchange(
    instance: Settings, planted: Planted, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Exchange:
    site, inbox, jobcenter = tmp_path / "site", tmp_path / "inbox", recipient()
    shutil.copytree(planted.site, site)
    (site / "99901.pem").write_bytes(jobcenter.pem)
    entry = {"jobcenter_nr": "99901", "rechtsgrundlage": "Einwilligung", "postfach": MAILBOX, "zertifikat": "99901.pem",
             "kategorien": ["K-GRUND"]}  # fmt: skip
    decided = {
        "version": "1",
        "an": True,
        "empfaenger": [entry],
        "postfaecher": {"V9001": "biwaq@musterhausen.example"},
    }
    (site / "uebermittlung.yaml").write_text(yaml.safe_dump(decided), encoding="utf-8")
    folk = planted.people[:4]
    consent = {"einwilligung_stufe": "2", "einwilligung_zweck": "EINZELFALL", "einwilligung_empfaenger": "99901",
               "einwilligung_bis": "2099-12-31"}  # fmt: skip
    rows = [participation("T01", person, **consent) for person in folk]
    hours = [activity("T01", person, aktivitaet_code="D01") for person in folk]
    writer = Writer(inbox, planted.people, planted.words)
    writer.canonical("T01", rows, hours)
    # Another partner has one of them, too: two identities of one person.
    writer.basis("T05", (folk[AGAIN],))
    for name, value in {"ZAEHLBAR_SITE": site, "ZAEHLBAR_INBOX": inbox}.items():
        monkeypatch.setenv(name, str(value))
    assert screen("run", "--inbox", str(inbox), "--site", str(site))[0] == 0
    return Exchange(instance, tmp_path, folk, jobcenter)


def _asks(at: Exchange, person: Person, **more: object) -> Path:
    """Return a new person file."""
    path = at.folder / "personendatei.yaml"
    who = {"nachname": person.nachname, "vorname": person.vorname, "geburtsdatum": person.geburtsdatum}
    path.touch(0o600)
    path.write_text(yaml.safe_dump(who | more, allow_unicode=True), encoding="utf-8")
    return path


def _everywhere(at: Exchange, screen: Screen) -> Iterator[sinks.Sink]:
    yield from sinks.warehouse_dump(at.settings)
    yield from sinks.files(at.settings.home, (KEYS, "outbox"))
    yield from sinks.files(at.folder / "tmp")
    yield from screen.sinks


def _labels(finder: Finder, contents: Sequence[sinks.Sink]) -> set[str]:
    """Return kind and number of what was found, whatever it had been turned into."""
    return {" ".join(hit.label.split()[-2:]) for hit in finder.hits(contents)}


def _file(path: Path) -> list[sinks.Sink]:
    return list(sinks.files(path))


@pytest.mark.slow
def test_statement_05_names_stand_where_they_belong_and_nowhere_else(
    exchange: Exchange, finder: Finder, screen: Screen, warehouse: Warehouse
) -> None:
    with sinks.listening() as log, sinks.Watch(warehouse.url) as watch:
        for command in ("keys list", "keys verify", "identity summary", "identity summary --json", "identity review",
                        "identity review --json", "retention list", "retention list --json",
                        "uebermittlung log"):  # fmt: skip
            screen(*command.split())
        _identities(warehouse, screen)
        _the_person_is_told(exchange, finder, screen)
        _the_person_hands_it_over(exchange, finder, screen)
        _the_jobcenter_is_told(exchange, finder, screen)
        _the_person_goes(exchange, finder, screen)
        assert screen("keys", "rotate")[0] == 0
        assert screen("retention", "run")[0] == 0
        screen("keys", "verify", "--json")
    searched = [*_everywhere(exchange, screen), *watch.sinks(), log.sink()]
    found = finder.found(searched)
    assert not found, "\n".join(found)
    _no_key_anywhere(exchange, searched)


def _identities(warehouse: Warehouse, screen: Screen) -> None:
    """Explain, take apart and put together those who are one person at two partners, and two who are not."""
    query = text("""
        select person_id, array_agg(identitaet_id order by 1) from kern.person_zuordnung where bekannt_bis is null
        group by 1 order by count(*) desc, 1
        """)
    with warehouse.engine.connect() as connection:
        same, first, second, *_ = connection.execute(query).all()
    assert len(same[1]) == 2
    why = ("--grund", "Probe", "--von", "Qualität")
    for pair, decision in ((same[1], "split"), ((first[1][0], second[1][0]), "merge")):
        numbers = tuple(map(str, pair))
        assert screen("identity", "explain", *numbers, "--json")[0] == 0
        assert screen("identity", decision, *numbers, *why)[0] == 0
        assert screen("identity", "undo", *numbers, *why)[0] == 0


def _the_person_is_told(at: Exchange, finder: Finder, screen: Screen) -> None:
    answer = at.folder / "auskunft"
    asked = _asks(at, at.people[ASKING])
    assert screen("person", "auskunft", "--person-file", str(asked), "--ausgabe", str(answer))[0] == 0
    assert not asked.exists()
    said = _labels(finder, _file(answer))
    assert {"nachname 0", "vorname 0", "geburtsdatum 0", "plz 0", "tn_nr 0"} <= said
    assert {label.split()[1] for label in said} == {"0"}, "nobody else stands in somebody's Auskunft"


def _the_person_hands_it_over(at: Exchange, finder: Finder, screen: Screen) -> None:
    made = at.folder / "bescheinigung"
    asked = _asks(at, at.people[ASKING])
    assert screen("bescheinigung", str(made), "--person-file", str(asked), "--json")[0] == 0
    (certificate,) = made.iterdir()
    assert at.people[ASKING].nachname in text_of(certificate)
    labels = _labels(finder, _file(made))
    assert {"nachname 0", "vorname 0"} <= labels
    assert {label.split()[1] for label in labels} == {"0"}
    _the_provider_checks(at, finder, screen)


def _the_provider_checks(at: Exchange, finder: Finder, screen: Screen) -> None:
    """What `check` shows: numbers and names of the provider's own files at most; names of people in the PDF only."""
    own = at.folder / "eigene"
    before = len(screen.sinks)
    screen(
        "check", str(at.folder / "inbox" / "T01"), "--bescheinigung", str(own), "--html", str(at.folder / "befund.html")
    )
    shown, screen.sinks[before:] = screen.sinks[before:], []
    assert len(list(own.iterdir())) == len(at.people)
    shown += [("report of check", path.read_bytes(), False) for path in at.folder.glob("befund*.html")]
    kinds = {label.split()[0] for label in _labels(finder, shown)}
    assert kinds <= {"tn_nr"}
    assert "nachname 3" in _labels(finder, _file(own))


def _the_jobcenter_is_told(at: Exchange, finder: Finder, screen: Screen) -> None:
    code, said = screen("uebermittlung", "erstellen", "99901", "--json")
    assert code == 0, said
    sealed = Path(json.loads(said)["datei"])
    assert not finder.found([("the list", sealed.read_bytes(), False)])
    message = at.jobcenter.open(sealed.read_bytes())
    (listed,) = [part.get_content() for part in message.iter_attachments()]
    written = text_of(listed).replace(" ", "")  # long names are broken over lines
    for person in at.people[:AGAIN]:  # the other partner had a stricter declaration of the fourth
        assert all(word.replace("'", "’") in written.replace("'", "’") for word in re.split(r"[ -]", person.name)), (
            written
        )
    kinds = {label.split()[0] for label in _labels(finder, list(_opened(listed)))}
    assert kinds <= {"nachname", "vorname", "joined"}, "the list says names and areas, no number, birth date, address"
    screen("uebermittlung", "log", "--json")


def _opened(pdf: bytes) -> Iterator[sinks.Sink]:
    for name, content in unpacked("the list, opened", pdf):
        yield name, content, False


def _the_person_goes(at: Exchange, finder: Finder, screen: Screen) -> None:
    """Corrected, restricted, erased: the partner hears of it by number, in the folder of its own outbox only."""
    wrong = [{"eintritt_datum": "2026-01-05", "feld": "schulabschluss", "wert": "2"}]
    asked = _asks(at, at.people[LISTED], berichtigung=wrong)
    assert screen("person", "berichtigen", "--person-file", str(asked))[0] == 0
    asked = _asks(at, at.people[LISTED])
    assert screen("person", "einschraenken", "--person-file", str(asked))[0] == 0
    asked = _asks(at, at.people[ERASED])
    assert screen("person", "loeschen", "--person-file", str(asked), "--bestaetigen", "--json")[0] in (0, 1)
    screen("person", "quittung", "--help")
    screen("uebermittlung", "widerrufe", "99901", "--json")
    told = list(sinks.files(at.settings.outbox))
    partners = {path.relative_to(at.settings.outbox).parts[0] for path in at.settings.outbox.rglob("*.txt")}
    assert partners == {"T01"}
    assert _labels(finder, told) == {"tn_nr 1", "tn_nr 2"}


def _no_key_anywhere(at: Exchange, searched: Sequence[sinks.Sink]) -> None:
    """The keys themselves: nowhere but in their file."""
    secrets = _secrets(json.loads((at.settings.home / KEYS / "schluessel.json").read_text(encoding="utf-8")))
    assert len(secrets) >= 2
    search = Search(Needles(raw={secret[:8]: "key" for secret in secrets}))
    assert search("seen red", secrets[0].hex().encode())
    assert not [str(hit) for place, content, table in searched for hit in search(place, content, table=table)]


def _secrets(value: object) -> list[bytes]:
    """Return everything in a key ring that has the length of a key, decoded."""
    if isinstance(value, dict):
        return [secret for item in value.values() for secret in _secrets(item)]
    if isinstance(value, list):
        return [secret for item in value for secret in _secrets(item)]
    found = []
    if isinstance(value, str):
        for decode in (bytes.fromhex, base64.urlsafe_b64decode, base64.b64decode):
            try:
                content = decode(value)
            except (ValueError, binascii.Error):
                continue
            if len(content) >= 32:
                found.append(content)
    return found
