"""Commands `zaehlbar identity`: who is one person, which pairs a person must decide on, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zaehlbar.options import ByOption, JsonOption, ReasonOption, who
from zaehlbar.settings import Settings
from zaehlbar.terminal import fail, readable_errors, warehouse

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from zaehlbar.identify import Comparison, Decided, Explained, Question, Summary, Verdict
    from zaehlbar.site import Site

app = typer.Typer(
    help="Wer ist dieselbe Person? Zahlen, Paare zur Prüfung, Entscheidungen. Verglichen werden Token, nie Namen.",
    no_args_is_help=True,
)

_One = Annotated[int, typer.Argument(help="Nummer der einen Identität.", metavar="A", min=1)]
_Other = Annotated[int, typer.Argument(help="Nummer der anderen Identität.", metavar="B", min=1)]
_SHOWN = 50


@app.command()
def summary(as_json: JsonOption = False) -> None:
    """Wie viele Identitäten, wie viele Personen, was verbindet sie, was wartet. Rückgabe 0."""
    with readable_errors(), warehouse("identity") as (_, connection):
        from zaehlbar.identify import summary as read

        found = read(connection)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        _show_summary(found)


@app.command()
def review(
    as_json: JsonOption = False,
    limit: Annotated[
        int | None, typer.Option(help=f"So viele Paare zeigen, sonst {_SHOWN}, mit --json alle.", min=1)
    ] = None,
) -> None:
    """Die Paare zeigen, über die ein Mensch entscheidet. Rückgabe 0: keines offen, 1: mindestens eines wartet."""
    with readable_errors(), warehouse("identity") as (_, connection):
        from zaehlbar.identify import questions, summary as read

        numbers = read(connection)
        found = questions(connection, limit or (None if as_json else _SHOWN))
    if as_json:
        typer.echo(json.dumps([asdict(item) for item in found], ensure_ascii=False, indent=2))
    else:
        _show_questions(found, numbers.zu_pruefen + numbers.widersprueche)
    raise typer.Exit(1 if found else 0)


@app.command()
def merge(one: _One, other: _Other, reason: ReasonOption, by: ByOption = "", as_json: JsonOption = False) -> None:
    """Zwei Identitäten sind eine Person: festhalten und sofort neu zählen. Veröffentlichtes bleibt, wie es ist.

    Rückgabe 0: gezählt, 2: ergibt keinen Sinn (der Satz sagt, warum), 3: Systemfehler.
    """
    _decide(one, other, "gleich", by, reason, as_json)


@app.command()
def split(one: _One, other: _Other, reason: ReasonOption, by: ByOption = "", as_json: JsonOption = False) -> None:
    """Zwei Identitäten sind zwei Personen: festhalten und sofort neu zählen. Veröffentlichtes bleibt, wie es ist.

    Rückgabe 0: gezählt, 2: ergibt keinen Sinn (der Satz sagt, warum), 3: Systemfehler.
    """
    _decide(one, other, "verschieden", by, reason, as_json)


@app.command()
def undo(one: _One, other: _Other, reason: ReasonOption, by: ByOption = "", as_json: JsonOption = False) -> None:
    """Eine Entscheidung über zwei Identitäten zurücknehmen: als wäre sie nie getroffen worden; sofort neu zählen.

    Rückgabe 0: gezählt, 2: es gilt keine Entscheidung, 3: Systemfehler.
    """
    _decide(one, other, "zurueckgenommen", by, reason, as_json)


@app.command()
def explain(
    one: _One,
    other: Annotated[
        int | None, typer.Argument(help="Nummer der anderen; ohne sie: die Person von A.", metavar="[B]", min=1)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Warum zwei Identitäten eine Person sind oder nicht: was übereinstimmt, Regel, Entscheidungen; nie ein Wert.

    Rückgabe 0; 2: eine Identität gibt es nicht.
    """
    with readable_errors(), warehouse("identity") as (settings, connection):
        from zaehlbar.identify import Comparison, explain_pair, explain_person

        rules = _site(settings, connection).abgleich
        _check_known(connection, one, other)
        found = explain_person(connection, one, rules) if other is None else explain_pair(connection, one, other, rules)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=datetime.isoformat))
    elif isinstance(found, Comparison):
        _show_pair(found)
    else:
        _show_person(found)


