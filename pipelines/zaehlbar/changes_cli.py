"""Command `zaehlbar changes`: Warum hat sich die Zahl geändert? Internal, for the Vorhabenträger."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zaehlbar.options import JsonOption
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.table import Table

    from zaehlbar.changes import Explanation, Part
    from zaehlbar.changes.result import Point
    from zaehlbar.changes.states import Span

app = typer.Typer()

_MAIN = ("personen", "teilnahmen", "eintritte", "eintritte_zaehlbar", "austritte", "bestand", "dauer_min")
"""What the table shows unless one is asked for; --json has all."""
_SHORT = {
    "personen": "Per-\nsonen",
    "teilnahmen": "Teil-\nnahmen",
    "eintritte": "Ein-\ntritte",
    "eintritte_zaehlbar": "zähl-\nbare",
    "austritte": "Aus-\ntritte",
    "bestand": "Be-\nstand",
    "dauer_min": "Std.",
}


def _option(name: str, text: str, metavar: str | None = None) -> Any:
    return typer.Option(name, help=text, metavar=metavar, show_default=False)


@app.command("changes")
def changes(  # noqa: PLR0913 - one option each
    *,
    month: Annotated[str | None, _option("--month", "Berichtsmonat.", "JJJJ-MM")] = None,
    quarter: Annotated[str | None, _option("--quarter", "Quartal.", "JJJJ-Qn")] = None,
    year: Annotated[str | None, _option("--year", "Kalenderjahr.", "JJJJ")] = None,
    twelve: Annotated[
        str | None, _option("--twelve-months", "Zwölf Monate; ihr letzter endet ein Quartal.", "JJJJ-MM")
    ] = None,
    measure: Annotated[str | None, _option("--measure", "Nur diese Figur zeigen, z. B. personen.")] = None,
    jobcenter: Annotated[str | None, _option("--jobcenter", "Jobcenter, fünf Ziffern oder OHNE.", "NR")] = None,
    vorhaben: Annotated[str | None, _option("--vorhaben", "Vorhaben.", "ID")] = None,
    quartier: Annotated[str | None, _option("--quartier", "Quartier des Vorhabens.", "ID")] = None,
    tvp: Annotated[str | None, _option("--tvp", "Teilvorhabenpartner des Vorhabens.", "ID")] = None,
    land: Annotated[str | None, _option("--land", "Land, Landesschlüssel.")] = None,
    category: Annotated[str | None, _option("--category", "Kategorie, z. B. K-QUAL.")] = None,
    from_run: Annotated[int | None, _option("--from-run", "Früherer Stand: nach diesem Lauf.", "LAUF")] = None,
    since: Annotated[str | None, _option("--since", "Früherer Stand: am Ende dieses Tages.", "JJJJ-MM-TT")] = None,
    to_run: Annotated[int | None, _option("--to-run", "Neuerer Stand: nach diesem Lauf.", "LAUF")] = None,
    until: Annotated[str | None, _option("--until", "Neuerer Stand: am Ende dieses Tages.", "JJJJ-MM-TT")] = None,
    as_json: JsonOption = False,
) -> None:
    """Warum hat sich die Zahl geändert? Die Änderung einer Figur zwischen zwei Ständen, nach Gründen; geht genau auf.

    Ohne Angabe: von der vorletzten zur letzten Zählung. Intern, nicht zur Weitergabe. Rückgabe 0: ganz erklärt,
    1: etwas ist nicht erklärt, 2: falsche Benutzung, 3: Systemfehler.
    """
    with readable_errors():
        from zaehlbar.changes import CannotExplain, Request, explain
        from zaehlbar.count.engine import MEASURES

        if measure is not None and measure not in MEASURES:
            fail(f"--measure kennt {', '.join(MEASURES)}; nicht: {measure}", 2)
        try:
            request = Request(
                _span({"--month": month, "--quarter": quarter, "--year": year, "--twelve-months": twelve}),
                land=land,
                jobcenter=jobcenter,
                vorhaben=vorhaben,
                quartier=quartier,
                tvp=tvp,
                category=category,
                from_run=from_run,
                since=_day("--since", since),
                to_run=to_run,
                until=_day("--until", until),
            )
            _one_of(from_run, request.since, "--from-run", "--since")
            _one_of(to_run, request.until, "--to-run", "--until")
            with warehouse("changes") as (_, connection):
                found = explain(connection, request)
        except (ValueError, CannotExplain) as error:
            fail(str(error.args[0]), 2)
    if as_json:
        typer.echo(json.dumps(as_dict(found), ensure_ascii=False, indent=2))
    else:
        _show(found, (measure,) if measure else _MAIN)
    raise typer.Exit(0 if found.explained else 1)


def as_dict(found: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON: figures by measure, causes in their order, those that did nothing included."""
    from zaehlbar.count.figures import DISTINCTION, NOTE

    return {
        "hinweis": NOTE,
        "abgrenzung": DISTINCTION,
        "zeitraum": found.zeitraum,
        "beginn": found.beginn.isoformat(),
        "ende": found.ende.isoformat(),
        "zelle": found.cell,
        "von": _point(found.von),
        "bis": _point(found.bis),
        "vorher": found.before,
        "gruende": [
            {
                "grund": part.cause.value,
                "name": part.name,
                "bedeutung": part.meaning,
                "einzelheit": part.detail,
                "anteil": part.figures,
                "lieferungen": [
                    {
                        "lieferung_nr": one.lieferung_nr,
                        "lieferung_id": one.lieferung_id,
                        "vorhaben_id": one.vorhaben_id,
                        "tvp_id": one.tvp_id,
                        "zeitraum_von": one.zeitraum_von and one.zeitraum_von.isoformat(),
                        "zeitraum_bis": one.zeitraum_bis and one.zeitraum_bis.isoformat(),
                        "version": one.version,
                        "anteil": one.figures,
                    }
                    for one in part.deliveries
                ],
            }
            for part in found.parts
        ],
        "nicht_erklaert": found.unexplained,
        "nachher": found.after,
        "hinweise": list(found.notes),
    }


