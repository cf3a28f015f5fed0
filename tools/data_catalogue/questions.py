"""The questions of `sql/fragen/`, one file each, and `docs/fragen.md` with their answers for the example site.

Belongs here: reading the files, running them, the page. Does not belong here: whether an answer is right: that is
tests/integration/test_fragen.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

FOLDER = Path(__file__).parents[2] / "sql" / "fragen"
KEYS = ("Frage", "Für", "Lesen")
ASKERS = ("Controlling", "Projektleitung", "Qualitätsverantwortung", "Datenschutz")

_HEAD = """\
<!-- Erzeugt aus sql/fragen/ und der Beispiel-Site: `make docs`. Nicht von Hand ändern. -->

# Fragen und ihre Abfragen

{number} Fragen, wie sie im Zielgespräch, im Projekt oder bei einer Prüfung gestellt werden, jede mit einer Abfrage,
die sie beantwortet (`sql/fragen/`), und der Antwort für die Beispiel-Lieferungen (`examples/inbox/`, geladen mit
`make demo` oder `zaehlbar run --inbox examples/inbox`). Ein Test führt jede aus und prüft ihr Ergebnis. Für die eigene
Kommune werden Jobcenter, Monat und Vorhaben in der Abfrage ersetzt; was eine Spalte bedeutet, sagt der
[Datenkatalog](datenkatalog.md).

Alles hier ist **intern, nicht zur Weitergabe**, bis es veröffentlicht ist; Ausnahme ist das Angebotsblatt. Ergänzende
Größe: Teilnahmen an BIWAQ (freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar). Die Abfragen der
Projektleitung und der Qualitätsverantwortung sind nur für den Vorhabenträger.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Question:
    """One file: `NN_slug.sql`, its header comments and one query."""

    number: int
    slug: str
    header: Mapping[str, str]
    query: str

    @cached_property
    def asked(self) -> str:
        return self.header["Frage"]

    def answer(self, connection: Connection) -> Answer:
        """Run the query in a transaction that may only read."""
        with connection.begin():
            connection.execute(text("set transaction read only"))
            result = connection.execute(text(self.query.replace(":", r"\:")))
            return Answer(tuple(result.keys()), tuple(tuple(row) for row in result))


def read_questions(folder: Path = FOLDER) -> list[Question]:
    """Return the questions by number. ValueError for a file without a complete header or a number that is not next."""
    questions = []
    for expected, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        number, _, slug = path.stem.partition("_")
        if int(number) != expected:
            raise ValueError(f"{path.name}: the next number is {expected:02}")
        lines = path.read_text(encoding="utf-8").splitlines()
        comment = [line for line in lines if line.startswith("--")]
        header = _header(comment)
        if tuple(header) != KEYS or header["Für"] not in ASKERS:
            raise ValueError(f"{path.name}: the header has {KEYS} in this order, Für one of {ASKERS}")
        questions.append(Question(expected, slug, header, "\n".join(lines[len(comment) :])))
    return questions


def _header(lines: Sequence[str]) -> dict[str, str]:
    header: dict[str, str] = {}
    for line in lines:
        found = re.fullmatch(r"-- (\w+): (.*)", line)
        if found:
            header[found[1]] = found[2]
        else:
            header[next(reversed(header))] += " " + line.removeprefix("--").strip()
    return header


def render(questions: Sequence[Question], connection: Connection) -> str:
    """Return the page as Markdown, ending in a line break."""
    lines = [_HEAD.format(number=len(questions)).rstrip("\n")]
    for asker in ASKERS:
        own = [one for one in questions if one.header["Für"] == asker]
        lines += ["", f"## {asker}"]
        for one in own:
            lines += ["", f"### {one.number}. {one.asked}", "", one.header["Lesen"], ""]
            lines += ["```sql", f"-- sql/fragen/{one.number:02}_{one.slug}.sql", one.query, "```", ""]
            lines += _table(one.answer(connection))
    return "\n".join(lines) + "\n"


def _table(answer: Answer) -> list[str]:
    if not answer.rows:
        return ["Antwort: keine Zeile."]
    head = ["| " + " | ".join(answer.columns) + " |", "| " + " | ".join("---" for _ in answer.columns) + " |"]
    return head + ["| " + " | ".join(_cell(value) for value in row) + " |" for row in answer.rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, Decimal | float):
        return f"{value}".replace(".", ",")
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shown.replace("|", r"\|").replace("*", r"\*")
