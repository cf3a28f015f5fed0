"""DESIGN.md, statement 13: nothing can be turned against a participant.

No absence is delivered; no reason for leaving per person leaves the Vorhabenträger's trusted zone and warehouse; nobody
can be looked up by name except for their own rights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from zaehlbar import cli, resources
from zaehlbar.contract import contract

ABSENCE = re.compile(
    r"(?i)fehl(zeit|tag|stund)|abwesen|anwesen|versäum|unentschuldigt|sanktion|minderung|mitwirkung|absage"
)
REASONS = ("austritt_grund",)
OWN_RIGHTS = {"person", "bescheinigung"}
"""Commands with which somebody exercises a right of their own; who it is stands in a file, never in the call."""


def test_no_field_and_no_code_of_the_contract_tells_an_absence() -> None:
    for table in contract().tables:
        for field in table.fields:
            words = (field.name, field.title, *field.codes, *field.codes.values())
            assert not any(ABSENCE.search(word) for word in words), f"{table.name}.{field.name}"


def test_no_code_of_the_example_catalogue_tells_an_absence() -> None:
    for name in ("katalog.yaml", "kategorien.yaml"):
        content = (resources.folder("site") / name).read_text(encoding="utf-8")
        names = re.findall(r"name:\s*(.+)", content)
        assert names and not any(ABSENCE.search(found) for found in names), name


def _sql(folder: str) -> dict[str, str]:
    paths = sorted((resources.folder("sql") / folder).glob("*.sql"))
    return {path.name: re.sub(r"--.*", "", path.read_text(encoding="utf-8")) for path in paths}


def test_no_count_and_no_view_reads_why_somebody_left() -> None:
    statements = _sql("counts") | _sql("sources")
    assert len(statements) > 15
    reading = {name for name, statement in statements.items() if any(reason in statement for reason in REASONS)}
    # One source, of the count that sums it over whole Vorhaben and nothing smaller (a constraint of zahl.angabenzahl).
    assert reading <= {"angabe.sql"}
    views = [
        found
        for name, migration in _sql("migrations/versions").items()
        if name.endswith(".up.sql")
        for found in re.findall(r"(?is)create (?:or replace )?view (?!katalog\.).*?;", migration)  # katalog: names only
    ]
    assert len(views) > 15
    # A sum of many may be shown (zahl.angabenzahl counts it for whole Vorhaben only): how many changed to a Jobcenter's
    # measure, and no other reason.
    summed = "angabe = 'austritt_grund'"
    assert not any(
        word in view.replace(summed, "") for view in views for word in (*REASONS, "identitaet_id", "person_id")
    )
    for view in (view for view in views if summed in view):
        assert set(re.findall(r"'([A-Z_]{3,})'", view)) <= {
            "JCM_GEPLANT", "JCM_KURZFRISTIG", "JC_EMPF", "JC_ZUW",
        }  # fmt: skip


def test_no_report_crosses_how_somebody_came_with_how_it_went() -> None:
    """(d) 14: Zugangsweg JC_ZUW and JC_EMPF never with Austritt, hours or results, nor what Austritte follow from."""
    migrations = "".join(text for name, text in _sql("migrations/versions").items() if name.endswith(".up.sql"))
    (ways,) = re.findall(r"(?is)create view bericht\.zugangswege as.*?;", migrations)
    for word in ("austritt", "bestand", "teilnahmen,", "personen", "dauer", "stunden", "figur"):
        assert word not in ways.lower(), word
    others = re.findall(r"(?is)create (?:or replace )?view bericht\.(\w+) as(.*?);", migrations)
    # What comes back from a Jobcenter stands on lines of two kinds, each with its own total of ours.
    assert {name for name, text in others if "zugangsweg" in text} == {"zugangswege", "rueckmeldung"}


@pytest.mark.parametrize("room", ["publish", "transmission", "certificate"])
def test_no_report_list_or_certificate_knows_why_somebody_left(room: str) -> None:
    folder = Path(cli.__file__).parent / room
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.*") if path.suffix in (".py", ".typ")
    }
    assert texts
    naming = {name: text for name, text in texts.items() if any(reason in text for reason in REASONS)}
    # A report may show sums, of changes into a Jobcenter's measure only.
    assert room == "publish" or not naming
    others = set(contract().table("teilnahme").field("austritt_grund").codes) - {"JCM_GEPLANT", "JCM_KURZFRISTIG"}
    for name, text in naming.items():
        assert '"austritt_grund"' in text and not re.search(r"[\"'](" + "|".join(others) + r")[\"']", text), name


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_statement_13_nobody_can_be_looked_up_by_name() -> None:
    """No command takes a name, birth date or number of a person; those for somebody's rights take a file."""
    if not cli.app.registered_groups:
        cli._assemble()
    root = typer.main.get_command(cli.app)
    forbidden = re.compile(r"name|geburt|geboren|plz|suche|search|token")
    seen = dict(_commands(root))
    assert len(seen) > 20
    for path, command in seen.items():
        names = {
            option.lstrip("-") for parameter in command.params for option in (*parameter.opts, parameter.name or "")
        }
        assert not any(forbidden.search(name) for name in names), path
        # `check` runs on the provider's own computer, on the provider's own file and numbers.
        assert not any("tn" in re.split(r"[-_]", name) for name in names) or path == ("check",), path
        assert not ("person-file" in names and path[0] not in OWN_RIGHTS), path
