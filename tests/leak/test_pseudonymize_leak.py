"""Statement 5 for the room that takes the names away: nothing of class I or S, no tn_nr, in its results and errors."""

from __future__ import annotations

import base64
import hashlib
import io
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.support.pseudonymize import KEYS, canonical_table, pseudonymized, site, validated

from zaehlbar.contract import contract
from zaehlbar.pseudonymize import Pseudonymized, pseudonymize
from zaehlbar.store import Staging, StoreError
from zaehlbar.store.place import place as place_at

# Unmistakable values; no part of one is in another or in anything else.
PLANTED = {
    "tn_nr": "QX-7731-Wendelin",
    "nachname": "Zwiebelthürmchen",
    "vorname": "Ohnefried-Käthe",
    "geburtsdatum": date(1987, 11, 23),
    "plz": "98319",
}
WITHHELD = {
    "tn_nr": "QX-8842-Adelgunde",
    "nachname": "Grünspechtshausen",
    "vorname": "Kunigunde-Möwe",
    "geburtsdatum": date(1953, 8, 27),
    "plz": "94527",
}


def clear_fields() -> set[str]:
    return {field.name for table in contract().tables for field in table.fields if field.personal} | {"tn_nr"}


def spellings(value: Any) -> Iterator[bytes]:
    """`value` as it could be found: encodings, date formats, the number that Arrow stores, search form, bare hashes."""
    texts = {str(value)}
    if isinstance(value, date):
        texts |= {value.strftime(form) for form in ("%d.%m.%Y", "%d%m%Y", "%Y%m%d", "%d.%m.%y")}
        # Dates of Arrow are day numbers: four bytes that no other value here has.
        yield (value - date(1970, 1, 1)).days.to_bytes(4, "little", signed=True)
    texts |= {text.upper() for text in texts} | {text.lower() for text in texts}
    texts |= {text.replace("ü", "ue").replace("ä", "ae").replace("ö", "oe").replace("-", "") for text in set(texts)}
    texts |= {text.replace("Ü", "UE").replace("Ä", "AE").replace("Ö", "OE").replace("-", "") for text in set(texts)}
    for text in texts:
        yield from (text.encode(codec) for codec in ("utf-8", "utf-16-le", "cp1252"))
        for algorithm in ("md5", "sha1", "sha256"):
            digest = hashlib.new(algorithm, text.encode()).digest()
            yield digest
            yield digest.hex().encode()
            yield base64.b64encode(digest)


def found_in(content: bytes) -> list[str]:
    """Fields of which a planted value is in `content`."""
    return [
        name
        for person in (PLANTED, WITHHELD)
        for name, value in person.items()
        if any(spelling in content for spelling in spellings(value))
    ]


def everything(result: Pseudonymized) -> bytes:
    """All of a result as bytes: tables uncompressed, the rest as text."""
    sink = io.BytesIO()
    for table in (result.identities, result.merkmale, result.withdrawals, *result.tables.values()):
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        sink.write(repr(table.to_pydict()).encode())
    return sink.getvalue() + repr(result).encode()


def delivery() -> dict[str, list[dict[str, Any]]]:
    assert set(PLANTED) == clear_fields(), "a new field of class I or S has to be planted here"
    days = {"eintritt_datum": date(2026, 2, 1)}
    return {
        "teilnahme": [{**PLANTED, **days}, {**WITHHELD, **days, "widerruf_am": date(2026, 3, 1)}],
        "aktivitaet": [{"tn_nr": PLANTED["tn_nr"]}, {"tn_nr": WITHHELD["tn_nr"]}],
        "zwischenschritt": [{"tn_nr": PLANTED["tn_nr"]}, {"tn_nr": WITHHELD["tn_nr"]}],
    }


def test_the_search_itself_finds_what_is_there() -> None:
    table = canonical_table("teilnahme", [PLANTED])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    assert set(found_in(sink.getvalue())) == set(PLANTED)
    assert found_in(hashlib.sha256(b"ZWIEBELTHUERMCHEN").hexdigest().encode()) == ["nachname"]


def test_statement_05_no_clear_value_leaves_the_room(tmp_path: Path) -> None:
    result = pseudonymized(delivery())
    assert result.tables["teilnahme"].num_rows == result.merkmale.num_rows == 1
    assert result.withdrawals["art"].to_pylist() == ["exakt", "tn"]
    names = {name for table in result.tables.values() for name in table.column_names}
    assert not names & clear_fields()
    assert found_in(everything(result)) == []
    Staging(str(tmp_path), KEYS).put_pseudonymized(result)
    assert found_in(everything(Staging(str(tmp_path), KEYS).get_pseudonymized("00112233445566ff"))) == []
    assert found_in(b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())) == []


def test_statement_05_no_error_tells_a_value(tmp_path: Path) -> None:
    strays: list[dict[str, Any]] = [
        {"teilnahme": [{**PLANTED, "tvp_id": PLANTED["nachname"]}]},
        {"teilnahme": [{**PLANTED, "tn_nr": None}]},
        {"aktivitaet": canonical_table("aktivitaet", [{**WITHHELD}]).take(pa.array([0] * 32769))},
    ]
    for stray in strays:
        with pytest.raises(ValueError, match="rows of") as raised:
            pseudonymize(validated(stray), site(), KEYS)
        assert found_in("".join(traceback.format_exception(raised.value)).encode()) == []
    staging = Staging(str(tmp_path), KEYS)
    judged = validated(delivery())
    staging.put_validated(judged)
    place = place_at(str(tmp_path), KEYS, durable=False)
    for path in tmp_path.rglob("*.parquet"):
        name = path.relative_to(tmp_path).as_posix()
        place.write(name, place.read(name)[:-9])
    with pytest.raises(StoreError) as damaged:
        staging.get_validated("00112233445566ff")
    assert found_in("".join(traceback.format_exception(damaged.value)).encode()) == []
