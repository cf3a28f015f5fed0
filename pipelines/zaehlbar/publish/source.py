"""All figures, names and rules that workbooks need, fetched once; the workbooks are then built from memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from sqlalchemy import Connection, text

from zaehlbar.count.figures import NothingCounted
from zaehlbar.count.without_consent import MEASURES, legal_basis
from zaehlbar.dates import today

ALL = "*"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a count, all of them: every figure names them (DESIGN.md, statement 9)."""

    site: str
    site_version: str
    betriebsmodell: str
    katalog_version: str
    kategorien_version: str
    abstimmung: str
    """abgestimmt, or the words that stand on every page until both sides have agreed."""
    zaehlregeln_version: str
    kalender_version: str
    validierung_version: str
    regelpaket_version: str
    schwelle_minuten: int | None
    aktiv_tage: int | None
    vorlaeufig_monate: int
    abgleich_version: str | None
    """None: counted before there were merge rules."""


@dataclass(frozen=True, slots=True)
class Count:
    """The count that the figures are from."""

    lauf_id: int
    gezaehlt_am: datetime
    rules: Rules


@dataclass(frozen=True, slots=True)
class Cell:
    """The measures of one cell; None: a sub-line that the site switched off, or a figure counted before it existed."""

    teilnahmen: int = 0
    personen: int = 0
    eintritte: int = 0
    eintritte_zaehlbar: int = 0
    austritte: int = 0
    bestand: int = 0
    bestand_aktiv: int | None = None
    personen_unter_schwelle: int | None = None
    dauer_min: int = 0
    austritte_zaehlbar: int | None = None
    bestand_zaehlbar: int | None = None
    teilnahmen_parallel: int | None = None
    personen_parallel: int | None = None

    @property
    def stunden(self) -> float:
        return round(self.dauer_min / 60, 2)


@dataclass(frozen=True, slots=True)
class WithoutConsent:
    """Participations of persons without consent in a month, counted apart (count/without_consent)."""

    teilnahmen: int = 0
    eintritte: int = 0
    austritte: int = 0
    bestand: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """Deliveries expected for a month, and how many of them are loaded."""

    expected: int
    loaded: int

    @staticmethod
    def total(parts: Iterable[Coverage]) -> Coverage:
        """Return the coverage of several Vorhaben or months together: never shown by partner."""
        items = list(parts)
        return Coverage(sum(item.expected for item in items), sum(item.loaded for item in items))


@dataclass(frozen=True, slots=True)
class Category:
    """A category in the order of the reports."""

    code: str
    name: str
    group: str
    unit: str
    analog: str
    mapped: bool


_MEASURES = ", ".join(item.name for item in fields(Cell))


@dataclass(frozen=True, slots=True)
class Label:
    """What a code is called from a day to a day (inclusive; None: until further notice)."""

    kind: str
    code: str
    name: str
    valid_from: date
    valid_to: date | None


CellKey = tuple[date, str, str, str]
"""Month, Jobcenter, Vorhaben, category."""


@dataclass(frozen=True, slots=True)
class Span:
    """A period longer than a month, counted as itself: never the sum of its months."""

    zeitraum: str
    """quartal, zwoelf_monate (up to the end of a quarter) or jahr."""
    beginn: date
    ende: date
    stichtag: date