def _check_known(connection: Connection, one: int, other: int | None) -> None:
    from zaehlbar.identify import exists

    if one == other:
        fail(f"Identität {one} steht zweimal da; nennen Sie zwei verschiedene.", 2)
    for identity in (one, other):
        if identity is not None and not exists(connection, identity):
            fail(f"Eine Identität {identity} gibt es nicht; zaehlbar identity review zeigt die Nummern.", 2)


def _site_folder(settings: Settings, connection: Connection) -> Path:
    """Return the site of the last run: what it decided by is what is explained and followed."""
    from sqlalchemy import text

    query = text("select site_ordner from betrieb.lauf where site_ordner is not null order by lauf_id desc limit 1")
    last = connection.execute(query).scalar_one_or_none()
    return Path(last) if last is not None and Path(last).is_dir() else settings.site_folder


def _site(settings: Settings, connection: Connection) -> Site:
    from zaehlbar.site import SiteError, load_site

    try:
        return load_site(_site_folder(settings, connection))
    except SiteError as error:
        fail(str(error), 2)


def _decide(one: int, other: int, verdict: Verdict, by: str, reason: str, as_json: bool) -> None:
    with readable_errors():
        with warehouse("identity") as (settings, connection):
            from zaehlbar.identify import CannotDecide, decide

            # The site is checked before anything is recorded: the count that follows needs it.
            site, folder = _site(settings, connection), _site_folder(settings, connection)
            try:
                decided = decide(connection, one, other, verdict, who(by), reason, site.abgleich)
            except CannotDecide as error:
                fail(str(error), 2)
        lauf_id = _recount(settings, folder, decided)
        with warehouse("identity") as (_, connection):
            from zaehlbar.identify import explain_pair, summary as read

            numbers = read(connection)
            same = explain_pair(connection, one, other, site.abgleich).eine_person
    if as_json:
        run = {"lauf": lauf_id, "eine_person": same, "personen": numbers.personen, "zu_pruefen": numbers.zu_pruefen}
        typer.echo(json.dumps(asdict(decided) | run, ensure_ascii=False))
        return
    pair = f"{decided.identitaet_a} und {decided.identitaet_b}"
    typer.echo(f"{pair} {_SAID[verdict]}. Jetzt {'eine Person' if same else 'zwei Personen'}.")
    for hint in decided.hinweise:
        typer.echo(hint)
    typer.echo(f"Neu gezählt (Lauf {lauf_id}): {numbers.personen} Personen, {numbers.zu_pruefen} Paare zu prüfen.")


_SAID = {
    "gleich": "sind als eine Person entschieden",
    "verschieden": "sind als zwei Personen entschieden",
    "zurueckgenommen": "sind nicht mehr entschieden",
}


@contextmanager
def _decision_stands(decided: Decided) -> Iterator[None]:
    """Whatever becomes of the count: the decision stands, and the next run follows it."""
    from zaehlbar.categorize import RulesChanged
    from zaehlbar.nightly import NightFailed
    from zaehlbar.pseudonymize.keys import KeyRingError
    from zaehlbar.site import SiteError
    from zaehlbar.warehouse.errors import WarehouseError

    try:
        yield
    except (NightFailed, KeyRingError, SiteError, RulesChanged, WarehouseError) as error:
        pair = f"{decided.identitaet_a} und {decided.identitaet_b}"
        typer.echo(f"Die Entscheidung über {pair} steht. Der nächste Lauf folgt ihr; jetzt nicht:", err=True)
        code = 3 if isinstance(error, NightFailed) else getattr(error, "exit_code", 2)
        fail(str(error.args[0]), code)


def _recount(settings: Settings, folder: Path, decided: Decided) -> int:
    from zaehlbar.nightly import recount

    with _decision_stands(decided):
        return recount(settings, folder).lauf_id


