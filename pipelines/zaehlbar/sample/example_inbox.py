"""The example inbox: what the providers of the example site send in a year, made anew by

    python -m zaehlbar.sample.example_inbox

Belongs here: the files. Does not belong here: which deliveries there are (example_shipments), single people
(example_cases), what must come out (example_answers), broken files for `check` (broken_files).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from zaehlbar import resources
from zaehlbar.sample import canonical, example_answers, export
from zaehlbar.sample.example_shipments import Shipment, shipments
from zaehlbar.sample.tables import Tables
from zaehlbar.site import FilePart, Site, load_site

_TITLES = {"T03": "Frauenwege Musterhausen", "T08": "Lernladen Altmarkt"}
_SUBTITLE = "Teilnehmendenliste BIWAQ, alle Personen sind erfunden"
_AGAIN = "noch einmal gesendet"


def build(inbox: Path, answers: Path | None = None) -> None:
    """Write the example inbox into the (new or replaced) folder `inbox`, and what must come out of it to `answers`."""
    site = load_site(resources.folder("site"))
    made = list(shipments(site))
    if inbox.exists():
        shutil.rmtree(inbox)
    sent: list[tuple[Shipment, tuple[Path, ...]]] = []
    names: set[str] = set()
    for shipment in made:
        folder = inbox / shipment.provider.partner.eingang
        if _first_name(shipment) in names:
            folder /= _AGAIN
        names.add(_first_name(shipment))
        folder.mkdir(parents=True, exist_ok=True)
        sent.append((shipment, _write(folder, shipment, site)))
    if answers is not None:
        example_answers.write(answers, inbox, sent)


def _first_name(shipment: Shipment) -> str:
    return f"{shipment.provider.partner.tvp_id} {shipment.period.end} {shipment.version}"


def _write(folder: Path, shipment: Shipment, site: Site) -> tuple[Path, ...]:
    profile = shipment.provider.partner.profil
    if profile == "kanonisch":
        return canonical.write_delivery(
            folder, shipment.provider, shipment.period, shipment.tables, shipment.version, shipment.sent
        )
    parts = {str(part.tabelle): part for part in site.profile[profile].dateien}
    tables = {**shipment.tables, **(shipment.sent or {})}
    if profile == "xlsx":
        return _workbook(folder, shipment, tables, parts)
    if profile == "basis":
        return _basis(folder, shipment, tables, parts)
    return _werkstatt(folder, shipment, tables, parts, site)


def _ids(shipment: Shipment, between: str) -> str:
    return f"{shipment.provider.vorhaben.vorhaben_id}{between}{shipment.provider.partner.tvp_id}"


def _werkstatt(
    folder: Path, shipment: Shipment, tables: Tables, parts: Mapping[str, FilePart], site: Site
) -> tuple[Path, ...]:
    period = shipment.period
    labels = {entry.code: entry.name for entry in site.katalog.codes}
    extra = {
        "teilnahme": {"Nr.": [str(number) for number in range(1, tables["teilnahme"].num_rows + 1)]},
        "aktivitaet": {"Bezeichnung": [labels[code] for code in tables["aktivitaet"]["aktivitaet_code"].to_pylist()]},
    }
    written = []
    for table, word in (("teilnahme", "Teilnehmende"), ("aktivitaet", "Stunden")):
        path = folder / f"{word}_{_ids(shipment, '-')}_{period.start}_{period.end}.csv"
        path.write_bytes(export.csv_file(parts[table], export.rows_of(parts[table], tables[table], extra[table])))
        written.append(path)
    return tuple(written)


def _basis(folder: Path, shipment: Shipment, tables: Tables, parts: Mapping[str, FilePart]) -> tuple[Path, ...]:
    period, version = shipment.period, shipment.version
    contents = {"teilnahme": tables["teilnahme"], "aktivitaet": export.monthly(tables["aktivitaet"])}
    written = []
    for table, word in (("teilnahme", "Teilnahmen"), ("aktivitaet", "Monatswerte")):
        path = folder / f"Basis_{_ids(shipment, '_')}_{period.start}_{period.end}_{word}_v{version}.csv"
        path.write_bytes(export.csv_file(parts[table], export.rows_of(parts[table], contents[table])))
        written.append(path)
    return tuple(written)


def _workbook(folder: Path, shipment: Shipment, tables: Tables, parts: Mapping[str, FilePart]) -> tuple[Path, ...]:
    version = f"_v{shipment.version}" if shipment.version > 1 else ""
    path = folder / f"BIWAQ-Liste_{_ids(shipment, '_')}_{shipment.period.end:%Y-%m}{version}.xlsx"
    notes = ["Unterlagen im Büro" if row % 9 == 4 else None for row in range(tables["teilnahme"].num_rows)]
    rows = {
        "teilnahme": export.rows_of(parts["teilnahme"], tables["teilnahme"], {"Bemerkung intern": notes}),
        "aktivitaet": export.rows_of(parts["aktivitaet"], tables["aktivitaet"]),
    }
    titles = (_TITLES[shipment.provider.partner.tvp_id], _SUBTITLE)
    export.xlsx_file(path, parts, rows, titles, shipment.period, shipment.version)
    if shipment.verdict == "abgelehnt":
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    return (path,)


def main() -> None:
    """Rebuild `examples/inbox/` and `examples/erwartet.yaml` of this checkout."""
    examples = resources.folder("site").parent
    build(examples / "inbox", examples / "erwartet.yaml")


if __name__ == "__main__":
    main()
