"""What `zaehlbar mapping diff` shows: tables for a person, values for a program. It counts nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from zaehlbar.count.coverage import ALL
from zaehlbar.count.figures import DIMENSIONS, DISTINCTION, NOTE
from zaehlbar.count.preview import PARTS
from zaehlbar.mapping_view import hours, terminal
from zaehlbar.site.agreement import state

if TYPE_CHECKING:
    from rich.console import Console

    from zaehlbar.categorize import Difference
    from zaehlbar.count.preview import Preview
    from zaehlbar.site import Site

_MOST = 60
_MAIN = ("personen", "teilnahmen", "eintritte", "eintritte_zaehlbar", "bestand", "dauer_min")
"""What the table of `diff` shows unless one measure is asked for; --json has all."""
_SAID = {
    "teilnahmen": "Teiln.",
    "personen": "Personen",
    "eintritte": "Eintritte",
    "eintritte_zaehlbar": "zählbare\nEintritte",
    "austritte": "Austritte",
    "bestand": "Bestand",
    "dauer_min": "Stunden",
}
_COUNTED = {"gezaehlt": "gezählt", "geschaetzt": "geschätzt"}
_RULES = {
    "schwelle_stunden": "Stundenschwelle",
    "aktiv_tage": "„davon aktiv“, Tage",
    "vorlaeufig_monate": "vorläufig, Monate (ändert keine Zahl)",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How `diff` was asked for."""

    by: tuple[str, ...]
    measure: str | None

    @property
    def columns(self) -> list[str]:
        """Columns of the changes that say the cell, in the order of the question."""
        stored = {"land": "land", "jc": "jobcenter_nr", "vh": "vorhaben_id", "quartier": "quartier_id", "tvp": "tvp_id"}
        return [(stored | {"kat": "kategorie"})[DIMENSIONS[name.strip()]] for name in self.by]


def diff_values(site: Site, told: Preview, decided: Difference, wanted: Wanted) -> dict[str, Any]:
    """Return what `diff --json` prints."""
    frozen = [{"zeitraum": one.zeitraum, "beginn": one.von, "ende": one.bis} for one in told.frozen]
    moved = [{"monat": month, "jetzt": old, "danach": new} for month, old, new in told.stichtage]
    return {
        "hinweis": NOTE,
        "abgrenzung": DISTINCTION,
        "abstimmung": state(site),
        "gezaehlt_mit_regelwerk": told.regelwerk_nr,
        "entschieden": asdict(decided),
        "stichtage": moved,
        "ursachen": {part: PARTS[part] for part in told.parts},
        "bleiben_stehen": frozen,
        "aenderungen": _selected(told, wanted),
        "ereignisse": told.changes["zahl.ereigniszahl"].to_pylist(),
        "angaben": told.changes["zahl.angabenzahl"].to_pylist(),
    }


def show_diff(site: Site, told: Preview, decided: Difference, wanted: Wanted) -> None:
    console, table = terminal()
    console.print(f"{NOTE.upper()} · Vorschau, nichts davon gilt schon", style="bold", highlight=False)
    console.print(f"{DISTINCTION}.", highlight=False)
    console.print(f"Diese Site: {state(site)}.\n", highlight=False)
    _show_decided(console, table, site, told, decided)
    changes = _selected(told, wanted)
    if not changes:
        console.print("Keine Zahl dieser Auswahl ändert sich.", style="bold")
    elif wanted.measure is None:
        _show_cells(console, table, changes, wanted)
    else:
        rows = [_measure_cells(row, told.parts, wanted) for row in changes]
        console.print(table(f"{wanted.measure}: jetzt, danach, wovon", rows[:_MOST]))
        _say_more(console, len(rows))
    _show_beside(console, table, told, wanted)
    if told.frozen:
        months = ", ".join(_period(one.zeitraum, one.von) for one in told.frozen[:12])
        more = f" und {len(told.frozen) - 12} weitere" if len(told.frozen) > 12 else ""
        console.print(f"Bleiben stehen, wie vor Ablauf der Aufbewahrung gezählt: {months}{more}.", highlight=False)
    if "seit_zaehlung" in told.parts:
        said = "Seit der letzten Zählung ist mehr bekannt geworden; --measure GRÖSSE sagt, wie viel davon kommt."
        console.print(said, highlight=False)
    if decided.nicht_vorhergesagt:
        said = "Auch anders, hier nicht vorhersagbar: " + "; ".join(decided.nicht_vorhergesagt)
        console.print(f"{said}.", style="bold", highlight=False)


def _show_decided(console: Console, table: Any, site: Site, told: Preview, decided: Difference) -> None:
    versions = [f"{part} {old or '–'} → {new or '–'}" for part, (old, new) in decided.versionen.items()]
    console.print(f"Versionen: {', '.join(versions) or 'dieselben wie bei der letzten Zählung'}.", highlight=False)
    names = {item.code: item.name for item in site.katalog.codes}
    rows = [
        {
            "Code ": one.code,
            "Bezeichnung": names.get(one.code, "(nicht im Katalog)"),
            "von": f"{one.von:%d.%m.%Y}" if one.von else "Anfang",
            "bis": f"{one.bis:%d.%m.%Y}" if one.bis else "offen",
            "zählt als": one.vorher,
            "künftig": one.nachher,
        }
        for one in decided.verschoben
    ]
    if rows:
        console.print(table("Anders zugeordnet", rows))
    for kind, found in (("Neue", decided.kategorien_neu), ("Entfallene", decided.kategorien_weg)):
        if found:
            console.print(f"{kind} Kategorien: {', '.join(found)}.", highlight=False)
    for name, (old, new) in decided.regeln.items():
        console.print(f"{_RULES[name]}: {_rule(old)} → {_rule(new)}.", highlight=False)
    if told.stichtage:
        days = ", ".join(f"{month:%m/%Y} {old:%d.%m.} → {new:%d.%m.}" for month, old, new in told.stichtage)
        console.print(f"Stichtage: {days}.", highlight=False)


