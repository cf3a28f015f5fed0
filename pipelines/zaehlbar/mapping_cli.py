"""Commands `zaehlbar mapping`: what counts as what, what is in use without a category, and what a change would do.

Nothing here changes anything: a mapping is changed in the site's files, agreed to by people, and counted by a night.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zaehlbar.options import JsonOption, SiteOption
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zaehlbar.count.coverage import Coverage
    from zaehlbar.settings import Settings
    from zaehlbar.site import Site

app = typer.Typer(
    help="Katalog, Zuordnung und Zählregeln prüfen, bevor sie gelten. Ändert nichts.", no_args_is_help=True
)

_PERIODS = ("monat", "quartal", "zwoelf_monate", "jahr")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@app.command()
def check(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """Stand der Abstimmung, was jeder Code heute zählt, Codes ohne Zuordnung.

    Braucht kein Warehouse; mit einem nennt er auch die Codes, die in den Lieferungen vorkommen.
    Rückgabe 0: in Ordnung, 1: Codes ohne Zuordnung in Gebrauch, 2: die Site ist so nicht brauchbar.
    """
    from zaehlbar import mapping_view
    from zaehlbar.settings import load_settings

    settings = load_settings()
    with readable_errors():
        loaded = _load(settings, site)
        used = _coverage(settings, loaded)
    if as_json:
        _print(mapping_view.check_values(loaded, used))
    else:
        mapping_view.show_check(loaded, used)
    raise typer.Exit(1 if used is not None and used.unmapped() else 0)


@app.command()
def coverage(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """Welche Codes vorkommen, was sie zählen, welche keine Kategorie haben.

    Mit Vorschlägen aus ähnlichen Bezeichnungen; sie gelten nie von selbst. Zahlen je Teilvorhabenpartner sind nur für
    den Vorhabenträger.

    Rückgabe 0: jeder Code hat eine Kategorie, 1: mindestens einer nicht.
    """
    from zaehlbar import mapping_view
    from zaehlbar.settings import load_settings

    with readable_errors(), warehouse("mapping coverage") as (_, connection):
        from zaehlbar.count.coverage import coverage as count

        loaded = _load(load_settings(), site)
        _read_only(connection)
        used = count(connection, loaded)
    if as_json:
        _print(mapping_view.coverage_values(loaded, used))
    else:
        mapping_view.show_coverage(loaded, used)
    raise typer.Exit(1 if used.unmapped() else 0)


@app.command()
def diff(
    *,
    site: Annotated[
        Path | None, typer.Option("--site", help="Ordner mit der geänderten Site; sonst ZAEHLBAR_SITE.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Erster Monat.", metavar="JJJJ-MM")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Letzter Monat.", metavar="JJJJ-MM")] = None,
    by: Annotated[
        str, typer.Option("--by", help="Gliederung: jobcenter,vorhaben,quartier,land,tvp,category.")
    ] = "category",
    period: Annotated[str, typer.Option("--zeitraum", help=f"{', '.join(_PERIODS)} oder alle.")] = "monat",
    measure: Annotated[str | None, typer.Option("--measure", help="Nur diese Größe, mit ihren Ursachen.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Was eine geänderte Zuordnung (Zählregeln, Kalender) aus den Zahlen macht, bevor sie gilt.

    Neben den gespeicherten Zahlen stehen die, die der nächste Lauf unter dieser Site zählt, je Zelle und Größe, nur wo
    sie sich ändern. Nichts wird geschrieben. Rückgabe 0, auch wenn sich etwas ändert.
    """
    from zaehlbar import preview_view
    from zaehlbar.settings import load_settings

    sets = _dimensions(by)
    first, last = _span(from_, to)
    kinds = _kinds(period)
    with readable_errors(), warehouse("mapping diff") as (_, connection):
        from zaehlbar.categorize import difference
        from zaehlbar.count.engine import MEASURES
        from zaehlbar.count.figures import NothingCounted
        from zaehlbar.count.preview import preview

        if measure is not None and measure not in MEASURES:
            fail(f"--measure kennt {', '.join(MEASURES)}; nicht: {measure}", 2)
        loaded = _load(load_settings(), site)
        _read_only(connection)
        try:
            told = preview(connection, loaded, first=first, last=last, sets=[sets], kinds=kinds)
        except NothingCounted as error:
            fail(str(error), 2)
        decided = difference(connection, told.regelwerk_nr, loaded)
    wanted = preview_view.Wanted(by=tuple(by.split(",")) if by else (), measure=measure)
    if as_json:
        _print(preview_view.diff_values(loaded, told, decided, wanted))
    else:
        preview_view.show_diff(loaded, told, decided, wanted)