def _point(point: Point) -> dict[str, Any]:
    counted = point.gezaehlt_am and point.gezaehlt_am.isoformat()
    return {"lauf": point.lauf_id or None, "gezaehlt_am": counted, **point.versions}


def _span(options: dict[str, str | None]) -> Span:
    from zaehlbar.changes.states import Span
    from zaehlbar.figures_cli import parse_request

    if not any(options.values()):
        raise ValueError("Nennen Sie --month JJJJ-MM, --quarter, --year oder --twelve-months.")
    asked = parse_request(options, None, None, "")
    return Span(asked.zeitraum, asked.bis.replace(day=1))


def _day(option: str, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{option} erwartet JJJJ-MM-TT, nicht {value!r}") from None


def _one_of(run: int | None, day: date | None, *names: str) -> None:
    if run is not None and day is not None:
        raise ValueError(f"Entweder {names[0]} oder {names[1]}.")


def _show(found: Explanation, measures: tuple[str, ...]) -> None:
    from rich.console import Console

    from zaehlbar.changes.causes import MEANINGS, NAMES, Cause
    from zaehlbar.count.figures import DISTINCTION, NOTE

    console = Console()
    days = f"{found.beginn:%d.%m.%Y} bis {found.ende:%d.%m.%Y}"
    console.print(f"{NOTE.upper()} · Warum hat sich die Zahl geändert? · {days}", highlight=False, markup=False)
    console.print(_where(found.cell), highlight=False, markup=False)
    console.print(_table(found, measures))
    if not found.explained:
        meaning = f"{NAMES[Cause.UNEXPLAINED]}: {MEANINGS[Cause.UNEXPLAINED]}"
        console.print(meaning, style="bold red", highlight=False, markup=False)
    for line in _legend(found, measures):
        console.print(line, highlight=False, markup=False)
    for note in found.notes:
        console.print(note, highlight=False, markup=False)
    console.print("Was keine Zeile hat, hat an diesen Figuren keinen Anteil. Alle Figuren: --json.", highlight=False)
    console.print(f"{DISTINCTION}.", highlight=False, markup=False)


def _where(cell: dict[str, str]) -> str:
    from zaehlbar.changes.words import cell_names

    return cell_names(cell)


def _table(found: Explanation, measures: tuple[str, ...]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from zaehlbar.changes.words import measure_name

    # Narrow enough for 80 columns: numbers that are cut off are worse than none.
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", ratio=1)
    for name in measures:
        table.add_column(_SHORT.get(name, measure_name(name)), justify="right", no_wrap=True)
    for label, values, signed, style in _lines(found, measures):
        cells = (_number(name, values.get(name), signed=signed) for name in measures)
        table.add_row(label, *cells, style=style)
    return table


def _lines(
    found: Explanation, measures: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, int | None], bool, str | None]]:
    """Yield label, figures, whether they are changes, style."""
    from zaehlbar.changes.causes import NAMES, Cause

    yield _state(found.von), found.before, False, "bold"
    for part in _visible(found, measures):
        yield part.name, part.figures, True, None
        for one in part.deliveries:
            if any(one.figures.get(name) for name in measures):
                yield f"  Lieferung {one.lieferung_nr}", one.figures, True, "dim"
    if not found.explained:
        yield NAMES[Cause.UNEXPLAINED], found.unexplained, True, "bold red"
    yield _state(found.bis), found.after, False, "bold"


def _visible(found: Explanation, measures: tuple[str, ...]) -> list[Part]:
    """The causes that have a part in what is shown, or whose deliveries have, even where they add up to nothing."""

    def anything(part: Part) -> bool:
        effects = (part.figures, *(one.figures for one in part.deliveries))
        return any(figures.get(name) for figures in effects for name in measures)

    return [part for part in found.parts if anything(part)]


def _legend(found: Explanation, measures: tuple[str, ...]) -> Iterator[str]:
    """Yield what the causes mean, and who sent the deliveries."""
    parts = _visible(found, measures)
    for part in parts:
        yield f"{part.name}: {part.meaning}{f' {part.detail}.' if part.detail else ''}"
    known = {one.lieferung_nr: one for part in parts for one in part.deliveries}
    for number, one in sorted(known.items()):
        until = f", bis {one.zeitraum_bis:%d.%m.%Y}, Version {one.version}" if one.zeitraum_bis else ""
        yield f"Lieferung {number}: {one.lieferung_id}, {one.vorhaben_id} × {one.tvp_id}{until}"


def _state(point: Point) -> str:
    from zaehlbar.dates import today

    if not point.lauf_id or point.gezaehlt_am is None:
        return "Vor der ersten Zählung"
    return f"Lauf {point.lauf_id} ({today(point.gezaehlt_am):%d.%m.%Y})"


def _number(measure: str, value: int | None, *, signed: bool) -> str:
    if value is None:
        return "–"
    if signed and not value:
        return "·"
    number = f"{value / 60:+.1f}" if measure == "dauer_min" and signed else f"{value:+d}"
    if not signed:
        number = f"{value / 60:.1f}" if measure == "dauer_min" else f"{value:d}"
    return number.replace(".", ",")
