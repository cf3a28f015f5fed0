"""What every report carries, and the few that do not, with the reason: for the tests of statements 9, 11, 13, 14."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from tests.integration.conftest import ExampleNight

MARKS = {"hinweis", "abgrenzung"}
RULES = {"kategorien_version", "zuordnung_stand", "zaehlregeln_version", "kalender_version", "betriebsmodell", "stand"}
DELIVERIES = {"lieferungen_erwartet", "lieferungen_eingegangen"}
PARTICIPANTS = {"teilnahmen_bekannt", "teilnahmen_geladen"}

EXCEPTIONS: dict[str, tuple[set[str], str]] = {
    "abdeckung": (
        {"abgrenzung", *RULES, *DELIVERIES},
        "it is the coverage itself: deliveries and participations, no figure",
    ),
    "angebotsblatt": (
        {*MARKS, *RULES, *DELIVERIES, *PARTICIPANTS},
        "offers, no figure; Jobcenters get it directly, so it is not internal",
    ),
    "ohne_einwilligung": (PARTICIPANTS, "it counts those who are missing from the participants' coverage"),
}
"""View → columns it may lack, and why."""

PROVIDERS_ONLY = {
    "figuren": "all internal figures; the Vorhabenträger's table, of which the other reports are parts",
    "monatszahlen": "monthly figures of the Vorhabenträger with each TVP on a line of its own",
    "zielgruppenerreichung_tvp": "for that TVP and the Vorhabenträger",
    "plaetze_intern": "numbers of places, for the Vorhabenträger",
    "puenktlichkeit": "timeliness: never for a Jobcenter",
    "vollstaendigkeit": "completeness: never for a Jobcenter",
    "angebotsblatt": "names the organisation that offers something; says nothing about its work",
}
"""Views that know TVP, and for whom they are."""


def columns_of_views(connection: Connection, schema: str = "bericht") -> dict[str, set[str]]:
    """Return view → its columns."""
    query = text("select table_name, column_name from information_schema.columns where table_schema = :s")
    found: dict[str, set[str]] = {}
    for view, column in connection.execute(query, {"s": schema}):
        found.setdefault(view, set()).add(column)
    return found


def lacking(columns: dict[str, set[str]], required: set[str]) -> dict[str, set[str]]:
    """Return view → what it lacks of `required` and has no exception for."""
    missing = {view: required - known - EXCEPTIONS.get(view, (set(), ""))[0] for view, known in columns.items()}
    return {view: names for view, names in missing.items() if names}


def rows(night: ExampleNight, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query as dictionaries."""
    with night.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]
