"""The door of the room: one delivery in, its canonical tables, counts and findings out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.contract import Delivery, Field, Finding, Severity, SourceFile, Table, contract
from zaehlbar.contract.model import FILE, ROW
from zaehlbar.ingest import files, header, period
from zaehlbar.ingest.cast import DURATION, Cast, Source, cast_column, expected_format
from zaehlbar.ingest.csv_reader import read_csv
from zaehlbar.ingest.period import PeriodError, Stated
from zaehlbar.ingest.raw import RawTable
from zaehlbar.ingest.result import Ingested, ReadCount
from zaehlbar.ingest.rules import Issue, Rule
from zaehlbar.ingest.text import Mask
from zaehlbar.ingest.totals import TotalsPattern
from zaehlbar.ingest.xlsx_package import PackageError
from zaehlbar.ingest.xlsx_reader import Workbook, read_sheet, unreadable
from zaehlbar.site import CsvFormat, FilePart, Profile, Site

_WHOLE = "lieferung"
"""Table of the findings about the delivery as a whole."""


def ingest(delivery: Delivery, site: Site, *, fetch: Callable[[str], bytes] | None = None) -> Ingested:
    """Read a delivery as its profile says. Never raises for bad input: what is wrong becomes a finding.

    `fetch` reads the content of a file by its URL (default: from the local disk) and raises OSError when it cannot.
    Guarantee: for each table `counts.found == rows + counts.rejected`.
    """
    profile = site.profile.get(delivery.profile)
    if profile is None:
        finding = _finding(Issue(Rule.FILE, Severity.ERROR, count=1, params={"grund": "kein_profil"}), _WHOLE, None)
        params = {**finding.params, "_datei": ", ".join(files.file_name(file.url) for file in delivery.files)}
        return Ingested(delivery, findings=[replace(finding, params=params)], fatal=True)
    return _Reading(delivery, profile, site, fetch or _local).result()


@dataclass(slots=True)
class _Piece:
    """One file of a table, cast."""

    table: pa.Table
    unreadable: Mask
    count: ReadCount


@dataclass(slots=True)
class _Contents:
    """Bytes of the files, each read once, and the workbooks among them."""

    fetch: Callable[[str], bytes]
    data: dict[str, bytes] = field(default_factory=dict)
    books: dict[str, Workbook] = field(default_factory=dict)

    def read(self, file: SourceFile) -> bytes:
        """Return the content. Raises OSError when it cannot be read, PackageError when it is not what was found."""
        if file.url not in self.data:
            data = self.fetch(file.url)
            if hashlib.sha256(data).hexdigest() != file.sha256:
                raise PackageError("geaendert")
            self.data[file.url] = data
        return self.data[file.url]

    def book(self, file: SourceFile) -> Workbook:
        if file.url not in self.books:
            self.books[file.url] = Workbook(self.read(file))
        return self.books[file.url]


def _local(url: str) -> bytes:
    return Path(url.removeprefix("file://")).read_bytes()


class _Reading:
    """One delivery on its way through the room."""

    def __init__(self, delivery: Delivery, profile: Profile, site: Site, fetch: Callable[[str], bytes]) -> None:
        self.delivery, self.profile, self.site = delivery, profile, site
        self.contents = _Contents(fetch)
        self.findings: list[Finding] = []
        self.pieces: dict[str, list[_Piece]] = {}
        self.fatal = False
        self.broken: set[str] = set()

    def result(self) -> Ingested:
        for name in self.delivery.missing_parts:
            issue = Issue(Rule.PART, Severity.NOTICE, count=1, params={"grund": "datei", "teil": name})
            self.findings.append(_finding(issue, _table_of(name), None))
        for index, file in enumerate(self.delivery.files):
            part = files.part_of(self.profile, file.part)
            if part is not None:
                self._read_file(index, file, part)
        tables, counts, bad = self._assemble()
        manifest = self._manifest(tables)
        delivery = self._with_scope(manifest)
        if delivery.scope is not None:
            known = {"vorhaben_id": delivery.scope.vorhaben_id, "tvp_id": delivery.scope.tvp_id}
            tables = {name: _fill_nulls(table, known) for name, table in tables.items()}
        return Ingested(delivery, tables, counts, self.findings, bad, self.fatal, manifest)

    def _read_file(self, index: int, file: SourceFile, part: FilePart) -> None:
        table = contract().table(part.tabelle)
        groups = files.groups_of(part, files.file_name(file.url)) or {}
        wanted = header.expected(part, table, tuple(groups))
        raw = self._raw(file, part, wanted)
        if raw is None:
            return
        self.fatal = self.fatal or raw.fatal
        params = {"_datei": files.file_name(file.url)}
        if not isinstance(part.format, CsvFormat):
            params["_blatt"] = part.format.blatt
        self.findings += [_finding(issue, table.name, index, params) for issue in raw.issues]
        constants = {**{k: v for k, v in groups.items() if k in table.field_names}, **_as_text(part.konstanten)}
        piece = _cast_piece(raw, table, part, index, constants, self.findings)
        self.pieces.setdefault(table.name, []).append(piece)

    def _raw(self, file: SourceFile, part: FilePart, wanted: header.Expected) -> RawTable | None:
        totals = TotalsPattern(part.summenzeile) if part.summenzeile else None
        try:
            if isinstance(part.format, CsvFormat):
                return read_csv(self.contents.read(file), part.format, wanted, totals)
            return read_sheet(
                self.contents.book(file),
                part.format,
                wanted,
                totals,
                separator=part.dezimaltrenner,
                required=part.pflicht,
            )
        except PackageError as error:
            first = file.url not in self.broken
            self.broken.add(file.url)
            return unreadable(error) if first else RawTable(fatal=True)  # said once, not once per sheet
        except OSError:
            issue = Issue(Rule.FILE, Severity.ERROR, count=1, params={"grund": "nicht_lesbar"})
            return RawTable(issues=[issue], fatal=True)

    def _assemble(self) -> tuple[dict[str, pa.Table], dict[str, ReadCount], dict[str, Mask]]:
        tables, counts, bad = {}, {}, {}
        for name in (table.name for table in contract().tables if table.name in self.pieces):
            pieces = self.pieces[name]
            tables[name] = pa.concat_tables([piece.table for piece in pieces]).combine_chunks()
            bad[name] = np.concatenate([piece.unreadable for piece in pieces])
            counts[name] = _sum([piece.count for piece in pieces])
            self._check_balance(name, tables[name].num_rows, counts[name])
        return tables, counts, bad

    def _check_balance(self, name: str, rows: int, count: ReadCount) -> None:
        if count.found != rows + count.rejected:
            params: dict[str, str | int] = {"gezaehlt": count.found, "gelesen": rows + count.rejected}
            self.findings.append(_finding(Issue(Rule.LOST, Severity.ERROR, count=1, params=params), name, None))
            self.fatal = True

    def _manifest(self, tables: Mapping[str, pa.Table]) -> dict[str, object]:
        table = tables.get(_WHOLE)
        if table is None or not table.num_rows:
            return {}
        if table.num_rows > 1:
            params = {"grund": "mehrere_zeilen", "anzahl": table.num_rows}
            self.findings.append(_finding(Issue(Rule.PERIOD, Severity.ERROR, count=1, params=params), _WHOLE, None))
        row: dict[str, object] = table.slice(0, 1).to_pylist()[0]
        return {name: value for name, value in row.items() if name not in (ROW, FILE)}

    def _with_scope(self, manifest: Mapping[str, object]) -> Delivery:
        """Return the delivery with scope and version; without a scope it is fatal."""
        try:
            stated = self._stated(manifest).over(period.from_profile(self.profile, self.site))
            return replace(self.delivery, scope=period.scope_of(stated), version=stated.version or 1)
        except PeriodError as error:
            if self.delivery.scope is not None:
                return self.delivery
            self.fatal = True
            if self.broken and self.profile.zeitraum.aus in ("manifest", "zelle"):
                return self.delivery  # a file that cannot be read is the cause, and is a finding already
            params: dict[str, str | int] = {"grund": error.field, "quelle": self.profile.zeitraum.aus}
            self.findings.append(_finding(Issue(Rule.PERIOD, Severity.ERROR, count=1, params=params), _WHOLE, None))
            return self.delivery

    def _stated(self, manifest: Mapping[str, object]) -> Stated:
        source = self.profile.zeitraum
        stated = Stated()
        for file in self.delivery.files:
            part = files.part_of(self.profile, file.part)
            groups = files.groups_of(part, files.file_name(file.url)) if part else None
            stated = stated.over(period.from_groups(groups or {}))
        if source.aus == "dateiname":
            return stated
        stated = replace(stated, start=None, end=None)  # the profile says that the period stands elsewhere
        if source.aus == "manifest":
            return period.from_manifest(manifest).over(stated)
        return self._from_cells().over(stated) if source.aus == "zelle" else stated

    def _from_cells(self) -> Stated:
        source = self.profile.zeitraum
        for file in self.delivery.files:
            part = files.part_of(self.profile, file.part)
            if part is None or isinstance(part.format, CsvFormat):
                continue
            try:
                book = self.contents.book(file)
                name = book.sheet_name(source.blatt or "")
                if name is not None:
                    return period.from_cells(book.cells(name), source)
            except (PackageError, OSError):
                continue
        raise PeriodError("blatt")


def _table_of(part: str) -> str:
    return part.partition(".")[0]


def _finding(issue: Issue, table: str, file: int | None, params: Mapping[str, str | int] | None = None) -> Finding:
    merged = {**(params or {}), **issue.params}
    name = merged.pop("feld", None)
    indices = np.full(len(issue.rows), file or 0, dtype=np.int16) if len(issue.rows) else None
    return Finding(
        rule=issue.rule.value,
        severity=issue.severity,
        table=table,
        field=str(name) if name is not None else None,
        rows=issue.rows,
        files=indices,
        count=issue.count,
        params=merged,
    )


def _sum(counts: Sequence[ReadCount]) -> ReadCount:
    return ReadCount(
        sum(count.found for count in counts),
        sum(count.titles for count in counts),
        sum(count.totals for count in counts),
        sum(count.rejected for count in counts),
    )


def _as_text(constants: Mapping[str, str | int | bool | date]) -> dict[str, str]:
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
        for name, value in constants.items()
    }


def _cast_piece(
    raw: RawTable, table: Table, part: FilePart, file: int, constants: Mapping[str, str], findings: list[Finding]
) -> _Piece:
    """Cast all columns of one file; findings of values are appended to `findings`."""
    rows = len(raw.lines)
    bad = np.zeros(rows, dtype=bool)
    source = Source(raw.encoding, raw.ascii, raw.spreadsheet)
    columns: list[pa.Array] = []
    for item in table.fields:
        if item.name in raw.columns:
            cast = cast_column(raw.columns[item.name], item, part, source)
            for finding, hard in _judge(cast, item, table, part, raw, file):
                findings.append(finding)
                bad |= hard
            column = cast.values
        else:
            column = pa.nulls(rows, item.arrow_type)
        if item.name in constants:
            column = _fill(column, _constant(constants[item.name], item, part, table, findings))
        columns.append(column)
    columns += [pa.array(raw.lines, pa.int32()), pa.array(np.full(rows, file, dtype=np.int16))]
    return _Piece(pa.Table.from_arrays(columns, schema=table.arrow_schema), bad, raw.count)


def _judge(
    cast: Cast, item: Field, table: Table, part: FilePart, raw: RawTable, file: int
) -> list[tuple[Finding, Mask]]:
    """Return the findings of a cast column, each with the mask of the rows it makes unreadable."""
    hard = item.required or item.name in table.primary_key or item.type == "date" or item.name == DURATION
    severity = Severity.ERROR if hard else Severity.WARNING
    title: dict[str, str | int] = {"feld": item.name, "_spalte": raw.titles.get(item.name, item.name)}
    judged = []
    for rule, mask, grade, params in (
        (Rule.VALUE, cast.unreadable, severity, expected_format(item, part)),
        (Rule.CHARSET, cast.charset, severity, {"grund": "wert", "zeichensatz": raw.declared}),
        (Rule.CORRECTED, cast.corrected, Severity.NOTICE, {"grund": "datum" if item.type == "date" else "null"}),
    ):
        if mask is not None:
            issue = Issue(rule, grade, raw.lines[mask], params={**title, **params})
            rejects = mask if grade is Severity.ERROR else np.zeros(len(mask), dtype=bool)
            judged.append((_finding(issue, table.name, file), rejects))
    return judged


def _constant(text: str, item: Field, part: FilePart, table: Table, findings: list[Finding]) -> pa.Scalar:
    """Return a constant in the field's type; one that does not fit is null and a finding about the profile."""
    plain = part.model_copy(update={"leer": ("",), "datumsformate": ("%Y-%m-%d", *part.datumsformate)})
    cast = cast_column(pa.array([text.encode()], pa.binary()), item, plain, Source())
    if cast.unreadable is not None:
        params: dict[str, str | int] = {"feld": item.name, "grund": "konstante", **expected_format(item, part)}
        findings.append(_finding(Issue(Rule.VALUE, Severity.ERROR, count=1, params=params), table.name, None))
    return cast.values[0]


def _fill(column: pa.Array, value: pa.Scalar) -> pa.Array:
    return column if not value.is_valid or not column.null_count else pc.fill_null(column, value)


def _fill_nulls(table: pa.Table, known: Mapping[str, str]) -> pa.Table:
    """Put the scope's numbers where the delivery has none."""
    for name, value in known.items():
        position = table.schema.get_field_index(name)
        if position >= 0 and table.column(position).null_count:
            table = table.set_column(
                position, table.schema.field(position), pc.fill_null(table.column(position), value)
            )
    return table
