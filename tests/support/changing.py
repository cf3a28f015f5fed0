"""Nights in which everything can happen that changes a figure, for tests of why it changed.

Each night is a run of its own: deliveries (some of them held and released by a person before), withdrawals in them,
what rights and decisions of persons do, another mapping, other rules, another calendar; then persons and figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, text
from tests.support.facts import RULES, Sent, mark_loaded, new_delivery, new_run, pseudonymized, token

from zaehlbar.changes.states import State, counts
from zaehlbar.count import count_months
from zaehlbar.identify import identify
from zaehlbar.load import correction, load_delivery, restriction
from zaehlbar.load.forget import forget
from zaehlbar.load.removed import Cause

Number = tuple[str, str, str]
"""Vorhaben, TVP and number of a participant."""

MAPPINGS = {
    "m1": {"A02": "K-ZUG", "C01": "K-HEMM"},
    "m2": {"A02": "K-HEMM", "C01": "K-HEMM", "C02": "K-QUAL"},
}
CALENDARS = {"k1": {}, "k2": {date(2026, 1, 1): date(2026, 1, 15), date(2026, 2, 1): date(2026, 2, 10)}}
_START = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rulebook:
    """How a night counts."""

    mapping: str = "m1"
    calendar: str = "k1"
    threshold: int | None = 480
    active_days: int | None = 20


@dataclass
class House:
    """A warehouse and its nights; everything happens in the connection's transaction."""

    connection: Connection
    rulebook: Rulebook = field(default_factory=Rulebook)
    _numbers: dict[Rulebook, int] = field(default_factory=dict)
    _moment: datetime = _START

    def __post_init__(self) -> None:
        for version, codes in MAPPINGS.items():
            for category in sorted(set(codes.values())):
                self._do(
                    "insert into katalog.kategorie (version, kategorie, name, zaehleinheit, analog, gruppe)"
                    " values (:v, :k, :k, 'TN', '', '')", v=version, k=category,
                )  # fmt: skip
            for code, category in codes.items():
                self._do(
                    "insert into katalog.kategorie_zuordnung (version, code, kategorie, gueltig_ab)"
                    " values (:v, :c, :k, '2000-01-01')", v=version, c=code, k=category,
                )  # fmt: skip
        for version, days in CALENDARS.items():
            for month, day in days.items():
                self._do(
                    "insert into katalog.stichtag (version, monat, stichtag, quelle) values (:v, :m, :d, 'x')",
                    v=version, m=month, d=day,
                )  # fmt: skip

    def night(
        self, *sent: Sent, released: Sequence[Sent] = (), rulebook: Rulebook | None = None, dies: bool = False
    ) -> State | None:
        """Load in a run of its own, say who is one person, count; return the state after it.

        `dies`: the run ends after loading, and another one says who is one person and counts.
        """
        lauf_id = new_run(self.connection)
        for one in (*sent, *released):
            nr = new_delivery(self.connection, one, lauf_id)
            if one in released:
                self._do(
                    "insert into betrieb.entscheidung (lieferung_nr, entscheidung, entschieden_von, grund)"
                    " values (:nr, 'freigegeben', 'x', 'x')", nr=nr,
                )  # fmt: skip
            data = pseudonymized(one)
            load_delivery(self.connection, data, lieferung_nr=nr, lauf_id=lauf_id)
            mark_loaded(self.connection, nr, lauf_id, list(data.tables))
            self._do("discard temp")
        self._pass_time()
        if dies:
            return None
        identify(self.connection, lauf_id, RULES)
        restriction.apply(self.connection, lauf_id)
        correction.apply(self.connection, lauf_id)
        self.rulebook = rulebook or self.rulebook
        count_months(self.connection, lauf_id, self._registered())
        self._do("update zahl.zaehlung set gezaehlt_am = :t where lauf_id = :l", t=self._moment, l=lauf_id)
        self._do("discard temp")
        return counts(self.connection)[-1]

    def identity(self, number: Number) -> int | None:
        query = text("select identitaet_id from abgleich.identitaet_token where tn_token = :t")
        found: int | None = self.connection.execute(query, {"t": token(*number)}).scalar_one_or_none()
        return found

    def remove(self, number: Number, cause: Cause = "loeschung") -> None:
        """Remove a participant physically, as erasure and retention do."""
        self._do("create temporary table x_weg on commit drop as select cast(:i as bigint) as identitaet_id",
                 i=self.identity(number))  # fmt: skip
        forget(self.connection, "x_weg", cause)
        self._do("drop table x_weg")
        self._pass_time()

    def decide(self, one: Number, other: Number, verdict: Literal["gleich", "verschieden", "zurueckgenommen"]) -> None:
        pair = [self.identity(one), self.identity(other)]
        if None in pair or pair[0] == pair[1]:
            return
        a, b = sorted(nr for nr in pair if nr is not None)
        self._do(
            "insert into abgleich.paar_entscheidung"
            " (identitaet_a, identitaet_b, entscheidung, entschieden_von, grund) values (:a, :b, :v, 'x', 'x')",
            a=a, b=b, v=verdict,
        )  # fmt: skip

    def correct(self, number: Number, entry: date, name: str, value: str | None) -> None:
        """Overlay a delivered value (Art. 16) from the next night on, until a later delivery brings it."""
        self._do(
            """
            insert into kern.berichtigung (
                identitaet_id, eintritt_datum, feld, wert, nach_zeitraum_bis, nach_version, nach_lieferung_id
            )
            select :i, :e, :f, :w, zeitraum_bis, version, lieferung_id from betrieb.lieferung
            where vorhaben_id = :vh and tvp_id = :tvp and geladen_lauf is not null
            order by zeitraum_bis desc, version desc, lieferung_id desc limit 1
            """,
            i=self.identity(number), e=entry, f=name, w=value, vh=number[0], tvp=number[1],
        )  # fmt: skip

    def restrict(self, number: Number) -> None:
        nr = self.connection.execute(
            text("insert into abgleich.einschraenkung default values returning einschraenkung_nr")
        ).scalar_one()
        self._do(
            "insert into abgleich.einschraenkung_token"
            " (einschraenkung_nr, token, art, normalisierer_version, schluessel_id) values (:nr, :t, 'tn', 0, 'k1')",
            nr=nr, t=token(*number),
        )  # fmt: skip

    def lift_all(self) -> None:
        self._do("update abgleich.einschraenkung set aufgehoben_am = now()")
        self._do("delete from abgleich.einschraenkung_token")

    def _pass_time(self) -> None:
        """What happens in one transaction happens at one moment; here every night and removal has its own."""
        self._moment += timedelta(hours=1)
        self._do("update zahl.entfernt set zuletzt_am = :t where zuletzt_am = now()", t=self._moment)
        self._do("update zahl.entfernt set entfernt_am = :t where entfernt_am = now()", t=self._moment)

    def _registered(self) -> int:
        known = self._numbers.get(self.rulebook)
        if known is None:
            book = self.rulebook
            known = self._numbers[book] = self.connection.execute(
                text("""
                    insert into betrieb.regelwerk (
                        sha256, site, site_version, betriebsmodell, katalog_version, kategorien_version,
                        kategorien_abgestimmt, zaehlregeln_version, kalender_version, validierung_version,
                        regelpaket_version, schwelle_minuten, aktiv_tage, vorlaeufig_monate, stichtag_ersatzregel
                    ) values (:sha, 'x', 'x', 'M1', 'x', :m, false, :z, :k, 'x', 'x', :s, :a, 3, 'monatsende')
                    returning regelwerk_nr
                    """),
                {
                    "sha": repr(book), "m": book.mapping, "z": f"{book.threshold}/{book.active_days}",
                    "k": book.calendar, "s": book.threshold, "a": book.active_days,
                },
            ).scalar_one()  # fmt: skip
        return known

    def _do(self, statement: str, **values: object) -> None:
        self.connection.execute(text(statement), values)


def other(book: Rulebook, what: Literal["mapping", "rules", "calendar"]) -> Rulebook:
    """Return a rulebook that differs in one thing."""
    if what == "mapping":
        return replace(book, mapping="m2" if book.mapping == "m1" else "m1")
    if what == "calendar":
        return replace(book, calendar="k2" if book.calendar == "k1" else "k1")
    return replace(book, threshold=60 if book.threshold == 480 else 480)
