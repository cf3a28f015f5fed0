"""`docs/datenkatalog.md`: every schema, table, view, function and column, in the words of the database's comments."""

from __future__ import annotations

from collections.abc import Iterator

from tools.data_catalogue.lineage import Lineage
from tools.data_catalogue.structure import ROLES, Column, Relation, Structure

_HEAD = """\
<!-- Erzeugt aus den Kommentaren der Datenbank: `make docs`. Nicht von Hand ändern. -->

# Datenkatalog

Was im Warehouse steht, was es bedeutet, woher es kommt und wer es lesen darf. Alles hier sind die Kommentare der
Datenbank selbst: `\\d+ bericht.figuren` in `psql` zeigt dasselbe. Die Felder, die Partner liefern, erklärt der
[Datenvertrag](datenvertrag.md); Antworten auf häufige Fragen mit ihrer Abfrage stehen in [fragen.md](fragen.md).

- **Schlüssel**: PK gehört zum Primärschlüssel, → verweist auf eine andere Tabelle. Die großen Tabellen in `kern` tragen
  keine Fremdschlüssel; `sql/audits/` sucht, was es nicht geben darf.
- **Herkunft** (Schemas `bericht` und `zahl`): die Felder des Datenvertrags (`tabelle.feld`), aus denen ein Wert
  gebildet ist, und was sonst beiträgt: **Site** (was die Kommune festlegt), **Lauf** (was in einer Nacht geschah:
  Läufe, Lieferungen, Bilanzen, Regelwerk), **Zählung** (wann unter welchem Regelwerk gezählt wurde), **Personen**
  (welche Identitäten ein Mensch sind). Ein fester Text hat keine Herkunft. Nicht genannt ist, was darüber entscheidet,
  *ob* etwas zählt: Einwilligung, Storno, Einschränkung. Sichten sind von selbst zurückverfolgt, für Gezähltes steht es
  in `sql/herkunft.yaml`.
- **Lesen dürfen**: die Rollen `zaehlbar_lader` (die Nachtladung und wer sie betreut), `zaehlbar_qualitaet`
  (Qualitätsverantwortung des Vorhabenträgers) und `zaehlbar_controlling` (Jobcenter: nur Veröffentlichtes).

## Übersicht

| Schema | Tabellen | Sichten | liest der Lader | liest die Qualität | liest das Controlling |
| --- | ---: | ---: | ---: | ---: | ---: |
"""


def render(structure: Structure) -> str:
    """Return the page as Markdown, ending in a line break; equal structures give equal pages."""
    lineage = Lineage(structure)
    lines = [_HEAD.rstrip("\n")]
    for schema in structure.schemas:
        own = [one for one in structure.relations if one.schema == schema]
        kinds = [sum(one.kind == kind for one in own) for kind in ("Tabelle", "Sicht")]
        read = [sum(role in one.readers for one in own) for role in ROLES]
        lines.append(f"| [`{schema}`](#schema-{schema}) | " + " | ".join(map(str, [*kinds, *read])) + " |")
    for schema, comment in structure.schemas.items():
        lines += ["", f"## Schema {schema}", "", _escaped(comment)]
        for relation in structure.relations:
            if relation.schema == schema:
                lines += _relation(relation, lineage if schema in ("bericht", "zahl") else None)
        functions = [one for one in structure.functions if one.schema == schema]
        if functions:
            lines += ["", f"### Funktionen in {schema}", "", "| Funktion | gibt | Bedeutung |", "| --- | --- | --- |"]
            lines += [f"| `{one.signature}` | `{one.returns}` | {_escaped(one.comment)} |" for one in functions]
    return "\n".join(lines) + "\n"


def _relation(relation: Relation, lineage: Lineage | None) -> Iterator[str]:
    readers = ", ".join(f"`{one}`" for one in relation.readers) or "niemand außer dem Eigentümer"
    yield from ("", f"### {relation.kind} {relation.full_name}", "", _escaped(relation.comment), "")
    yield from (f"Lesen dürfen: {readers}.", "")
    if lineage is None:
        yield from ("| Spalte | Typ | Schlüssel | Bedeutung |", "| --- | --- | --- | --- |")
    else:
        yield from ("| Spalte | Typ | Schlüssel | Bedeutung | Herkunft |", "| --- | --- | --- | --- | --- |")
    for column in relation.columns:
        cells = [f"`{column.name}`", _type(column), _escaped(column.key), _escaped(column.comment)]
        if lineage is not None:
            cells.append(", ".join(_field(one) for one in lineage.fields(relation.full_name, column.name)))
        yield "| " + " | ".join(cells) + " |"


def _type(column: Column) -> str:
    return _escaped(
        column.type.replace("timestamp with time zone", "timestamptz").replace("character varying", "varchar")
    )


def _field(origin: str) -> str:
    words, _, name = origin.rpartition(" ")
    return f"{words} `{name}`".strip() if "." in name else origin


def _escaped(text: str) -> str:
    """Return one line that Markdown leaves as it is."""
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace("_", "\\_")
