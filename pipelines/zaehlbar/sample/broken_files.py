"""Small deliveries, each broken in one way, to try `zaehlbar check` on: `examples/kaputt/`, made anew by

    python -m zaehlbar.sample.broken_files

Belongs here: one case per kind of mistake a provider makes, with the rule that must find it. Does not belong here:
breaking large deliveries (mistakes).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zaehlbar import resources

Edit = Callable[[bytes], bytes]

PEOPLE = "Basis_V9002_T05_2026-01-01_2026-06-30_Teilnahmen_v1.csv"
HOURS = "Basis_V9002_T05_2026-01-01_2026-06-30_Monatswerte_v1.csv"
BOOK = "BIWAQ-Liste_V9003_T08_2026-06.xlsx"
CANONICAL = "BIWAQ_V9002_T04_2026-06_teilnahme_v01.csv"

_PEOPLE = """\
Nummer;Nachname;Vorname;Geburtsdatum;Geschlecht;Quartier;Eintritt;Austritt;Zugangsweg;Rechtskreis;Jobcenter;\
Erwerbsstatus;Arbeitslos;Einwilligung;Einwilligung am
TEST-00001;Musterfrau-Beispiel;Testina;14.03.1984;w;Q21;02.02.2026;;MUND;SGB2;99902;ALO;AB12;1;02.02.2026
TEST-00002;Müller-Muster;Jörg-Testo;30.11.1971;m;Q21;09.02.2026;15.05.2026;JC_EMPF;SGB2;99902;ALO;AB12;1;09.02.2026
TEST-00003;von der Musterheide;Renée-Testina;08.07.1990;w;Q22;16.02.2026;;QM;KEIN;;NERW;;2;16.02.2026
TEST-00004;Yılmaz-Beispiel;Kemal-Testo;21.01.1966;m;Q21;02.03.2026;30.04.2026;EIG;SGB2;99902;ALO;U6;1;02.03.2026
TEST-00005;Łapiński-Probe;Ute-Probella;05.05.1999;w;Q22;09.03.2026;;BERST;SGB2;99902;ERW;;1;09.03.2026
TEST-00006;Groß-Erfunden;Sören-Fiktivus;17.09.1978;m;AUSSERHALB;13.04.2026;;MUND;SGB3;;ALO;6BU12;0;13.04.2026
"""  # noqa: RUF001
_HOURS = """\
Nummer;Monatsletzter;Aktivität;Stunden
TEST-00001;28.02.2026;C01;2,5
TEST-00001;31.03.2026;D01;12
TEST-00002;28.02.2026;A02;1
TEST-00002;31.03.2026;E01;18,75
TEST-00003;28.02.2026;H01;3
TEST-00004;31.03.2026;G01;4,5
TEST-00005;30.04.2026;D03;6
TEST-00005;31.05.2026;G02;7,5
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One delivery: `edit` breaks `file`, and `rule` finds it."""

    slug: str
    what: str
    rule: str
    file: str
    edit: Edit


def _replace(old: str, new: str) -> Edit:
    """Replace the first `old`; ValueError when it is not there."""

    def edit(content: bytes) -> bytes:
        if old.encode() not in content:
            raise ValueError(f"nothing to break: {old!r}")
        return content.replace(old.encode(), new.encode(), 1)

    return edit


def _recode(content: bytes) -> bytes:
    return content.decode().replace("ı", "i").replace("Łapiński", "Lapinski").encode("cp1252")  # noqa: RUF001


def _without_column(content: bytes) -> bytes:
    lines = content.decode().splitlines()
    return "".join(line.split(";", 1)[1] + "\n" for line in lines).encode()


def _with_column(content: bytes) -> bytes:
    head, *lines = content.decode().splitlines()
    return "".join(line + "\n" for line in [head + ";Notiz", *(line + ";war da" for line in lines)]).encode()


def _commas(content: bytes) -> bytes:
    return content.replace(b",", b".").replace(b";", b",")


def _half(content: bytes) -> bytes:
    return content[: len(content) * 5 // 8]


def _line_again(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines, lines[1].replace(b";Q21;", b";Q22;")])


CASES = (
    Case("falscher-zeichensatz", "Windows-1252 statt UTF-8", "ZB-D-006", PEOPLE, _recode),
    Case("falsches-trennzeichen", "Komma statt Semikolon", "ZB-D-001", HOURS, _commas),
    Case("spalte-fehlt", "die Spalte „Nummer“ fehlt", "ZB-D-002", PEOPLE, _without_column),
    Case("spalte-zu-viel", "eine Spalte mit Freitext", "ZB-D-003", HOURS, _with_column),
    Case(
        "zeile-zu-kurz",
        "einer Zeile fehlen die letzten Spalten",
        "ZB-D-004",
        PEOPLE,
        _replace(";QM;KEIN;;NERW;;2;16.02.2026", ";QM;KEIN"),
    ),
    Case(
        "anfuehrung-offen",
        "ein Anführungszeichen ohne Ende",
        "ZB-D-005",
        PEOPLE,
        _replace("von der Musterheide", '"von der Musterheide'),
    ),
    Case("leere-datei", "0 Byte", "ZB-D-001", HOURS, lambda _: b""),
    Case("halbe-datei", "die Übertragung brach ab, das Begleitblatt nennt mehr Zeilen", "ZB-D-021", CANONICAL, _half),
    Case("mappe-beschaedigt", "eine Excel-Mappe, die keine mehr ist", "ZB-D-001", BOOK, _half),
    Case(
        "mappe-umbenannt",
        "eine Excel-Mappe mit der Endung .csv",
        "ZB-D-001",
        PEOPLE,
        lambda _: b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
    ),
    Case(
        "unmoegliches-datum",
        "31.04.2026 gibt es nicht",
        "ZB-F-002",
        PEOPLE,
        _replace("13.04.2026;;MUND", "31.04.2026;;MUND"),
    ),
    Case(
        "pflichtfeld-leer",
        "Einwilligung nicht ausgefüllt",
        "ZB-F-001",
        PEOPLE,
        _replace(";;2;16.02.2026", ";;;16.02.2026"),
    ),
    Case("unbekannter-code", "Rechtskreis ALG2 statt SGB2", "ZB-F-003", PEOPLE, _replace("MUND;SGB2", "MUND;ALG2")),
    Case("unbekannte-aktivitaet", "der Code Z98 steht nicht im Katalog", "ZB-F-010", HOURS, _replace("E01", "Z98")),
    Case(
        "kundennummer", "eine Nummer wie die des Jobcenters", "ZB-F-007", PEOPLE, _replace("TEST-00003", "123A456789")
    ),
    Case("austritt-vor-eintritt", "Austritt vor Eintritt", "ZB-Z-001", PEOPLE, _replace("15.05.2026", "15.01.2026")),
    Case(
        "eintritt-zu-spaet",
        "Eintritt nach dem Ende des Zeitraums",
        "ZB-Z-002",
        PEOPLE,
        _replace("09.03.2026;;BERST", "09.07.2026;;BERST"),
    ),
    Case("zu-jung", "bei Eintritt keine 18 Jahre alt", "ZB-Z-004", PEOPLE, _replace("05.05.1999", "05.05.2009")),
    Case(
        "jobcenter-fehlt",
        "Rechtskreis SGB2 ohne Jobcenter",
        "ZB-Z-008",
        PEOPLE,
        _replace("EIG;SGB2;99902", "EIG;SGB2;"),
    ),
    Case(
        "nicht-monatsletzter",
        "Monatssumme am 15. statt am Monatsletzten",
        "ZB-Z-011",
        HOURS,
        _replace("31.05.2026", "15.05.2026"),
    ),
    Case(
        "zweimal-verschieden", "dieselbe Teilnahme zweimal, mit verschiedenem Quartier", "ZB-T-001", PEOPLE, _line_again
    ),
)

_README_HEAD = """\
# Kaputte Lieferungen