@dataclass(frozen=True, slots=True)
class Source:
    """What the database knows, for any number of workbooks.

    `stichtage` has every counted month that a loaded delivery reaches into. Earlier months are counted, too, from
    participations that began long ago, but nobody delivered what happened then: shown, they would pass for a month.
    """

    count: Count
    stichtage: Mapping[date, date]
    cells: Mapping[CellKey, Cell]
    spans: Mapping[tuple[Span, str, str], Cell]
    """(period, Jobcenter, category) → figure; periods whose last month is to be shown."""
    jobcenters: Mapping[str, str]
    """Number → name of the Jobcenters that the site knows."""
    vorhaben: Mapping[str, str]
    categories: Sequence[Category]
    coverage: Mapping[tuple[date, str], Coverage]
    without_consent: Mapping[tuple[date, str], WithoutConsent] = field(default_factory=dict)
    """(month, Jobcenter) → persons without consent, all partners together."""
    read_on: date = date.min
    """The day of reading: whether a month is endgültig depends on it."""
    legal_basis: str | None = None
    """On what counting them rests; None: they are not counted, and no report has a line for them."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Angabe → its name in reports."""
    labels: Sequence[Label] = ()
    """What codes are called, by date."""
    notes: Mapping[date, str] = field(default_factory=dict)
    """Months with persons who were removed since → what is to be said of their figures (statement 8), internally."""

    def months_with_figures(self, jobcenter_nr: str) -> list[date]:
        """Return the months to show from the Jobcenter's first figure on, ascending."""
        own = [month for month, nr, *_ in self.cells if nr == jobcenter_nr]
        return [month for month in sorted(self.stichtage) if own and month >= min(own)]

    def vorhaben_of(self, jobcenter_nr: str, month: date) -> list[str]:
        """Return the Vorhaben with a figure in that month, sorted."""
        return sorted(
            vorhaben
            for day, nr, vorhaben, category in self.cells
            if (day, nr, category) == (month, jobcenter_nr, ALL) and vorhaben != ALL
        )


def fetch(connection: Connection, lauf_id: int | None = None) -> Source:
    """Fetch the current figures with the rules of the last count (up to run `lauf_id`).

    Raises NothingCounted before the first count.
    """
    count = _count(connection, lauf_id)
    cells, stichtage = _cells(connection)
    jobcenters = connection.execute(text("select jobcenter_nr, name from katalog.jobcenter order by 1"))
    vorhaben = connection.execute(text("select vorhaben_id, akronym from katalog.vorhaben order by 1"))
    titles = connection.execute(text("select angabe, bezeichnung from katalog.angabe order by 1"))
    coverage = connection.execute(
        # Not how many of the known participations are loaded: that would tell how many consent ((d) 18).
        text("select monat, vorhaben_id, erwartet, eingegangen from bericht.abdeckung")
    )
    return Source(
        count=count,
        stichtage=stichtage,
        cells=cells,
        spans=_spans(connection, stichtage),
        jobcenters={row.jobcenter_nr: row.name for row in jobcenters},
        vorhaben={row.vorhaben_id: row.akronym for row in vorhaben},
        categories=_categories(connection, count.rules),
        coverage={(monat, vorhaben_id): Coverage(*values) for monat, vorhaben_id, *values in coverage},
        without_consent=_without_consent(connection),
        legal_basis=_legal_basis(connection),
        titles={row.angabe: row.bezeichnung for row in titles},
        labels=_labels(connection, count.lauf_id),
        read_on=today(),
        notes=_notes(connection),
    )