def _show_summary(found: Summary) -> None:
    from rich.console import Console

    from zaehlbar.status_cli import table

    console = Console()
    lines: list[tuple[str, int]] = [
        ("Identitäten (Nummern bei Partnern)", found.identitaeten),
        ("Personen", found.personen),
        ("durch Regeln zusammengeführt", found.automatisch),
        ("durch Entscheidungen zusammengeführt", found.entschieden),
        ("Entscheidungen: eine Person", found.entscheidungen["gleich"]),
        ("Entscheidungen: zwei Personen", found.entscheidungen["verschieden"]),
        ("Paare zu prüfen", found.zu_pruefen),
        ("Widersprüche", found.widersprueche),
        ("zu häufige Merkmale (bilden keine Paare)", found.zu_haeufig["merkmale"]),
        ("Identitäten mit zu häufigen Merkmalen", found.zu_haeufig["identitaeten"]),
    ]
    console.print(table("Wer ist dieselbe Person?", ({"": name, "Anzahl": value} for name, value in lines)))
    if found.je_regel:
        rows = ({"Regel": row.regel, "Wirkung": row.wirkung, "Paare": row.paare} for row in found.je_regel)
        console.print(table("Paare je Abgleichregel", rows))
    if not found.aktuell:
        console.print("Seit dem letzten Lauf hat sich etwas geändert; zaehlbar run bestimmt die Personen neu.")
    if found.zu_pruefen or found.widersprueche:
        console.print("Ansehen: zaehlbar identity review")


def _show_questions(found: list[Question], total: int) -> None:
    from rich.console import Console

    from zaehlbar.status_cli import table

    console = Console()
    if not found:
        console.print("Kein Paar wartet auf eine Entscheidung.")
        return
    rows = (
        {
            "A": item.identitaet_a,
            "B": item.identitaet_b,
            "Partner A": item.partner_a,
            "Partner B": item.partner_b,
            "Regel": item.regel or "",
            "Übereinstimmung": ("Widerspruch: " if item.art == "widerspruch" else "") + item.worte,
        }
        for item in found
    )
    console.print(table("Paare zur Prüfung", rows))
    if total > len(found):
        console.print(f"{total - len(found)} weitere Paare: --limit erhöhen.")
    console.print("Genauer: zaehlbar identity explain A B")
    console.print("Entscheiden: zaehlbar identity merge|split A B --grund TEXT")


def _show_pair(pair: Comparison) -> None:
    from rich.console import Console

    from zaehlbar.status_cli import table

    console = Console()
    state = "eine Person" if pair.eine_person else "zwei Personen"
    console.print(f"{pair.identitaet_a} ({pair.partner_a}) und {pair.identitaet_b} ({pair.partner_b}): {state}.")
    console.print(f"Übereinstimmung: {pair.worte}.")
    cells: list[tuple[str, Any]] = [
        ("gleich", ", ".join(pair.gleich) or "–"),
        ("verschieden", ", ".join(pair.verschieden) or "–"),
        ("fehlt bei einer oder beiden", ", ".join(pair.fehlt) or "–"),
        ("Regel", f"{pair.regel} ({pair.wirkung}): {pair.beschreibung}" if pair.regel else "keine passt"),
    ]
    console.print(table("Merkmale", ({"": name, "Merkmalsarten": value} for name, value in cells)))
    if pair.regel and not pair.gespeichert:
        console.print("Das Paar gilt nicht: was übereinstimmt, teilen zu viele Identitäten.")
    if pair.widerspruch:
        console.print("Widerspruch: ein anderes Paar derselben Gruppe darf nicht eine Person sein.")
    for told in pair.entscheidungen:
        console.print(f"{told.am:%d.%m.%Y %H:%M} {told.entscheidung} (von {told.von}): {told.grund}", highlight=False)


def _show_person(found: Explained) -> None:
    from rich.console import Console

    from zaehlbar.status_cli import table

    console = Console()
    rows = (
        {
            "Identität": member.identitaet,
            "Partner": member.partner,
            "Verbunden durch": member.grund,
            "Seit Lauf": member.seit_lauf,
            "Seit": f"{member.seit:%d.%m.%Y}" if member.seit else "",
        }
        for member in found.identitaeten
    )
    console.print(table(f"Person {found.person}", rows))
    for pair in found.paare:
        rule = f" – {pair.regel} ({pair.wirkung})" if pair.regel else ""
        told = f" – entschieden: {pair.entscheidungen[0].entscheidung}" if pair.entscheidungen else ""
        console.print(f"{pair.identitaet_a} und {pair.identitaet_b}: {pair.worte}{rule}{told}", highlight=False)