Kleine Lieferungen erfundener Personen, jede auf genau eine Art kaputt. Zum Ausprobieren:

    zaehlbar check examples/kaputt/austritt-vor-eintritt/*

Erzeugt von `python -m zaehlbar.sample.broken_files`; ein Test prüft, dass jede Regel ihren Fall findet.

| Ordner | Datei | Was kaputt ist | Regel |
| --- | --- | --- | --- |
"""


def build(folder: Path) -> None:
    """Write all cases, one folder each, and the README into the (new or replaced) `folder`."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    intact = _intact(folder)
    for case in CASES:
        own = folder / case.slug
        own.mkdir()
        for files in intact:
            if case.file in files:
                for name, content in files.items():
                    (own / name).write_bytes(case.edit(content) if name == case.file else content)
    rows = [f"| `{case.slug}` | `{case.file}` | {case.what} | {case.rule} |" for case in CASES]
    (folder / "README.md").write_text(_README_HEAD + "\n".join(rows) + "\n", encoding="utf-8", newline="\n")


def _intact(folder: Path) -> tuple[dict[str, bytes], ...]:
    """Return the deliveries before anything is broken in them, file name → content."""
    inbox = folder.parent / "inbox"
    if not inbox.is_dir():
        inbox = resources.folder("site").parent / "inbox"
    return (
        {PEOPLE: _PEOPLE.encode(), HOURS: _HOURS.encode()},
        {BOOK: (inbox / "T08" / BOOK).read_bytes()},
        {path.name: path.read_bytes() for path in sorted((inbox / "T04").glob("BIWAQ_V9002_T04_2026-06_*.csv"))},
    )


def main() -> None:
    """Rebuild `examples/kaputt/` of this checkout (after `examples/inbox/`)."""
    build(resources.folder("site").parent / "kaputt")


if __name__ == "__main__":
    main()
