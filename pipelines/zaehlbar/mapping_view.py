"""What `zaehlbar mapping check` and `coverage` show: tables for a person, values for a program. They count nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from zaehlbar.categorize import UNMAPPED_CATEGORY, labels_of, snippet, suggest
from zaehlbar.count.coverage import ALL
from zaehlbar.count.figures import DISTINCTION, NOTE
from zaehlbar.dates import today
from zaehlbar.site.agreement import Reviewed, reviewed, state
from zaehlbar.site.mapping import unmapped_codes

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from zaehlbar.categorize import Suggestion
    from zaehlbar.count.coverage import Coverage, UsedCode, UsedEvent
    from zaehlbar.site import Site

_SHARES = {
    "gezaehlt": "gezählt",
    "bagatelle": "K-0 Bagatelle: bisher unter der Stundenschwelle",
    "organisatorisch": "K-0 organisatorisch, nicht gezählt",
    "nicht_zugeordnet": "K-0 nicht zugeordnet",
}
# ---- check


def check_values(site: Site, used: Coverage | None) -> dict[str, Any]:
    """Return what `check --json` prints."""
    return {
        "abstimmung": state(site),
        "teile": {file: _review(part) for file, part in reviewed(site).items()},
        "codes": _code_rows(site),
        "ohne_zuordnung": unmapped_codes(site),
        "ohne_zuordnung_in_gebrauch": None if used is None else used.unmapped(),
        "falsche_tabelle": None if used is None else _misplaced(site, used),
    }


def show_check(site: Site, used: Coverage | None) -> None:
    console, table = terminal()
    console.print(
        f"Site {site.head.site}, Version {site.head.version}: keine Lücken, keine Überschneidungen.", highlight=False
    )
    console.print(f"Stand: {state(site)}.\n", style="bold", highlight=False)
    rows = [{"Datei": file, **_review_cells(part)} for file, part in reviewed(site).items()]
    console.print(table("Abstimmung", rows))
    console.print(table(f"Was ein Code zählt (am {today():%d.%m.%Y})", map(_code_cells, _code_rows(site))))
    missing = unmapped_codes(site)
    if missing:
        console.print(
            f"Ohne Zuordnung im Katalog, zählen als „nicht zugeordnet“: {', '.join(missing)}.", highlight=False
        )
    if used is None:
        console.print("Ohne Warehouse geprüft: welche Codes vorkommen, ist nicht bekannt.")
        return
    in_use = used.unmapped()
    if in_use:
        said = (
            f"Ohne Zuordnung und in Gebrauch: {', '.join(in_use)}. Anzahlen und Vorschläge: zaehlbar mapping coverage"
        )
        console.print(said, style="bold", highlight=False)
    else:
        console.print("Jeder Code, der in den Lieferungen vorkommt, hat eine Kategorie.")
    _say_misplaced(console, site, used)


def _review(part: Reviewed) -> dict[str, Any]:
    consents = {name: getattr(part, name) for name in ("freigegeben", "zugestimmt")}
    own = {name: None if found is None else found.model_dump(mode="json") for name, found in consents.items()}
    return {"version": part.version, **own, "fehlt": list(part.missing)}


def _review_cells(part: Reviewed) -> dict[str, object]:
    def said(name: str) -> str:
        found = getattr(part, name)
        return f"{found.am:%d.%m.%Y}, {found.funktion}" if found else "–"

    return {"Version": part.version, "freigegeben": said("freigegeben"), "zugestimmt": said("zugestimmt")}


def _code_rows(site: Site) -> list[dict[str, Any]]:
    """Return each code of the catalogue with what it counts as today, and how that changes."""
    day = today()
    rows = []
    for entry in sorted(site.katalog.codes, key=lambda item: (item.code, item.gueltig_ab)):
        spans = sorted(
            (item for item in site.kategorien.zuordnung if item.code == entry.code), key=lambda x: x.gueltig_ab
        )
        now = next((s for s in spans if s.gueltig_ab <= day and (s.gueltig_bis is None or day <= s.gueltig_bis)), None)
        later = next((s for s in spans if s.gueltig_ab > day), None)
        ended = entry.gueltig_bis is not None and entry.gueltig_bis < day
        rows.append(
            {
                "code": entry.code,
                "bezeichnung": entry.name,
                "tabelle": entry.tabelle,
                "gueltig_ab": entry.gueltig_ab,
                "gueltig_bis": entry.gueltig_bis,
                "kategorie": now.kategorie if now else None if ended else UNMAPPED_CATEGORY,
                "seit": now.gueltig_ab if now else None,
                "kuenftig": {"kategorie": later.kategorie, "ab": later.gueltig_ab} if later else None,
            }
        )
    return rows


def _code_cells(row: Mapping[str, Any]) -> dict[str, object]:
    later = row["kuenftig"]
    return {
        "Code ": row["code"],
        "Bezeichnung": row["bezeichnung"],
        "zählt als": row["kategorie"] or "beendet",
        "seit": f"{row['seit']:%d.%m.%Y}" if row["seit"] else "–",
        "künftig": f"{later['kategorie']} ab {later['ab']:%d.%m.%Y}" if later else "",
    }


def _misplaced(site: Site, used: Coverage) -> list[str]:
    """Return codes of events that were delivered for persons, and the other way round."""
    tables = {entry.code: entry.tabelle for entry in site.katalog.codes}
    found = {row.code for row in used.codes if tables.get(row.code) == "angebot"}
    return sorted(found | {row.code for row in used.events if tables.get(row.code) == "aktivitaet"})


def _say_misplaced(console: Console, site: Site, used: Coverage) -> None:
    wrong = _misplaced(site, used)
    if wrong:
        said = f"In der falschen Tabelle geliefert (Ereignis bei Personen oder umgekehrt): {', '.join(wrong)}."
        console.print(said, highlight=False)


# ---- coverage


def coverage_values(site: Site, used: Coverage) -> dict[str, Any]:
    """Return what `coverage --json` prints. Rows per partner are for the Vorhabenträger only."""
    shares = used.shares(site)
    proposals = _proposals(site, used)
    return {
        "hinweis": NOTE,
        "abgrenzung": DISTINCTION,
        "abstimmung": state(site),
        "anteile": {name: {"einheiten": units, "dauer_min": minutes} for name, (units, minutes) in shares.items()},
        "codes": [asdict(row) for row in used.codes],
        "ereignisse": [asdict(row) for row in used.events],
        "ohne_zuordnung": used.unmapped(),
        "falsche_tabelle": _misplaced(site, used),
        "vorschlaege": [asdict(item) for item in proposals],
        "vorschlag_yaml": _snippet(site, used, proposals),
    }


def show_coverage(site: Site, used: Coverage) -> None:
    console, table = terminal()
    console.print(f"{NOTE.upper()} · Zuordnung {site.kategorien.version}: {state(site)}", style="bold", highlight=False)
    console.print(f"{DISTINCTION}.\n", highlight=False)
    shares = used.shares(site)
    all_units, all_minutes = (sum(values[at] for values in shares.values()) for at in (0, 1))
    rows = [
        {
            "Anteil": said,
            "Einheiten": f"{shares[name][0]:>7}",
            "davon": _percent(shares[name][0], all_units),
            "Stunden": f"{hours(shares[name][1]):>9}",
            "davon ": _percent(shares[name][1], all_minutes),
        }
        for name, said in _SHARES.items()
    ]
    console.print(table("Was aus den besuchten Einheiten wird", rows))
    console.print(table("Codes in Gebrauch", (_used_cells(site, row) for row in used.total())))
    events = [row for row in used.events if row.vorhaben_id == ALL]
    if events:
        console.print(table("Ereignisse ohne Person", (_event_cells(site, row) for row in events)))
    _say_misplaced(console, site, used)
    if not used.unmapped():
        console.print("Jeder Code in Gebrauch hat eine Kategorie.")
        return
    _show_unmapped(console, table, site, used)


def _show_unmapped(console: Console, table: Any, site: Site, used: Coverage) -> None:
    rows: list[UsedCode | UsedEvent] = [*used.codes, *used.events]
    own = [row for row in rows if not row.mapped and row.vorhaben_id != ALL]
    title = f"Ohne Zuordnung, je Vorhaben und Partner (* = alle; nur für den Vorhabenträger) · {NOTE}"
    console.print(
        table(title, map(_unmapped_cells, sorted(own, key=lambda row: (row.code, row.vorhaben_id, row.tvp_id))))
    )
    proposals = _proposals(site, used)
    silent = [code for code in used.unmapped() if code not in {item.code for item in proposals}]
    if silent:
        said = f"Kein Vorschlag (keine Bezeichnung bekannt oder keine ähnlich): {', '.join(silent)}."
        console.print(said, highlight=False, soft_wrap=True)
    if proposals:
        console.print("Vorschlag zum Prüfen; er gilt nicht von selbst:", style="bold")
        console.print(_snippet(site, used, proposals), highlight=False, markup=False, soft_wrap=True)


def _proposals(site: Site, used: Coverage) -> list[Suggestion]:
    return [item for code in used.unmapped() for item in suggest(site, code)]


def _snippet(site: Site, used: Coverage, proposals: Sequence[Suggestion]) -> str | None:
    since: dict[str, date] = {}
    rows: list[UsedCode | UsedEvent] = [*used.codes, *used.events]
    for row in rows:
        since[row.code] = min(since.get(row.code, row.erste), row.erste)
    return snippet(site, list(proposals), since) if proposals else None


def _used_cells(site: Site, row: UsedCode) -> dict[str, object]:
    return {
        "Code ": row.code,
        "Bezeichnung": next(iter(labels_of(site, row.code)), "(nicht im Katalog)"),
        "zählt als": row.kategorie,
        "Einh.": row.einheiten,
        "Std.": f"{hours(row.dauer_min):>8}",
        "Teiln.": row.teilnahmen,
        "Pers.": row.personen,
    }


def _event_cells(site: Site, row: UsedEvent) -> dict[str, object]:
    return {
        "Code ": row.code,
        "Bezeichnung": next(iter(labels_of(site, row.code)), "(nicht im Katalog)"),
        "zählt als": row.kategorie,
        "Ereign.": row.ereignisse,
        "Anzahl": "unbekannt" if row.anzahl is None else row.anzahl,
    }


def _unmapped_cells(row: UsedCode | UsedEvent) -> dict[str, object]:
    units = {"Anzahl": getattr(row, "einheiten", None) or getattr(row, "ereignisse", 0)}
    persons = {"Std.": f"{hours(getattr(row, 'dauer_min', 0)):>7}", "Pers.": getattr(row, "personen", "–")}
    days = {"zuerst": f"{row.erste:%d.%m.%Y}", "zuletzt": f"{row.letzte:%d.%m.%Y}"}
    return {"Code ": row.code, "Vorhaben": row.vorhaben_id, "TVP": row.tvp_id, **units, **persons, **days}


def hours(minutes: int) -> str:
    """Return minutes as hours, with a decimal comma."""
    return f"{minutes / 60:.1f}".replace(".", ",")


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}".replace(".", ",").replace("%", " %") if whole else "–"


def terminal() -> tuple[Console, Any]:
    """Return the console and the function that makes a table."""
    from rich.console import Console

    from zaehlbar.status_cli import table

    return Console(), table
