"""The zip package of a workbook: is it one, is it safe to open, and how many rows of a sheet have values.

This is the independent count of DESIGN.md, statement 1, for workbooks: it reads the XML, not the parsed cells.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.etree import ElementTree

MAX_UNPACKED = 1 << 30
"""Bytes of XML a workbook may unpack to; more is no export but a zip bomb."""

_MAX_DIRECTORY = 1 << 24
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
_NUMBER = re.compile(rb"""\br=["'](\d+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>[^<]")
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])([^>]*)>")
_ERROR_CELL = re.compile(rb"""<(?:\w+:)?c(?=\s)([^>]*\bt=["']e["'][^>]*)>""")
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d+)["']""")
_SHARED = re.compile(rb"""\bt=["']s["']""")
_INDEX = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>\s*(\d+)\s*<")


class PackageError(ValueError):
    """The file is no workbook that can be read; `reason` is a word for the finding, never text from the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a readable workbook: {reason}")
        self.reason = reason


@dataclass(slots=True)
class Package:
    """An opened workbook: sheet name → path of its XML."""

    archive: zipfile.ZipFile
    sheets: dict[str, str] = field(default_factory=dict)
    date1904: bool = False

    def read(self, path: str) -> bytes:
        """Return a member's content. Raises PackageError when it is damaged."""
        try:
            return self.archive.read(path)
        except (KeyError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError):
            raise PackageError("beschaedigt") from None


def open_package(data: bytes) -> Package:
    """Open the workbook in `data`. Raises PackageError with the reason when it is none or not safe to read."""
    _refuse_foreign(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
        raise PackageError("beschaedigt") from None
    package = Package(archive)
    _limit(package)
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        other = "xlsb" if "xl/workbook.bin" in names else "ods" if "content.xml" in names else "kein_arbeitsbuch"
        raise PackageError(other)
    _directory(package)
    return package


def _refuse_foreign(data: bytes) -> None:
    if not data:
        raise PackageError("leer")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise PackageError("verschluesselt" if encrypted else "xls_alt")
    if data.startswith(b"PK"):
        return
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    raise PackageError("html" if head.startswith(b"<") else "keine_xlsx")


def _limit(package: Package) -> None:
    """Unpack everything once in small pieces and stop at MAX_UNPACKED: the sizes in the directory may lie."""
    members = package.archive.infolist()
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise PackageError("zu_gross")
    total = 0
    for member in members:
        if member.flag_bits & 1:
            raise PackageError("verschluesselt")
        try:
            with package.archive.open(member) as stream:
                while piece := stream.read(1 << 20):
                    total += len(piece)
                    if total > MAX_UNPACKED:
                        raise PackageError("zu_gross")
        except (
            zipfile.BadZipFile,
            zlib.error,
            RuntimeError,
            NotImplementedError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            if isinstance(error, PackageError):
                raise
            raise PackageError("beschaedigt") from None


def _directory(package: Package) -> None:
    book, relations = _tree(package, "xl/workbook.xml"), _tree(package, "xl/_rels/workbook.xml.rels")
    targets = {node.get("Id"): node.get("Target", "") for node in relations.iter() if _tag(node) == "Relationship"}
    for node in book.iter():
        if _tag(node) == "sheet":
            key = next((value for name, value in node.attrib.items() if name.rpartition("}")[2] == "id"), "")
            target = targets.get(key, "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            package.sheets[node.get("name", "")] = path
        elif _tag(node) == "workbookPr":
            package.date1904 = node.get("date1904", "") in ("1", "true")


def _tag(node: ElementTree.Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _tree(package: Package, path: str) -> ElementTree.Element:
    content = package.read(path)
    if len(content) > _MAX_DIRECTORY or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise PackageError("beschaedigt")
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - small, and entities were refused above
    except ElementTree.ParseError:
        raise PackageError("beschaedigt") from None


def rows_with_values(xml: bytes) -> set[int]:
    """Return the numbers (from 1) of the rows of a sheet that have at least one cell with a value."""
    return {number for number, begin, end in _rows(xml) if _VALUE.search(xml, begin, end)}


def _rows(xml: bytes) -> list[tuple[int, int, int]]:
    """Number, begin and end of every row element."""
    found = list(_ROW.finditer(xml))
    rows, number = [], 0
    for position, row in enumerate(found):
        stated = _NUMBER.search(row[1])
        number = int(stated[1]) if stated else number + 1
        end = found[position + 1].start() if position + 1 < len(found) else xml.find(b"sheetData>", row.end())
        if not row[1].endswith(b"/"):
            rows.append((number, row.end(), end if end >= 0 else len(xml)))
    return rows


def error_cells(xml: bytes) -> list[tuple[int, int]]:
    """Return row and column (both from 1) of the cells that show an error such as #REF!."""
    if b't="e"' not in xml and b"t='e'" not in xml:
        return []
    cells = (_REFERENCE.search(cell[1]) for cell in _ERROR_CELL.finditer(xml))
    return [(int(cell[2]), column_number(cell[1].decode("ascii"))) for cell in cells if cell]


def column_number(letters: str) -> int:
    """Return the number (from 1) of a column such as `AB`."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def truly_empty(package: Package, xml: bytes, numbers: set[int]) -> set[int]:
    """Return those of the rows `numbers` whose only values are blank texts: they have values, but no record."""
    if not numbers:
        return set()
    blank = _blank_texts(package)
    empty = set()
    for number, begin, end in _rows(xml):
        if number in numbers and all(_is_blank(cell, blank) for cell in _cells(xml, begin, end)):
            empty.add(number)
    return empty


def _cells(xml: bytes, begin: int, end: int) -> list[bytes]:
    starts = [cell.start() for cell in _CELL.finditer(xml, begin, end)]
    return [xml[a:b] for a, b in zip(starts, [*starts[1:], end], strict=True)]


def _is_blank(cell: bytes, blank: set[int]) -> bool:
    if not _VALUE.search(cell):
        return True
    head = cell[: cell.find(b">")]
    if _SHARED.search(head):
        index = _INDEX.search(cell)
        return index is not None and int(index[1]) in blank
    return not re.sub(rb"<[^>]*>", b"", cell).replace(b"\xc2\xa0", b"").strip()


def _blank_texts(package: Package) -> set[int]:
    """Return the indices of the shared strings without a visible character."""
    if "xl/sharedStrings.xml" not in package.archive.namelist():
        return set()
    xml = package.read("xl/sharedStrings.xml")
    blank = set()
    for index, item in enumerate(re.split(rb"<(?:\w+:)?si(?=[\s/>])", xml)[1:]):
        texts = re.findall(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<", item)
        if not b"".join(texts).decode("utf-8", "replace").strip("\ufeff\u200b \t\r\n\u00a0"):
            blank.add(index)
    return blank
