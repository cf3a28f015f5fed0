"""Casting columns of bytes to the contract's types, column by column.

A value that does not fit becomes null and is marked; the other rows go on. Equal values are read once: the column is
dictionary-encoded first unless nearly all its values differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zaehlbar.contract import Field
from zaehlbar.ingest import values
from zaehlbar.ingest.text import Mask, decode, tidy
from zaehlbar.site import FilePart

_SAMPLE = 2000
_ERRORS = (
    *("#REF!", "#N/A", "#NAME?", "#DIV/0!", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
    *("#NV", "#WERT!", "#BEZUG!", "#ZAHL!", "#####"),
)
"""What a spreadsheet shows in place of a value it could not compute."""

DURATION = "dauer_min"


@dataclass(slots=True)
class Cast:
    """A cast column and the rows whose value did not fit; masks have the length of the column, None for no row."""

    values: pa.Array
    unreadable: Mask | None = None
    charset: Mask | None = None
    corrected: Mask | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What is known about the bytes of a file."""

    encoding: str = "utf-8"
    plain: bool = False
    spreadsheet: bool = False


def cast_column(column: pa.Array, field: Field, part: FilePart, source: Source) -> Cast:
    """Cast the binary array `column` to the Arrow type of `field`, as `part` declares its formats."""
    direct = field.type in ("string", "integer") and not _codes(field, part) and not _repeats(column)
    if direct:
        return _cast_distinct(column, field, part, source)
    encoded = column.dictionary_encode()
    result = _cast_distinct(encoded.dictionary, field, part, source)
    indices = encoded.indices
    positions = indices.to_numpy(zero_copy_only=False)
    return Cast(
        result.values.take(indices),
        *(
            mask[positions] if mask is not None else None
            for mask in (result.unreadable, result.charset, result.corrected)
        ),
    )


def _repeats(column: pa.Array) -> bool:
    """Whether values repeat so often that reading each distinct one once pays; judged by the first rows."""
    sample = column.slice(0, _SAMPLE)
    return len(sample) < _SAMPLE or pc.count_distinct(sample).as_py() * 4 < _SAMPLE


def _codes(field: Field, part: FilePart) -> bool:
    return bool(field.codes or part.uebersetzung.get(field.name))


def _cast_distinct(column: pa.Array, field: Field, part: FilePart, source: Source) -> Cast:
    texts, charset = decode(column, source.encoding, plain=source.plain)
    texts = tidy(texts, part.leer, plain=source.plain)
    if field.type == "string":
        result = _strings(texts, field, part)
    elif field.type == "integer" and field.name != DURATION:
        result = _integers(texts, part)
    else:
        result = _by_value(texts, field, part, source)
    result.charset = charset
    return result


def _strings(texts: pa.Array, field: Field, part: FilePart) -> Cast:
    if _codes(field, part):
        texts = _translate(texts, field, part)
    errors = pc.and_(pc.starts_with(texts, "#"), pc.is_in(texts, value_set=pa.array(_ERRORS)))
    unreadable = _mask(errors)
    if unreadable is not None:
        texts = pc.if_else(errors, pa.scalar(None, pa.string()), texts)
    return _restore_zero(Cast(texts, unreadable), field)


def _mask(hits: pa.Array) -> Mask | None:
    """Return the Arrow mask as numpy, nulls as False; None when nothing is hit."""
    mask: Mask = pc.fill_null(hits, False).to_numpy(zero_copy_only=False)
    return mask if mask.any() else None


def _translate(texts: pa.Array, field: Field, part: FilePart) -> pa.Array:
    """Put the canonical code in place of the provider's; what is neither passes, so that the code rule judges it."""
    table = {code.casefold(): code for code in field.codes}
    for provider, code in part.uebersetzung.get(field.name, {}).items():
        table[provider.strip().casefold()] = code
    canonical = set(field.codes) - {provider.strip() for provider in part.uebersetzung.get(field.name, {})}

    def translated(text: str | None) -> str | None:
        return text if text is None or text in canonical else table.get(text.casefold(), text)

    return pa.array([translated(text) for text in texts.to_pylist()], pa.string())


def _restore_zero(result: Cast, field: Field) -> Cast:
    """Give a number code (PLZ, AGS, Jobcenter) the leading zero back that a spreadsheet took."""
    pattern = field.constraints.pattern
    if pattern is None or "[0-9]" not in pattern or field.name.startswith("sha256"):
        return result
    fits = re.compile(pattern)
    short = pc.match_substring_regex(result.values, r"^[0-9]+$")
    rows = np.flatnonzero(pc.fill_null(short, False).to_numpy(zero_copy_only=False))
    texts = result.values.take(pa.array(rows)).to_pylist()
    restored = {
        int(row): "0" + text
        for row, text in zip(rows, texts, strict=True)
        if not fits.fullmatch(text) and fits.fullmatch("0" + text)
    }
    if restored:
        mask = np.zeros(len(result.values), dtype=bool)
        mask[list(restored)] = True
        result.values = pc.replace_with_mask(
            result.values, pa.array(mask), pa.array([restored[row] for row in sorted(restored)], pa.string())
        )
        result.corrected = mask
    return result


