"""Deliveries that carry the people wherever a delivery can carry anything, in every format the site's profiles read.

Belongs here: the site (the example's, with a partner per case) and the files. Each case has people of its own,
    so that a
hit tells where it came from. Does not belong here: running anything.
"""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from tests.support.leak.people import Person, people
from tests.support.night import SITE

Row = Mapping[str, Any]
_PREFIX = "(?:.*__)?"
"""Before every file name the site's profiles allow anything: providers put names there."""

UTF16 = r"""
profil: utf16
beschreibung: Tabulator und UTF-16, zwei Titelzeilen
zeitraum: {aus: dateiname}
dateien:
  - tabelle: teilnahme
    muster: 'Uni_(?P<vorhaben_id>V\d+)_(?P<tvp_id>T\d+)_(?P<von>[-\d]{10})_(?P<bis>[-\d]{10})_v(?P<version>\d+)\.txt'
    format: {art: csv, zeichensatz: utf-16, trennzeichen: "\t", kopfzeile: 3}
    spalten: {tn_nr: Nr, nachname: Name, vorname: Vorname, geburtsdatum: geboren, geschlecht: G, plz: PLZ,
      quartier_id: Q, eintritt_datum: von, einwilligung_stufe: E, einwilligung_am: E am}
"""

PARTNERS = {
    "T01": "kanonisch", "T02": "werkstatt", "T03": "xlsx", "T04": "kanonisch", "T05": "basis", "T06": "werkstatt",
    "T07": "kanonisch", "T08": "xlsx", "T09": "vorlage", "T10": "utf16", "T12": "werkstatt", "T13": "werkstatt",
    "T14": "basis", "T15": "basis", "T16": "basis", "T17": "basis", "T18": "kanonisch", "T19": "basis",
}  # fmt: skip
"""Partner → profile; all of them of Vorhaben V9001."""

CRASHING = {"T14": "ingest", "T15": "validate", "T16": "pseudonymize", "T17": "load"}
"""Partner → the stage at which its delivery crashes."""


@dataclass(frozen=True)
class Planted:
    """What was written where: inbox, site, people, and the words that stand in names of files, sheets and columns."""

    inbox: Path
    site: Path
    people: tuple[Person, ...]
    words: tuple[str, ...]


def plant(folder: Path) -> Planted:
    """Write site and inbox below `folder`."""
    folk = people(40)
    site, inbox = folder / "site", folder / "inbox"
    write_site(site)
    names = tuple(f"{person.vorname}{person.nachname}".replace(" ", "").replace("'", "") for person in folk[32:])
    book = Writer(inbox, folk, names)
    book.good()
    book.bad()
    book.odd()
    return Planted(inbox, site, folk, names)


def write_site(folder: Path) -> None:
    shutil.copytree(SITE, folder)
    (folder / "profile" / "utf16.yaml").write_text(UTF16, encoding="utf-8")
    for path in (folder / "profile").glob("*.yaml"):
        content = path.read_text(encoding="utf-8").replace("muster: '", f"muster: '{_PREFIX}")
        # (the pattern of a totals row is no pattern of a file name; the example has none written out)
        path.write_text(content, encoding="utf-8")
    path = folder / "vorhaben.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["vorhaben"] = document["vorhaben"][:1]
    document["vorhaben"][0]["partner"] = [
        {"tvp_id": tvp, "name": f"Träger {tvp} (erfunden)", "profil": profile, "eingang": tvp,
            "rhythmus": "halbjaehrlich",
         "von": date(2025, 7, 1), "bis": date(2026, 6, 30)}
        for tvp, profile in PARTNERS.items()
    ]  # fmt: skip
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


