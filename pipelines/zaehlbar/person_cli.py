"""Commands `zaehlbar person`: the rights of a person under Art. 15 to 18 DSGVO.

The person is named in a file, never in arguments, and the file is gone when a command has done its work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from zaehlbar.options import JsonOption, SiteOption
from zaehlbar.terminal import fail, readable_errors

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from zaehlbar.rights import Case
    from zaehlbar.rights.erase import Extent
    from zaehlbar.settings import Settings

app = typer.Typer(
    help="Rechte einer Person (Art. 15 bis 18 DSGVO). Wer es ist, steht in der Personendatei, nie im Aufruf.",
    no_args_is_help=True,
)
_receipts = typer.Typer(help="Quittungen über Löschungen.", no_args_is_help=True)
app.add_typer(_receipts, name="quittung")

_File = Annotated[
    Path,
    typer.Option("--person-file", help="Personendatei (YAML oder JSON, 0600); wird nach getaner Arbeit gelöscht."),
]
_Also = Annotated[
    list[int] | None,
    typer.Option("--auch", help="Identität, die nach Prüfung auch diese Person ist (mehrfach).", show_default=False),
]


@app.command()
def auskunft(
    person_file: _File,
    folder: Annotated[Path, typer.Option("--ausgabe", help="Ordner der Antwort (wird mit 0700 angelegt).")],
    also: _Also = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Alles zu einer Person als Seite zum Drucken und als JSON (Art. 15, 20).

    Rückgabe 0: fertig (auch wenn nichts gespeichert ist), 1: es gibt möglicherweise weitere Identitäten, bitte prüfen.
    """
    with _rights(), _opened(person_file, also, site) as (case, connection):
        from zaehlbar.rights.disclose import disclose
        from zaehlbar.rights.document import private_folder, write_disclosure

        private_folder(folder)
        case.night.sweep()  # what a run that died left in the staging would be part of the answer
        answer = disclose(connection, case)
        written = write_disclosure(answer, folder)
    _remove(person_file)
    state = {
        "gespeichert": answer.stored,
        "identitaeten": case.found.ids,
        "dateien": [str(path) for path in written],
        "nicht_durchsucht": answer.unreadable,
        **_similar(case),
    }
    if as_json:
        _print_json(state)
    else:
        typer.echo(
            f"Auskunft: {written[0]} und {written[1].name}."
            if answer.stored
            else f"Zu dieser Person ist nichts gespeichert; die Auskunft darüber: {written[0]}."
        )
        if answer.unreadable:
            typer.echo(f"{answer.unreadable} aufbewahrte Lieferungen sind nicht ganz lesbar und nicht durchsucht.")
        _show_similar(case)
    raise typer.Exit(1 if case.found.similar else 0)


@app.command()
def berichtigen(person_file: _File, also: _Also = None, site: SiteOption = None, as_json: JsonOption = False) -> None:
    """Angaben einer Teilnahme berichtigen (Art. 16); was, steht in der Personendatei unter `berichtigung`.

    Die Berichtigung gilt sofort und über spätere Lieferungen hinweg, bis eine die berichtigte Angabe bringt. Namen,
    Geburtsdatum und Nummer liefert nur der Partner neu; er wird dazu aufgefordert.
    """
    with _rights(), _opened(person_file, also, site) as (case, connection):
        from zaehlbar.load import occasion
        from zaehlbar.rights.correct import correct, plan
        from zaehlbar.rights.notes import ask_for_correction

        if not case.person.corrections:
            fail(f"{person_file}: der Abschnitt berichtigung fehlt; er sagt, was zu berichtigen ist.", 2)
        if not case.found.identities:
            _nobody(case, as_json=as_json)
        planned = plan(connection, case.night.site, case.found, case.person.corrections)
        number = correct(connection, planned)
        if number:
            occasion.note(connection, "berichtigung")
        notes = ask_for_correction(connection, case, planned)
    recounted = _recount(case.night.settings, site) if number else True
    _remove(person_file)
    if as_json:
        _print_json({"berichtigt": number, "hinweise": [str(path) for path in notes], "neu_gezaehlt": recounted})
    else:
        typer.echo(f"{number} Angaben berichtigt, {len(planned) - number} über den Partner zu berichtigen.")
        for path in notes:
            typer.echo(f"Hinweis an den Partner: {path}")
        _show_similar(case)