def _show_cells(console: Console, table: Any, changes: Iterable[Mapping[str, Any]], wanted: Wanted) -> None:
    cells: dict[tuple[Any, ...], dict[str, str]] = {}
    others: dict[str, int] = {}
    for row in changes:
        own = cells.setdefault((row["zeitraum"], row["beginn"], *(row[name] for name in wanted.columns)), {})
        if row["groesse"] in _MAIN:
            own[row["groesse"]] = f"{_value(row['groesse'], row['jetzt'])} → {_value(row['groesse'], row['danach'])}"
        else:
            others[row["groesse"]] = others.get(row["groesse"], 0) + 1
    shown = {name for own in cells.values() for name in own}
    rows = [
        {"Zeitraum": _period(kind, begin), **dict(zip(_titles(wanted), place, strict=True))}
        | {_SAID[name]: own.get(name, "") for name in _MAIN if name in shown}
        for (kind, begin, *place), own in cells.items()
        if own
    ]
    console.print(table("Zahlen, die sich ändern: jetzt → danach", rows[:_MOST]))
    _say_more(console, len(rows))
    if others:
        said = ", ".join(f"{name} ({number})" for name, number in others.items())
        console.print(f"Auch anders (Zahl der Figuren; --measure zeigt sie): {said}.", highlight=False)
    if "category" in wanted.by:
        console.print("Personen können in mehreren Kategorien vorkommen: Die Kategorien ergeben nicht die Summe.")


def _show_beside(console: Console, table: Any, told: Preview, wanted: Wanted) -> None:
    """Say what becomes of events, steps and Angaben, which have no measure of their own to ask for."""
    places = [(title, name) for title, name in zip(_titles(wanted), wanted.columns, strict=True) if name != "kategorie"]
    rows = [
        {
            "Zeitraum": _period(row["zeitraum"], row["beginn"]),
            **{title: row[name] for title, name in places},
            "Art": row["art"],
            "Code": row["code"],
            "Zählweise": _COUNTED.get(row["zaehlweise"], ""),
            "jetzt → danach": f"{row['jetzt']} → {row['danach']}",
        }
        for row in told.changes["zahl.ereigniszahl"].to_pylist()
        if row["groesse"] == "ereignisse"
    ]
    if rows and wanted.measure is None:
        console.print(table("Ereignisse ohne Person, die anders zählen", rows[:_MOST]))
        _say_more(console, len(rows))
    features = told.changes["zahl.angabenzahl"].num_rows
    if features:
        said = f"Zahlen zu Angaben (wer teilnimmt), die sich mit dem Kalender ändern: {features} (--json zeigt sie)."
        console.print(said, highlight=False)


def _selected(told: Preview, wanted: Wanted) -> list[dict[str, Any]]:
    """Return the changes of the cells that were asked for, in the order of periods and cells."""
    rows: list[dict[str, Any]] = told.changes["zahl.figur"].to_pylist()
    kept = [
        row
        for row in rows
        if (wanted.measure is None or row["groesse"] == wanted.measure)
        and ("category" in wanted.by or row["kategorie"] == ALL)
    ]
    return sorted(kept, key=lambda row: (row["beginn"], row["ende"], *(row[name] for name in wanted.columns)))


def _measure_cells(row: Mapping[str, Any], parts: Sequence[str], wanted: Wanted) -> dict[str, object]:
    name = row["groesse"]
    place = dict(zip(_titles(wanted), (row[column] for column in wanted.columns), strict=True))
    values = {"jetzt": _value(name, row["jetzt"]), "danach": _value(name, row["danach"])}
    causes = {PARTS[part].split(" seit")[0]: _signed(name, row[part]) for part in parts}
    return {"Zeitraum": _period(row["zeitraum"], row["beginn"]), **place, **values, **causes}


def _titles(wanted: Wanted) -> list[str]:
    said = {"category": "Kategorie", "tvp": "TVP"}
    return [said.get(name.strip(), name.strip().capitalize()) for name in wanted.by]


def _say_more(console: Console, number: int) -> None:
    if number > _MOST:
        said = f"… {number - _MOST} weitere Zeilen: mit --from, --to und --by eingrenzen, oder --json."
        console.print(said, highlight=False)


def _period(kind: str, begin: Any) -> str:
    if kind == "quartal":
        return f"{begin.year}-Q{(begin.month + 2) // 3}"
    return {"jahr": f"{begin:%Y}", "zwoelf_monate": f"12 M. ab {begin:%Y-%m}"}.get(kind, f"{begin:%Y-%m}")


def _value(name: str, value: int | None) -> str:
    if value is None:
        return "–"
    return hours(value).strip() if name == "dauer_min" else str(value)


def _signed(name: str, value: int) -> str:
    return f"{value / 60:+.1f}".replace(".", ",") if name == "dauer_min" else f"{value:+d}" if value else "0"


def _rule(value: float | int | None) -> str:
    return "abgeschaltet" if value is None else f"{value:g}".replace(".", ",")
