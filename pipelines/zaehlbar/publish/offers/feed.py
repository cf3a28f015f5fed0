"""The offers of a Jobcenter as data for its intranet: JSON (schema: `angebote.schema.json` beside this file) and CSV.

Belongs here: keys, order and what makes a cell harmless. Does not belong here: words for people (words).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from zaehlbar.contract import contract
from zaehlbar.publish.offers.content import Offer
from zaehlbar.publish.offers.words import VOLUNTARY

FORMAT = "zaehlbar-angebote/1"
"""Keys are stable within a number; new ones may be added."""

COLUMNS = (
    "vorhaben_id", "vorhaben_name", "tvp_id", "tvp_name", "angebot_id", "titel", "kurztext", "zielgruppe",
    "quartier_id", "quartier_name", "zeiten", "naechster_start", "freie_plaetze", "sprache", "kinderbetreuung",
    "kinderbetreuung_text", "zugang", "zugang_text", "funktionskontakt", "gueltig_bis", "stand_datum",
)  # fmt: skip

_FORMULA = "=+-@|%＝＋－＠"  # noqa: RUF001 - Excel takes the wide signs for the narrow ones
"""A cell that begins so could be run as a formula by Excel or LibreOffice."""


def as_json(jobcenter_nr: str, jobcenter_name: str, offers: Sequence[Offer]) -> bytes:
    """Return the offers as JSON, UTF-8; equal offers give equal bytes."""
    content = {
        "format": FORMAT,
        "jobcenter_nr": jobcenter_nr,
        "jobcenter_name": jobcenter_name,
        "hinweis": VOLUNTARY,
        "angebote": [_record(offer) for offer in offers],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1, default=date.isoformat) + "\n").encode()


def as_csv(offers: Sequence[Offer]) -> bytes:
    """Return the offers as CSV for Excel: UTF-8 with BOM, semicolon, every cell quoted, none a formula."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(_record(offer)[name]) for name in COLUMNS] for offer in offers)
    return target.getvalue().encode("utf-8-sig")


def _record(offer: Offer) -> dict[str, Any]:
    table = contract().table("verzeichnis")
    codes = {f"{name}_text": (table.field(name).codes, getattr(offer, name)) for name in ("kinderbetreuung", "zugang")}
    texts = {name: labels.get(code or "") for name, (labels, code) in codes.items()}
    return {name: texts[name] if name in texts else getattr(offer, name) for name in COLUMNS}


def _cell(value: str | date | None) -> str:
    if value is None:
        return ""
    shown = value.isoformat() if isinstance(value, date) else value
    return f"'{shown}" if shown.startswith(tuple(_FORMULA)) else shown