@app.command()
def einschraenken(
    person_file: _File,
    lift: Annotated[bool, typer.Option("--aufheben", help="Die Einschränkung aufheben.")] = False,
    also: _Also = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Die Verarbeitung einschränken (Art. 18): gespeichert bleiben, nicht zählen, auf keiner Liste stehen.

    Gilt auch für das, was später geliefert wird. Rückgabe 1: es war nichts einzuschränken oder aufzuheben.
    """
    with _rights(), _opened(person_file, also, site) as (case, connection):
        from zaehlbar.load import occasion
        from zaehlbar.rights import restrict

        present = restrict.restrictions_of(connection, case.tokens, case.found)
        if lift and not present:
            fail("Zu dieser Person gilt keine Einschränkung.", 1)
        if not lift and present:
            fail("Die Verarbeitung ist schon eingeschränkt.", 1)
        if lift:
            restrict.lift(connection, present)
        else:
            present = [restrict.restrict(connection, case.night.keys, case.tokens, case.found)]
        occasion.note(connection, "einschraenkung")
    recounted = _recount(case.night.settings, site)
    _remove(person_file)
    if as_json:
        state = {"einschraenkungen": present, "aufgehoben": lift, "identitaeten": case.found.ids}
        _print_json(state | {"neu_gezaehlt": recounted} | _similar(case))
    else:
        what = "aufgehoben" if lift else "gilt"
        typer.echo(f"Einschränkung {', '.join(map(str, present))} {what}; Identitäten: {len(case.found.ids)}.")
        _show_similar(case)


@app.command()
def loeschen(
    person_file: _File,
    confirmed: Annotated[bool, typer.Option("--bestaetigen", help="Wirklich löschen; sonst wird nur gezeigt.")] = False,
    folder: Annotated[
        Path | None, typer.Option("--ausgabe", help="Ordner der Quittung (sonst ZAEHLBAR_HOME/quittungen).")
    ] = None,
    also: _Also = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Eine Person löschen (Art. 17): Archiv, Zwischenablage, Geschichte, Token, Berichte; mit Quittung.

    Ohne --bestaetigen wird nur gezeigt, was gelöscht würde. Eine unterbrochene Löschung beendet derselbe Aufruf.
    Rückgabe 0: gelöscht, 1: nur gezeigt, nichts gefunden oder noch etwas offen (steht in der Quittung).
    """
    with _rights(), _alone(person_file, also, site) as (case, connection):
        from zaehlbar.rights.document import private_folder, write_private
        from zaehlbar.rights.erase import erase, extent, finish

        whole = extent(connection, case)
        connection.rollback()
        if whole.nothing(case) and whole.finished is not None:
            _already(connection, person_file, whole.finished, as_json=as_json)
        if whole.nothing(case):
            _nobody(case, inbox=len(whole.inbox.hits), as_json=as_json)
        if not confirmed:
            _show_extent(case, whole, as_json=as_json)
            raise typer.Exit(1)
        target = folder or case.night.settings.home / "quittungen"
        private_folder(target)
        number = erase(case, whole)
    with _rights():
        recounted = _recount(case.night.settings, site)
        done = finish(case.night, number, whole, similar=len(case.found.similar), recounted=recounted)
        case.night.engine.dispose()
        from zaehlbar.rights.receipt import as_dict, as_text

        path = write_private(target / f"quittung-{number}.txt", as_text(done))
    _remove(person_file)
    if as_json:
        _print_json(as_dict(done) | {"datei": str(path)} | _similar(case))
    else:
        typer.echo(as_text(done), nl=False)
        typer.echo(f"\nDiese Quittung: {path}")
        _show_similar(case)
    raise typer.Exit(1 if done.remaining else 0)


@_receipts.command("pruefen")
def verify(
    person_file: _File,
    number: Annotated[int | None, typer.Option("--nr", help="Nummer der Quittung; sonst werden alle geprüft.")] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prüfen, ob eine Quittung dieser Person gehört. Rückgabe 0: ja, 1: nein."""
    with _rights(), _opened(person_file, None, site) as (case, connection):
        from zaehlbar.rights.receipt import as_dict, as_text, proves, receipts

        known = [one for one in receipts(connection) if number in (None, one.quittung_nr)]
        own = [one for one in known if proves(case.night.keys, case.person, one)]
    if own:
        _remove(person_file)
    if as_json:
        _print_json([as_dict(one) for one in own])
    elif own:
        typer.echo("\n".join(as_text(one) for one in own), nl=False)
    else:
        typer.echo("Keine Quittung gehört zu dieser Person. Die Personendatei bleibt liegen.")
    raise typer.Exit(0 if own else 1)


@_receipts.command("list")
def list_receipts(as_json: JsonOption = False) -> None:
    """Alle Quittungen zeigen, ohne die Personen. Rückgabe 1: eine Löschung ist nicht zu Ende geführt."""
    from zaehlbar.terminal import warehouse

    with readable_errors(), warehouse("person") as (_, connection):
        from zaehlbar.rights.receipt import as_dict, receipts

        known = receipts(connection)
    if as_json:
        _print_json([as_dict(one) for one in known])
    for one in () if as_json else known:
        typer.echo(f"{one.quittung_nr:>4}  {one.begonnen_am:%d.%m.%Y}  {one.stand}")
    raise typer.Exit(1 if any(one.stand != "fertig" for one in known) else 0)


_NOBODY = "Zu dieser Person ist nichts gespeichert. Die Personendatei bleibt liegen; bitte prüfen oder selbst löschen."


@contextmanager
def _rights() -> Iterator[None]:
    """Turn what a person can act on into one line and the documented exit code; never a value of the person file."""
    from zaehlbar.categorize import RulesChanged
    from zaehlbar.pseudonymize.keys import KeyRingError
    from zaehlbar.rights import CorrectionError, FolderOpenError, PersonFileError, PersonUnclearError
    from zaehlbar.site import SiteError
    from zaehlbar.store import StoreError

    try:
        with readable_errors():
            yield
    except (
        PersonFileError,
        PersonUnclearError,
        CorrectionError,
        FolderOpenError,
        SiteError,
        RulesChanged,
        KeyRingError,
    ) as error:
        fail(str(error.args[0]), 2)
    except StoreError as error:
        fail(str(error), 3)


@contextmanager
def _opened(person_file: Path, also: list[int] | None, site: Path | None) -> Iterator[tuple[Case, Connection]]:
    """Yield the case and a transaction that is committed at the end, while no load runs."""
    with _alone(person_file, also, site) as (case, connection):
        yield case, connection
        connection.commit()


@contextmanager
def _alone(person_file: Path, also: list[int] | None, site: Path | None) -> Iterator[tuple[Case, Connection]]:
    """Yield the case and a connection, while no load runs."""
    from zaehlbar.nightly import undisturbed
    from zaehlbar.rights import open_case, read_person_file
    from zaehlbar.settings import load_settings

    person = read_person_file(person_file)
    settings = load_settings()
    folder = (site or settings.site_folder).absolute()
    with undisturbed(settings, folder, "zaehlbar person") as night, night.engine.connect() as connection:
        yield open_case(connection, night, person, also or ()), connection


def _recount(settings: Settings, site: Path | None) -> bool:
    """Count at once; when that is not possible now, say so: the next run does it."""
    from zaehlbar.nightly import NightFailed, recount
    from zaehlbar.warehouse.lock import Busy

    try:
        with _rights():
            recount(settings, (site or settings.site_folder).absolute())
    except (NightFailed, Busy) as error:
        typer.echo(f"Neu gezählt wird erst mit dem nächsten Lauf: {error.args[0]}", err=True)
        return False
    return True


def _remove(person_file: Path) -> None:
    from zaehlbar.rights import remove_person_file

    try:
        remove_person_file(person_file)
    except OSError as error:
        fail(f"Die Personendatei {person_file} ist nicht zu löschen ({error.strerror}). Bitte selbst löschen.", 3)


def _show_extent(case: Case, whole: Extent, *, as_json: bool) -> None:
    counts = {
        "archiv": len(whole.archive.hits),
        "eingang": len(whole.inbox.hits),
        "unlesbar": len({*whole.archive.unreadable, *whole.inbox.unreadable}),
        "angehalten": list(whole.held),
        "quittung_offen": whole.unfinished,
    }
    identities = [
        {"identitaet_id": one.identitaet_id, "vorhaben_id": one.vorhaben_id, "tvp_id": one.tvp_id, "ueber": one.how}
        for one in case.found.identities
    ]
    if as_json:
        _print_json({"identitaeten": identities, "lieferungen": list(whole.deliveries), **counts, **_similar(case)})
        return
    for one in case.found.identities:
        typer.echo(f"Identität {one.identitaet_id}: {one.vorhaben_id}/{one.tvp_id}, gefunden über {one.how}")
    typer.echo(
        f"Lieferungen im Archiv, die ganz gelöscht würden: {counts['archiv']}; im Eingang: {counts['eingang']}; "
        f"nicht ganz lesbar: {counts['unlesbar']}."
    )
    if whole.held:
        numbers = ", ".join(map(str, whole.held))
        typer.echo(f"Angehaltene Lieferungen, die zurückgewiesen würden und neu zu liefern sind: {numbers}.")
    if whole.unfinished is not None:
        typer.echo(f"Die Löschung zu Quittung {whole.unfinished} wurde unterbrochen und würde zu Ende geführt.")
    _show_similar(case)
    typer.echo("Nichts ist gelöscht. Löschen: denselben Aufruf mit --bestaetigen. Die Personendatei bleibt bis dahin.")


def _already(connection: Connection, person_file: Path, number: int, *, as_json: bool) -> NoReturn:
    """Show the receipt of an erasure that is done: the command died after it, or somebody asks twice."""
    from zaehlbar.rights.receipt import as_dict, as_text, load

    done = load(connection, number)
    _remove(person_file)
    if as_json:
        _print_json(as_dict(done))
    else:
        typer.echo(f"Diese Person ist schon gelöscht.\n\n{as_text(done)}", nl=False)
    raise typer.Exit(0)


def _nobody(case: Case, *, inbox: int = 0, as_json: bool) -> NoReturn:
    """Say that nothing is stored, and who may be meant; the person file stays."""
    if as_json:
        _print_json({"identitaeten": [], "eingang": inbox, **_similar(case)})
    else:
        typer.echo(_NOBODY, err=True)
        if inbox:
            typer.echo(f"Im Eingang liegen {inbox} Lieferungen mit dieser Person; die Site leert ihn nicht.", err=True)
        _show_similar(case)
    raise typer.Exit(1)


def _similar(case: Case) -> dict[str, Any]:
    return {
        "moeglicherweise_weitere": [
            {"identitaet_id": one.identitaet_id, "merkmale": list(one.kinds), "paare": [list(p) for p in one.pairs]}
            for one in case.found.similar
        ]
    }


def _show_similar(case: Case) -> None:
    if not case.found.similar:
        return
    typer.echo(
        f"Möglicherweise gehören {len(case.found.similar)} weitere Identitäten zu dieser Person. Nichts geschah mit "
        "ihnen; bitte prüfen, dann hinzunehmen mit --auch IDENTITAET:",
        err=True,
    )
    for one in case.found.similar:
        pairs = "; ".join(f"zaehlbar identity explain {a} {b}" for a, b in one.pairs)
        typer.echo(f"  {one.identitaet_id}: {', '.join(one.kinds)}{'; ' + pairs if pairs else ''}", err=True)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))