def _count(connection: Connection, lauf_id: int | None) -> Count:
    row = (
        connection.execute(
            text("""
            select z.lauf_id, z.gezaehlt_am, r.*
            from zahl.zaehlung as z inner join betrieb.regelwerk as r on z.regelwerk_nr = r.regelwerk_nr
            where cast(:lauf_id as integer) is null or z.lauf_id <= :lauf_id
            order by z.lauf_id desc limit 1
            """),
            {"lauf_id": lauf_id},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NothingCounted("Es wurde noch nichts gezählt. Laden Sie zuerst: zaehlbar run")
    rules = Rules(**{name: row[name] for name in Rules.__slots__})
    return Count(row["lauf_id"], row["gezaehlt_am"], rules)


def _notes(connection: Connection) -> dict[date, str]:
    rows = connection.execute(
        text("select distinct monat, stand_hinweis from bericht.monatszahlen where stand_hinweis is not null")
    )
    return {row.monat: row.stand_hinweis for row in rows}


def _labels(connection: Connection, lauf_id: int) -> list[Label]:
    rows = connection.execute(
        text("""
            select b.art, b.code, b.bezeichnung, b.gueltig_ab, b.gueltig_bis
            from zahl.zaehlung as z inner join katalog.bezeichnung as b on z.regelwerk_nr = b.regelwerk_nr
            where z.lauf_id = :lauf_id order by b.art, b.code, b.gueltig_ab
            """),
        {"lauf_id": lauf_id},
    )
    return [Label(*row) for row in rows]


def _legal_basis(connection: Connection) -> str | None:
    number = text("select regelwerk_nr from zahl.zaehlung order by lauf_id desc limit 1")
    return legal_basis(connection, connection.execute(number).scalar_one())


def _without_consent(connection: Connection) -> dict[tuple[date, str], WithoutConsent]:
    names = ", ".join(MEASURES)
    rows = connection.execute(
        text(f"select monat, jobcenter_nr, {names} from bericht.ohne_einwilligung where jobcenter_nr <> '*'")
    )
    return {(month, nr): WithoutConsent(*values) for month, nr, *values in rows}


def _cells(connection: Connection) -> tuple[dict[CellKey, Cell], dict[date, date]]:
    """Totals, categories of all Vorhaben together, and Vorhaben of all categories together: what the sheets show.

    Nothing per partner: a report of a Jobcenter must not have it.
    """
    rows = connection.execute(
        text(f"""
            select beginn, jobcenter_nr, vorhaben_id, kategorie, stichtag, {_MEASURES}
            from zahl.figur as z
            where bekannt_bis is null and zeitraum = 'monat' and land = '*' and quartier_id = '*' and tvp_id = '*'
                and exists (
                    select from betrieb.lieferung as l
                    where l.geladen_lauf is not null and l.zeitraum_von <= z.ende and l.zeitraum_bis >= z.beginn
                )
                and (vorhaben_id = '*' or kategorie = '*')
                and (jobcenter_nr <> '*' or (vorhaben_id = '*' and kategorie = '*'))
            """)
    )
    cells: dict[CellKey, Cell] = {}
    stichtage: dict[date, date] = {}
    for month, jobcenter_nr, vorhaben_id, category, stichtag, *values in rows:
        cells[month, jobcenter_nr, vorhaben_id, category] = Cell(*values)
        stichtage[month] = stichtag
    return cells, stichtage


def _spans(connection: Connection, stichtage: Mapping[date, date]) -> dict[tuple[Span, str, str], Cell]:
    rows = connection.execute(
        text(f"""
            select zeitraum, beginn, ende, stichtag, jobcenter_nr, kategorie, {_MEASURES}
            from zahl.figur
            where bekannt_bis is null and zeitraum <> 'monat' and land = '*' and jobcenter_nr <> '*'
                and vorhaben_id = '*' and quartier_id = '*' and tvp_id = '*'
            """)
    )
    return {
        (Span(zeitraum, beginn, ende, stichtag), nr, category): Cell(*values)
        for zeitraum, beginn, ende, stichtag, nr, category, *values in rows
        if ende.replace(day=1) in stichtage
    }


def _categories(connection: Connection, rules: Rules) -> list[Category]:
    """Order as the work goes: by first activity code of group and category; events and what is not counted last."""
    rows = connection.execute(
        text("""
            select k.kategorie, k.name, k.gruppe, k.zaehleinheit, k.analog, z.code is not null as mapped
            from katalog.kategorie as k
            left join lateral (
                select min(code) as code from katalog.kategorie_zuordnung as z
                where z.version = k.version and z.kategorie = k.kategorie
            ) as z on true
            where k.version = :version
            order by
                case k.zaehleinheit when 'keine' then 2 when 'EV' then 1 else 0 end,
                min(z.code) over (partition by k.zaehleinheit in ('keine', 'EV'), k.gruppe) nulls last,
                k.gruppe, z.code nulls last, k.kategorie
            """),
        {"version": rules.kategorien_version},
    )
    return [Category(row.kategorie, row.name, row.gruppe, row.zaehleinheit, row.analog, row.mapped) for row in rows]
