"""What must come out of the example inbox, from how it is made: `examples/erwartet.yaml`.

Belongs here: counting by construction, row by row, in the plainest way. Does not belong here: running any part of
the load.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from zaehlbar.sample import export
from zaehlbar.sample.example_cases import PEOPLE
from zaehlbar.sample.example_shipments import Shipment
from zaehlbar.sample.plain_yaml import plain_yaml
from zaehlbar.sample.plan import Period

_HEAD = """\
# Was mit den Lieferungen in examples/inbox/ geschehen muss. Folgt daraus, wie sie gemacht sind, nicht aus einem Lauf.
# Erzeugt von: python -m zaehlbar.sample.example_inbox
#   gesamt           was am Ende bekannt ist: Kennungen (je Träger), Personen (zusammengeführt), ohne Einwilligung
#   tabellen         gefunden = zurueckgewiesen + zurueckgehalten + wartend + was die Historie erreicht
#   zurueckgehalten  ohne Einwilligung, soweit die Lieferung allein es zeigt (dazu personen: spaetere-ablehnung)
"""
_PERSON_TABLES = ("teilnahme", "aktivitaet", "zwischenschritt")


def write(path: Path, inbox: Path, sent: Sequence[tuple[Shipment, tuple[Path, ...]]]) -> None:
    """Write the answers for the shipments (with their files below `inbox`) to `path`."""
    names: set[tuple[str, ...]] = set()
    answers = []
    for shipment, files in sent:
        key = tuple(file.name for file in files)
        answers.append(_answer(inbox, shipment, files, again=key in names))
        names.add(key)
    content = {"gesamt": _totals([shipment for shipment, _ in sent]), "lieferungen": answers, "personen": _people()}
    path.write_text(_HEAD + plain_yaml(content), encoding="utf-8", newline="\n")


def _answer(inbox: Path, shipment: Shipment, files: tuple[Path, ...], *, again: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "dateien": [file.relative_to(inbox).as_posix() for file in files],
        "vorhaben_id": shipment.provider.vorhaben.vorhaben_id,
        "tvp_id": shipment.provider.partner.tvp_id,
        "zeitraum_von": shipment.period.start,
        "zeitraum_bis": shipment.period.end,
        "version": shipment.version,
        "urteil": shipment.verdict,
    }
    if shipment.case:
        answer["fall"] = shipment.case
    if again:
        answer["wiederholt"] = True
    if shipment.verdict != "abgelehnt":
        answer["tabellen"] = {name: _fates(shipment, name) for name in _delivered(shipment)}
    return answer


def _delivered(shipment: Shipment) -> tuple[str, ...]:
    whole = shipment.provider.partner.profil == "kanonisch"
    return tuple(shipment.tables) if whole else ("teilnahme", "aktivitaet")


def _fates(shipment: Shipment, name: str) -> dict[str, int]:
    table = shipment.tables[name]
    if name == "aktivitaet" and shipment.provider.partner.profil == "basis":
        table = export.monthly(table)
    fates = {"gefunden": table.num_rows, "zurueckgewiesen": (shipment.rejected or {}).get(name, 0)}
    if shipment.verdict == "angehalten":
        return {**fates, "wartend": table.num_rows - fates["zurueckgewiesen"]}
    withheld = 0
    if name in _PERSON_TABLES:
        people = shipment.tables["teilnahme"]
        refused = pc.or_(pc.equal(people["einwilligung_stufe"], "0"), pc.is_valid(people["widerruf_am"]))
        out = pc.unique(people.filter(refused)["tn_nr"])
        withheld = int(pc.sum(pc.is_in(table["tn_nr"], value_set=out)).as_py() or 0)
    return {**fates, "zurueckgehalten": withheld}


def _totals(made: Sequence[Shipment]) -> dict[str, int]:
    newest: dict[tuple[str, Period], Shipment] = {}
    for shipment in made:
        if shipment.verdict.startswith("angenommen"):
            newest[(shipment.provider.partner.tvp_id, shipment.period)] = shipment
    there: set[tuple[str, str]] = set()
    out: set[tuple[str, str]] = set()
    for (tvp_id, _), shipment in newest.items():
        for row in shipment.tables["teilnahme"].select(["tn_nr", "einwilligung_stufe", "widerruf_am"]).to_pylist():
            there.add((tvp_id, row["tn_nr"]))
            if row["einwilligung_stufe"] == "0" or row["widerruf_am"] is not None:
                out.add((tvp_id, row["tn_nr"]))
    merged = 0
    for person in PEOPLE:
        known = set(person.at.items()) & there
        if person.same_person is not False and known & out:
            out |= known  # whoever refuses or withdraws at one provider does so at both
        elif person.same_person:
            merged += len(known) - 1
    identities = len(there - out)
    return {"identitaeten": identities, "personen": identities - merged, "ohne_einwilligung": len(out)}


def _people() -> list[dict[str, Any]]:
    answers = []
    for person in PEOPLE:
        answer: dict[str, Any] = {"fall": person.key, "warum": person.why, "tn_nr": dict(person.at)}
        if person.same_person is not None:
            answer["eine_person"] = person.same_person
        answers.append(answer)
    return answers
