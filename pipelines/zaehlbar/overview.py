"""What the screens show: deliveries with verdict and balance, the last runs, an excerpt of the figures.

Belongs here: reading, as values. Does not belong here: layout (`demo`, `status_cli`), deciding (`review`).
No value of a person, and no file name, is read here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING

from zaehlbar.contract.balance import FATES, Balance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from zaehlbar.settings import Settings

_FATE_NAMES = {"geaendert": "geändert", "unveraendert": "unverändert", "ueberholt": "überholt"}
_VERDICTS = {
    "angenommen": "✓ angenommen",
    "angenommen_mit_befunden": "✓ mit Befunden",
    "angehalten": "? angehalten",
    "abgelehnt": "✗ abgelehnt",
}


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as the warehouse knows it. `balances` by table; `repeated`: further times it lay in the inbox."""

    lieferung_nr: int
    lieferung_id: str
    vorhaben_id: str | None
    tvp_id: str | None
    zeitraum_von: date | None
    zeitraum_bis: date | None
    version: int | None
    status: str
    urteil: str | None
    gruende: tuple[str, ...]
    entscheidung: str | None
    fehlerart: str | None
    repeated: int
    balances: tuple[Balance, ...]

    @property
    def short_id(self) -> str:
        return self.lieferung_id[:8]

    @property
    def total(self) -> Balance:
        """The balances of all tables, summed per fate."""
        names = [field.name for field in fields(Balance)[1:]]
        return Balance("alle", **{name: sum(getattr(item, name) for item in self.balances) for name in names})

    @property
    def waiting(self) -> int:
        """Rows that wait for a decision or for their participation."""
        return self.total.wartend

    @property
    def needs_decision(self) -> bool:
        """Whether it is held and no person has released it."""
        return self.status == "angehalten" and self.entscheidung != "freigegeben"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of the night: when, by whom, how it ended, how many deliveries it had in hand."""

    lauf_id: int
    ausloeser: str
    status: str
    begonnen_am: datetime
    beendet_am: datetime | None
    lieferungen: int
    fehler: int
    gezaehlt: bool


@dataclass(frozen=True, slots=True)
class FigureRow:
    """The internal totals of a Jobcenter (* = all, OHNE = none given) and month, with what they rest on."""

    monat: date
    stichtag: date
    jobcenter_nr: str
    jobcenter: str
    teilnahmen: int
    personen: int
    eintritte: int
    eintritte_zaehlbar: int
    austritte: int
    bestand: int
    bestand_aktiv: int | None
    personen_unter_schwelle: int | None
    stunden: float
    stand: str
    lieferungen_erwartet: int
    lieferungen_eingegangen: int
    stand_hinweis: str | None
    """What is to be said where persons of the month were removed since."""


def deliveries(connection: Connection) -> list[DeliveryRow]:
    """Return all deliveries in the order they were found."""
    from sqlalchemy import text

    balances = _balances(connection)
    rows = connection.execute(
        text("""
            select
                l.lieferung_nr, l.lieferung_id, l.vorhaben_id, l.tvp_id, l.zeitraum_von, l.zeitraum_bis, l.version,
                l.status, l.urteil, l.gruende, e.entscheidung, l.fehlerart,
                coalesce((select max(g.anzahl) from betrieb.eingang as g where g.lieferung_nr = l.lieferung_nr), 1) - 1
                    as repeated
            from betrieb.lieferung as l
            left join lateral (
                select entscheidung from betrieb.entscheidung as e
                where e.lieferung_nr = l.lieferung_nr order by e.entscheidung_nr desc limit 1
            ) as e on true
            order by l.lieferung_nr
            """)
    )
    return [
        DeliveryRow(**{**row, "gruende": tuple(row["gruende"])}, balances=tuple(balances.get(row["lieferung_nr"], ())))
        for row in rows.mappings()
    ]


def _balances(connection: Connection) -> dict[int, list[Balance]]:
    from sqlalchemy import text

    names = ", ".join(field.name for field in fields(Balance))
    rows = connection.execute(text(f"select lieferung_nr, {names} from betrieb.bilanz order by lieferung_nr, tabelle"))
    result: dict[int, list[Balance]] = {}
    for nr, *values in rows:
        result.setdefault(nr, []).append(Balance(*values))
    return result


def last_runs(connection: Connection, number: int = 5) -> list[RunRow]:
    """Return the latest runs, newest first."""
    from sqlalchemy import text

    rows = connection.execute(
        text("""
            select
                l.lauf_id, l.ausloeser, l.status, l.begonnen_am, l.beendet_am,
                (select count(*) from betrieb.eingang as g where g.lauf_id = l.lauf_id and g.stapel is not null),
                l.fehler,
                exists (select from zahl.zaehlung as z where z.lauf_id = l.lauf_id)
            from betrieb.lauf as l order by l.lauf_id desc limit :number
            """),
        {"number": number},
    )
    return [RunRow(*row) for row in rows]


def figures_excerpt(connection: Connection, months: int = 3) -> list[FigureRow]:
    """Return the totals per Jobcenter of the last counted months, newest month first; the total of all comes last."""
    from sqlalchemy import text

    names = ", ".join(f"z.{field.name}" for field in fields(FigureRow) if field.name != "jobcenter")
    rows = connection.execute(
        text(f"""
            select {names}, case z.jobcenter_nr when '*' then 'alle' when 'OHNE' then 'ohne Angabe'
                else coalesce(j.name, z.jobcenter_nr) end as jobcenter
            from bericht.monatszahlen as z
            left join katalog.jobcenter as j on z.jobcenter_nr = j.jobcenter_nr
            where z.vorhaben_id = '*' and z.tvp_id = '*' and z.kategorie = '*' and z.monat in (
                select beginn from zahl.figur
                where bekannt_bis is null and zeitraum = 'monat'
                    and (land, jobcenter_nr, vorhaben_id) = ('*', '*', '*')
                    and (quartier_id, tvp_id, kategorie) = ('*', '*', '*')
                order by beginn desc limit :months
            )
            order by z.monat desc, z.jobcenter_nr = '*', z.jobcenter_nr = 'OHNE', z.jobcenter_nr
            """),
        {"months": months},
    )
    return [FigureRow(**{**row, "stunden": float(row["stunden"])}) for row in rows.mappings()]


def balance_text(balance: Balance) -> str:
    """Return a balance as the sum that it is: "24 = 20 neu + 4 doppelt", or "24 neu" where all have one fate."""
    names = {fate: _FATE_NAMES.get(fate, fate).replace("zurueck", "zurück") for fate in FATES}
    parts = [f"{getattr(balance, fate)} {name}" for fate, name in names.items() if getattr(balance, fate)]
    if len(parts) < 2 and not balance.difference:
        return parts[0] if parts else "0"
    return f"{balance.gefunden} = {' + '.join(parts)}"


def delivery_cells(row: DeliveryRow) -> dict[str, object]:
    """Return a delivery as one row of a table for the screen."""
    verdict = _VERDICTS.get(row.urteil or "", "– ohne Urteil")
    if row.status == "abgelehnt" and row.entscheidung == "abgelehnt":
        verdict = _VERDICTS["abgelehnt"]
    return {
        "Nr.": row.lieferung_nr,
        "Lieferung": row.short_id,
        "Partner": f"{row.vorhaben_id} {row.tvp_id}" if row.vorhaben_id else "unbekannt",
        "Zeitraum": _span(row.zeitraum_von, row.zeitraum_bis),
        "V.": "–" if row.version is None else str(row.version),
        "Urteil": "! Systemfehler" if row.fehlerart else verdict,
        "Bilanz (Zeilen)": balance_text(row.total),
        "Bemerkung": "; ".join(_remarks(row)),
    }


def _span(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return "unbekannt"
    return "–".join(dict.fromkeys(f"{day:%m/%y}" for day in (first, last)))


def _remarks(row: DeliveryRow) -> Sequence[str]:
    remarks = []
    if row.fehlerart:
        remarks.append(f"{row.fehlerart}, wird wieder versucht")
    if row.status in ("angehalten", "abgelehnt") and row.gruende:
        remarks.append(", ".join(row.gruende))
    if row.status == "angehalten":
        remarks.append(
            "freigegeben, wird geladen" if row.entscheidung == "freigegeben" else "braucht eine Entscheidung"
        )
    elif row.entscheidung:
        remarks.append(f"{row.entscheidung} durch Entscheidung")
    if row.total.geschlossen:
        remarks.append(f"schloss {row.total.geschlossen}, die nicht mehr enthalten sind")
    if row.repeated:
        remarks.append(f"lag {row.repeated + 1}-mal im Eingang")
    return remarks


def figure_cells(row: FigureRow) -> dict[str, object]:
    """Return figures as one row of a table for the screen."""
    return {
        "Monat": f"{row.monat:%m/%Y}",
        "Jobcenter": row.jobcenter,
        "Teiln.": row.teilnahmen,
        "Pers.": row.personen,
        "Eintr.": row.eintritte,
        "Austr.": row.austritte,
        "Bestand": row.bestand,
        "Std.": round(row.stunden),
        "Liefg.": f"{row.lieferungen_eingegangen} von {row.lieferungen_erwartet}",
        "Stand": f"{row.stand} *" if row.stand_hinweis else row.stand,
    }


def status_rows(settings: Settings) -> list[dict[str, object]]:
    """Return all deliveries for a screen, connecting to the warehouse of `settings`."""
    return _read(settings, lambda connection: [delivery_cells(row) for row in deliveries(connection)])


def figure_rows(settings: Settings, months: int = 3) -> list[dict[str, object]]:
    """Return the excerpt of the figures for a screen, connecting to the warehouse of `settings`."""
    return _read(settings, lambda connection: [figure_cells(row) for row in figures_excerpt(connection, months)])


def _read(settings: Settings, work: Callable[[Connection], list[dict[str, object]]]) -> list[dict[str, object]]:
    from zaehlbar.warehouse.connect import engine

    db = engine(settings, application_name="zaehlbar overview")
    try:
        with db.connect() as connection:
            return work(connection)
    finally:
        db.dispose()