def _integers(texts: pa.Array, part: FilePart) -> Cast:
    """Plain digits at once, everything else value by value."""
    simple = pc.fill_null(pc.match_substring_regex(texts, r"^[0-9]{1,9}$"), False)
    numbers = pc.if_else(simple, texts, pa.scalar(None, pa.string())).cast(pa.int32())
    rows = np.flatnonzero(pc.and_(pc.invert(simple), texts.is_valid()).to_numpy(zero_copy_only=False))
    if not len(rows):
        return Cast(numbers)
    rest, unreadable = _each(
        texts.take(pa.array(rows)), lambda text: values.parse_integer(text, part.dezimaltrenner), pa.int32()
    )
    mask = np.zeros(len(texts), dtype=bool)
    mask[rows] = True
    numbers = pc.replace_with_mask(numbers, pa.array(mask), rest)
    bad = np.zeros(len(texts), dtype=bool)
    bad[rows] = unreadable
    return Cast(numbers, bad if bad.any() else None)


def _by_value(texts: pa.Array, field: Field, part: FilePart, source: Source) -> Cast:
    read, corrected = _parser(field, part, source), None
    result, bad = _each(texts, read, field.arrow_type)
    if field.type == "date" and source.spreadsheet and bad.any():
        rows = pa.array(np.flatnonzero(bad))
        serial, still = _each(texts.take(rows), values.parse_serial_date, pa.date32())
        result = pc.replace_with_mask(result, pa.array(bad), serial)
        corrected = bad.copy()
        corrected[bad] = ~still
        bad = bad & ~corrected
    return Cast(
        result,
        unreadable=bad if bad.any() else None,
        corrected=corrected if corrected is not None and corrected.any() else None,
    )


def _each(texts: pa.Array, read: Callable[[str], object], arrow_type: pa.DataType) -> tuple[pa.Array, Mask]:
    """Apply `read` to each distinct text; returns the values and the mask of those it refused."""
    encoded = texts.dictionary_encode()
    results: list[object] = []
    refused = np.zeros(len(encoded.dictionary) + 1, dtype=bool)
    for position, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            results.append(read(text))
        except ValueError:
            results.append(None)
            refused[position] = True
    indices = pc.fill_null(encoded.indices, len(encoded.dictionary))
    distinct = pa.array([*results, None], arrow_type)
    return distinct.take(indices), refused[indices.to_numpy(zero_copy_only=False)]


def _parser(field: Field, part: FilePart, source: Source) -> Callable[[str], object]:
    if field.type == "date":
        formats, spreadsheet = part.datumsformate, source.spreadsheet

        def read_date(text: str) -> date:
            return values.parse_date(text, formats, spreadsheet=spreadsheet)

        return read_date
    if field.type == "yearmonth":
        return values.parse_month
    if field.name == DURATION:
        return lambda text: values.parse_minutes(text, part.dezimaltrenner, part.dauer_einheit)
    return _truth(part)


def _truth(part: FilePart) -> Callable[[str], object]:
    table = {"true": True, "false": False}
    table.update({text.strip().casefold(): False for text in part.falsch})
    table.update({text.strip().casefold(): True for text in part.wahr})

    def read(text: str) -> bool:
        try:
            return table[text.casefold()]
        except KeyError:
            raise ValueError("no truth value") from None

    return read


def expected_format(field: Field, part: FilePart) -> dict[str, str | int]:
    """Return what the values of `field` should look like, in German and English, for the message of a finding."""
    if field.type == "date":
        forms = [form for form in part.datumsformate if "%y" not in form]
        german = " oder ".join(_spell(form, "TT", "JJJJ") for form in forms)
        return {
            "erwartet": f"Datum {german}",
            "expected": "date " + " or ".join(_spell(f, "DD", "YYYY") for f in forms),
        }
    if field.type == "yearmonth":
        return {"erwartet": "Monat JJJJ-MM", "expected": "month YYYY-MM"}
    if field.name == DURATION:
        return {"erwartet": "Dauer wie 90 min, 2,5 h oder 2:30", "expected": "duration such as 90 min, 2.5 h or 2:30"}
    if field.type == "integer":
        return {"erwartet": "ganze Zahl", "expected": "whole number"}
    if field.type == "boolean":
        yes, no = "/".join(part.wahr), "/".join(part.falsch)
        return {"erwartet": f"{yes} oder {no}", "expected": f"{yes} or {no}"}
    return {"erwartet": "Text", "expected": "text"}


def _spell(form: str, day: str, year: str) -> str:
    return (
        form.replace("%d", day)
        .replace("%m", "MM")
        .replace("%Y", year)
        .replace("%H:%M:%S", "hh:mm:ss")
        .replace("%H:%M", "hh:mm")
    )