def _load(settings: Settings, site: Path | None) -> Site:
    from zaehlbar.site import SiteError, load_site

    folder = site or settings.site_folder
    try:
        return load_site(folder)
    except SiteError as error:
        lines = str(error).splitlines()
        fail(
            "\n".join([*lines, f"{folder}: {len(lines)} Problem{'e' if len(lines) > 1 else ''}, so nicht brauchbar."]),
            2,
        )


def _coverage(settings: Settings, site: Site) -> Coverage | None:
    """Return the codes in use; None where there is no warehouse, or nothing has been counted in it."""
    try:
        from sqlalchemy import text

        from zaehlbar.warehouse.connect import embedded_server, engine
    except ModuleNotFoundError:  # the base install
        return None
    if settings.warehouse_url is None and not embedded_server(settings).status().initialised:
        return None
    db = engine(settings, application_name="zaehlbar mapping check")
    try:
        with db.connect() as connection:
            _read_only(connection)
            if connection.execute(text("select to_regclass('zahl.figur') is null")).scalar_one():
                return None
            from zaehlbar.count.coverage import coverage as count

            return count(connection, site)
    finally:
        db.dispose()


def _read_only(connection: Any) -> None:
    """What only looks can write nothing: the server refuses it."""
    from sqlalchemy import text

    connection.execute(text("set transaction read only"))


def _dimensions(by: str) -> tuple[str, ...]:
    """Return the set of dimensions that is stored; without the category, which every set has."""
    from zaehlbar.count.engine import SETS
    from zaehlbar.count.figures import DIMENSIONS

    names = [part.strip() for part in by.split(",") if part.strip()]
    unknown = [name for name in names if name not in DIMENSIONS]
    if unknown:
        fail(f"--by kennt {', '.join(DIMENSIONS)}; nicht: {', '.join(unknown)}", 2)
    chosen = {DIMENSIONS[name] for name in names if name != "category"}
    for stored in SETS:
        if set(stored) == chosen:
            return tuple(stored)
    spoken = {own: name for name, own in DIMENSIONS.items()}
    known = " · ".join(",".join(spoken[name] for name in stored) or "(ohne)" for stored in SETS)
    fail(f"Gespeichert sind die Gliederungen {known}, jede auch mit category; nicht: {by}", 2)


def _span(from_: str | None, to: str | None) -> tuple[date | None, date | None]:
    from zaehlbar.count.period import month_end

    for option, value in (("--from", from_), ("--to", to)):
        if value is not None and not _MONTH.fullmatch(value):
            fail(f"{option} erwartet JJJJ-MM, nicht {value!r}", 2)
    first = date.fromisoformat(f"{from_}-01") if from_ else None
    last = month_end(date.fromisoformat(f"{to}-01")) if to else None
    if first and last and last < first:
        fail(f"--to ({to}) liegt vor --from ({from_}).", 2)
    return first, last


def _kinds(period: str) -> Sequence[str]:
    if period == "alle":
        return _PERIODS
    if period not in _PERIODS:
        fail(f"--zeitraum kennt {', '.join(_PERIODS)} und alle; nicht: {period}", 2)
    return (period,)


def _print(values: dict[str, Any]) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False, indent=2, default=date.isoformat))