class Writer:
    """Writes the cases, one method per kind."""

    def __init__(self, inbox: Path, folk: Sequence[Person], words: Sequence[str]) -> None:
        self.inbox, self.folk, self.words = inbox, folk, words

    def good(self) -> None:
        """Every format, loaded; with people also in columns, sheets, notes and names of files that nobody asked for."""
        a, b, gone, none = self.folk[0], self.folk[1], self.folk[22], self.folk[23]
        extra = {self.words[0]: a.name, "Bemerkung": f"{b.name}, {b.strasse}, {b.plz}, {b.telefon}, {b.mail}",
                 "BG": b.bg_nummer, "Kundennummer 123A456789": b.kundennummer}  # fmt: skip
        rows = [participation("T01", person, **extra) for person in (a, b)]
        rows.append(participation("T01", gone, widerruf_am="2026-02-01", **extra))
        rows.append(participation("T01", none, einwilligung_stufe="0", einwilligung_am="", **extra))
        self.canonical("T01", rows, folder=self.words[1], manifest={"Ansprechperson": a.name})
        c, d = self.folk[3], self.folk[4]
        self.workshop("T02", (c, d), name=f"{self.words[2]}__")
        e, f = self.folk[2], self.folk[5]
        self.workbook("T03", (e, f))
        g, h = self.folk[8], self.folk[6]
        self.basis("T05", (g, h), bom=True)
        self.template("T09", (self.folk[11], self.folk[7]))
        self.unicode("T10", (self.folk[14], self.folk[9]))
        for tvp, nr in zip(CRASHING, (24, 25, 26, 27), strict=True):
            self.basis(tvp, (self.folk[nr],))

    def bad(self) -> None:
        """Rows and deliveries that are rejected, refused or held; and people in fields that are not theirs."""
        a, b, c = self.folk[17], self.folk[10], self.folk[12]
        good = [participation("T04", person) for person in self.folk[28:31]] * 1
        wrong = [
            participation("T04", a, geburtsdatum=f"geb. {a.name}", eintritt_datum=f"ca. {a.name}"),
            participation("T04", b, geschlecht=b.nachname, status=b.nachname, zugangsweg=b.vorname, plz=b.nachname),
            participation(
                "T04", b, tn_nr=b.tn_nr + "b", austritt_grund=b.name, jobcenter_nr=b.name, sprache_stufe=b.strasse
            ),
            participation("T04", c, nachname=c.nachname * 12, tn_nr=c.tn_nr * 2, hemmnisse_anzahl_eintritt=c.name),
            participation("T04", c, tn_nr=c.kundennummer, einwilligung_empfaenger=c.bg_nummer, einwilligung_am=c.name),
            participation("T04", c, fragebogen_teil1_ok=c.nachname, einwilligung_version=c.nachname * 3),
        ]
        hours = [activity("T04", person) for person in self.folk[28:31]]
        hours += [
            activity("T04", a, dauer_min=a.name, datum=a.name),
            activity("T04", b, format=b.name, ergebnis=b.vorname),
        ]
        self.canonical(
            "T04", [*good, *good, *wrong], hours, tail=f'V9001;T04;{c.tn_nr};"{c.nachname}\n{c.vorname};;;{c.mail}'
        )
        p = self.folk[13]
        self.workshop("T06", (p,), header=("TN-Nummer", p.nachname, p.vorname))  # required columns are missing: refused
        q = self.folk[16]
        self.damaged("T08", q)
        r = self.folk[15]
        self.canonical("T07", [participation("T07", r)], encoding="utf-16")  # not the declared character set
        for tvp, first in (("T12", 18), ("T13", 20)):  # two different files without version: the second is held
            self.workshop(tvp, (self.folk[first],))
            self.workshop(tvp, (self.folk[first], self.folk[first + 1]), name=f"{self.words[3]}/")
        self.strange_fields()

    def strange_fields(self) -> None:
        """People in fields that nobody reads as names and that pass unless somebody looks."""
        a, b, c = self.folk[31], self.folk[35], self.folk[38]
        rows = [
            participation(
                "T18", a, quartier_id=a.vorname, einwilligung_empfaenger=a.name, einwilligung_version=a.tn_nr
            ),
            participation(
                "T18",
                b,
                quartier_id=b.tn_nr,
                einwilligung_version=b.vorname,
                einwilligung_empfaenger=f"JC, Frau {b.nachname}",
            ),
            participation(
                "T18",
                c,
                einwilligung_empfaenger=f"{c.geburtsdatum:%d.%m.%Y}",
                einwilligung_version=c.plz,
                quartier_id=c.plz,
            ),
        ]
        hours = [activity("T18", a, aktivitaet_code=a.vorname), activity("T18", b, aktivitaet_code=b.tn_nr)]
        hours.append(activity("T18", c, aktivitaet_code=c.nachname.split("-")[0][:20].upper()))
        offers = [{"vorhaben_id": "V9001", "tvp_id": "T18", "datum": "2026-03-05", "angebot_code": b.vorname,
                   "quartier_id": a.vorname, "anzahl_gesamt": 4}]  # fmt: skip
        directory = [{"vorhaben_id": "V9001", "tvp_id": "T18", "angebot_id": a.tn_nr, "titel": f"Treff mit {a.name}",
                      "kurztext": f"Auskunft: {b.nachname}, {b.telefon}", "zielgruppe": a.name,
                      "quartier_id": b.vorname,
                      "zeiten": f"bei {b.nachname}", "sprache": a.nachname, "funktionskontakt": b.name}]  # fmt: skip
        agreement = [{"vorhaben_id": "V9001", "tvp_id": "T18", "jobcenter_nr": "99901", "erreichbarkeit": a.name,
                      "kontakt_funktion_jobcenter": b.name, "kontakt_funktion_vorhaben": a.nachname,
                      "kategorien_version": b.vorname}]  # fmt: skip
        manifest = {"akronym": a.name, "foerderrunde": b.vorname}
        self.canonical("T18", rows, hours, manifest, angebot=offers, verzeichnis=directory, vereinbarung=agreement)

    def odd(self) -> None:
        """What forms no delivery: strangers, packed files, a link out of the inbox, and one that is not whole."""
        folder = self.inbox / "T05"
        (folder / f"{self.words[4]}.docx").write_bytes(self.folk[36].name.encode())
        with zipfile.ZipFile(folder / f"{self.words[5]}.zip", "w") as archive:
            archive.writestr("Basis_V9001_T05_2026-01-01_2026-06-30_Teilnahmen_v1.csv", self.folk[37].name)
        outside = self.inbox.parent / "draussen.csv"
        outside.write_text(self.folk[37].name, encoding="utf-8")
        (folder / f"{self.words[6]}.csv").symlink_to(outside)
        unreadable = self.inbox / "T19" / f"{self.words[7]}__Basis_V9001_T19_2026-01-01_2026-06-30_Teilnahmen_v1.csv"
        unreadable.parent.mkdir(parents=True)
        unreadable.write_text(self.folk[39].name, encoding="utf-8")  # its second file is missing

    # --- formats ------------------------------------------------------------------------------------------------------

    def canonical(
        self,
        tvp: str,
        rows: Sequence[Row],
        hours: Sequence[Row] = (),
        manifest: Row | None = None,
        *,
        folder: str = "",
        tail: str = "",
        encoding: str = "utf-8",
        **more: Sequence[Row],
    ) -> None:
        head = {"vorhaben_id": "V9001", "tvp_id": tvp, "schema_version": "1.0", "zeitraum_von": "2026-01-01",
                "zeitraum_bis": "2026-06-30", "version": 1, "umfang": "voll",
                "erstellt_am": "2026-07-05", **(manifest or {})}  # fmt: skip
        hours = hours or [activity(tvp, row) for row in rows]
        tables = {"lieferung": [head], "teilnahme": rows, "aktivitaet": hours, **more}
        target = self.inbox / tvp / folder
        target.mkdir(parents=True, exist_ok=True)
        for name, content in tables.items():
            text = table_text(content) + (tail if name == "teilnahme" else "")
            (target / f"BIWAQ_V9001_{tvp}_2026-06_{name}_v01.csv").write_bytes(text.encode(encoding))

    def workshop(self, tvp: str, folk: Sequence[Person], name: str = "", header: Sequence[str] = ()) -> None:
        ids = f"V9001-{tvp}_2026-01-01_2026-06-30.csv"
        rows: list[Row] = [
            {"TN-Nummer": p.tn_nr, "Name": p.nachname, "Vorname": p.vorname, "geb. am": f"{p.geburtsdatum:%d.%m.%Y}",
             "Geschlecht": "weiblich", "Stadtteil": "Ziegelei", "Beginn": "05.01.2026",
             "Wie zu uns gekommen": "angesprochen",
             "Leistung": "Jobcenter", "Jobcenter-Nr.": "99901", "Status": "arbeitslos", "Einwilligung": "Statistik",
             "Einwilligung vom": "05.01.2026", "Nr.": p.kundennummer, f"Notiz {p.nachname}"[:30]: p.strasse}
            for p in folk
        ]  # fmt: skip
        if header:
            rows = [dict.fromkeys(header, folk[0].name)]
        hours = [{"TN-Nummer": p.tn_nr, "Tag": "09.01.2026", "Code": "C01", "Stunden": "2,5", "Form": "einzeln",
                  "Bezeichnung": p.name} for p in folk]  # fmt: skip
        self._write(tvp, f"{name}Teilnehmende_{ids}", table_text(rows).encode("cp1252", "replace"))
        self._write(tvp, f"{name}Stunden_{ids}", table_text(hours).encode("cp1252", "replace"))

    def basis(self, tvp: str, folk: Sequence[Person], *, bom: bool = False) -> None:
        ids = f"V9001_{tvp}_2026-01-01_2026-06-30"
        rows = [
            {"Nummer": p.tn_nr, "Nachname": p.nachname, "Vorname": p.vorname,
                "Geburtsdatum": f"{p.geburtsdatum:%d.%m.%Y}",
             "Geschlecht": "m", "Quartier": "Q12", "Eintritt": "05.01.2026", "Zugangsweg": "MUND",
             "Rechtskreis": "SGB2",
             "Jobcenter": "99901", "Erwerbsstatus": "ALO", "Einwilligung": "1", "Einwilligung am": "05.01.2026"}
            for p in folk
        ]  # fmt: skip
        hours = [{"Nummer": p.tn_nr, "Monatsletzter": "31.01.2026", "Aktivität": "C01", "Stunden": "9"} for p in folk]
        encoding = "utf-8-sig" if bom else "utf-8"
        self._write(tvp, f"Basis_{ids}_Teilnahmen_v1.csv", table_text(rows).encode(encoding))
        self._write(tvp, f"Basis_{ids}_Monatswerte_v1.csv", table_text(hours).encode(encoding))

    def unicode(self, tvp: str, folk: Sequence[Person]) -> None:
        rows = [{"Nr": p.tn_nr, "Name": p.nachname, "Vorname": p.vorname, "geboren": f"{p.geburtsdatum:%d.%m.%Y}",
            "G": "w",
                 "PLZ": p.plz, "Q": "Q11", "von": "05.01.2026", "E": "1",
                 "E am": "05.01.2026"} for p in folk]  # fmt: skip
        titles = f"Liste für {folk[0].name}\r\n{folk[1].strasse}, {folk[1].plz}\r\n"
        text = titles + table_text(rows).replace(";", "\t")
        self._write(tvp, f"Uni_V9001_{tvp}_2026-01-01_2026-06-30_v1.txt", text.encode("utf-16"))

    def workbook(self, tvp: str, folk: Sequence[Person]) -> None:
        from xlsxwriter import Workbook

        a, b = folk
        path = self._path(tvp, f"{self.words[0]}__BIWAQ-Liste_V9001_{tvp}_2026-06.xlsx")
        with Workbook(str(path), {"default_date_format": "dd.mm.yyyy"}) as book:
            book.set_properties({"title": a.name, "author": b.name, "comments": a.strasse, "keywords": b.tn_nr})
            cover = book.add_worksheet("Deckblatt")
            for row, day in ((3, date(2026, 1, 1)), (4, date(2026, 6, 30))):
                cover.write_datetime(row, 1, day)
            cover.write(5, 1, 1)
            cover.write(0, 0, f"Liste von {a.name}")
            sheet = book.add_worksheet("Teilnehmende")
            head = ("Nr.", "Nachname", "Vorname", "Geburtsdatum", "m/w/d", "PLZ", "Quartier", "Eintritt",
                "Einwilligung",
                    "vom", "Bemerkung intern", self.words[1][:40])  # fmt: skip
            sheet.write(0, 0, f"{b.name}: {b.strasse}")
            sheet.write_row(3, 0, head)
            for row, p in enumerate(folk, start=4):
                texts = (p.tn_nr, p.nachname, p.vorname, None, "w", p.plz, "Q11", None, "ja", None, p.telefon, p.mail)
                for column, text in enumerate(texts):
                    if text is not None:
                        sheet.write_string(row, column, text)
                for column, day in ((3, p.geburtsdatum), (7, date(2026, 1, 5)), (9, date(2026, 1, 5))):
                    sheet.write_datetime(row, column, day)
            sheet.write_comment(4, 1, f"{a.name}, {a.kundennummer}", {"author": b.nachname})
            sheet.write_string(6, 0, f"Summe {a.nachname}")
            times = book.add_worksheet("Aktivitäten")
            times.write_row(3, 0, ("Nr.", "Datum", "Aktivität", "Minuten"))
            for row, p in enumerate(folk, start=4):
                times.write(row, 0, p.tn_nr)
                times.write_datetime(row, 1, date(2026, 1, 9))
                times.write(row, 2, "C01")
                times.write(row, 3, 90)
            hidden = book.add_worksheet(self.words[2][:30])
            hidden.hide()
            hidden.write(0, 0, f"{b.name} {b.mail}")

    def template(self, tvp: str, folk: Sequence[Person]) -> None:
        from xlsxwriter import Workbook

        path = self._path(tvp, f"BIWAQ-Vorlage_V9001_{tvp}_2026-06.xlsx")
        head = {"vorhaben_id": "V9001", "tvp_id": tvp, "schema_version": "1.0", "zeitraum_von": "2026-01-01",
                "zeitraum_bis": "2026-06-30", "version": "1", "umfang": "voll"}  # fmt: skip
        skipped = {"vorhaben_id", "tvp_id"}
        rows = [{k: v for k, v in participation(tvp, p).items() if k not in skipped} for p in folk]
        hours = [{k: v for k, v in activity(tvp, p).items() if k not in skipped} for p in folk]
        with Workbook(str(path)) as book:
            for title, content in (("Lieferung", [head]), ("Teilnahme", rows), ("Aktivität", hours)):
                sheet = book.add_worksheet(title)
                sheet.write_row(0, 0, [folk[0].name] * 2)
                sheet.write_row(1, 0, list(content[0]))
                for at, row in enumerate(content, start=2):
                    sheet.write_row(at, 0, [str(value) for value in row.values()])

    def damaged(self, tvp: str, person: Person) -> None:
        """A workbook of which the end is missing, with a name in clear in what is left."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("xl/workbook.xml", f"<workbook>{person.name} {person.tn_nr}")
        self._write(tvp, f"BIWAQ-Liste_V9001_{tvp}_2026-06.xlsx", buffer.getvalue()[:-30])

    def _path(self, tvp: str, name: str) -> Path:
        path = self.inbox / tvp / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _write(self, tvp: str, name: str, content: bytes) -> None:
        self._path(tvp, name).write_bytes(content)


def participation(tvp: str, person: Person, **changes: str) -> dict[str, str]:
    """Return a row of `teilnahme` as the data contract has it."""
    return {
        "vorhaben_id": "V9001", "tvp_id": tvp, "tn_nr": person.tn_nr, "nachname": person.nachname,
        "vorname": person.vorname,
        "geburtsdatum": person.geburtsdatum.isoformat(), "geschlecht": "w", "plz": person.plz, "quartier_id": "Q11",
        "eintritt_datum": "2026-01-05", "status": "", "austritt_grund": "", "zugangsweg": "MUND", "rechtskreis": "SGB2",
        "jobcenter_nr": "99901", "erwerbsstatus_eintritt": "ALO", "sprache_stufe": "", "hemmnisse_anzahl_eintritt": "",
        "einwilligung_stufe": "1", "einwilligung_am": "2026-01-05", "einwilligung_version": "2026-01",
        "einwilligung_empfaenger": "", "widerruf_am": "", "fragebogen_teil1_ok": "", **changes,
    }  # fmt: skip


def activity(tvp: str, person: Person | Row, **changes: str) -> dict[str, str]:
    """Return a row of `aktivitaet` for a person or for a row of `teilnahme`."""
    number = person.tn_nr if isinstance(person, Person) else person["tn_nr"]
    return {
        "vorhaben_id": "V9001", "tvp_id": tvp, "tn_nr": number, "aktivitaet_code": "C01", "datum": "2026-01-09",
        "periode": "T", "dauer_min": "90", "format": "EINZEL", "ergebnis": "", **changes,
    }  # fmt: skip


def table_text(rows: Sequence[Row]) -> str:
    """Return rows as CSV text with semicolons; the columns are those of all rows together."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, delimiter=";", lineterminator="\r\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
