"""The person file: who exercises a right, written by a clerk in the trusted zone, read once and then removed.

Belongs here: its form, reading it, removing it. Does not belong here: finding the person (find). No message quotes a
value or a key of the file: whoever mistypes may have written a name in its place.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from zaehlbar.ingest.values import parse_date

_LARGEST = 64 * 1024
_NAMES = ("nachname", "vorname", "geburtsdatum", "plz")
_NUMBER = ("vorhaben_id", "tvp_id", "tn_nr")
_KEYS = (*_NAMES, *_NUMBER, "berichtigung")
_CORRECTION = ("vorhaben_id", "tvp_id", "eintritt_datum", "feld", "wert")
_EXAMPLE = "Ein Muster steht in docs/betrieb.md, Abschnitt „Rechte der Betroffenen“."

Value = str | list["Value"] | dict[str, "Value"] | None


class PersonFileError(ValueError):
    """The person file cannot be used; says where and what to do, never a value."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One entry of `berichtigung`. `value` is as written, None for "no value". The partner is given when the person
    has participations with several."""

    entry: date
    name: str
    value: str | None = field(repr=False)
    vorhaben_id: str | None = None
    tvp_id: str | None = None


@dataclass(frozen=True, slots=True)
class PersonFile:
    """Who it is: names with a birth date, or a partner's number, or both; nothing of it in a repr."""

    last_name: str | None = field(default=None, repr=False)
    first_name: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    postcode: str | None = field(default=None, repr=False)
    vorhaben_id: str | None = field(default=None, repr=False)
    tvp_id: str | None = field(default=None, repr=False)
    tn_nr: str | None = field(default=None, repr=False)
    corrections: tuple[Correction, ...] = field(default=(), repr=False)

    @property
    def has_full_name(self) -> bool:
        """Whether names and a full birth date are there (01.01. stands for "day unknown")."""
        known = self.last_name is not None and self.first_name is not None and self.birth_date is not None
        return known and not self.birth_is_vague

    @property
    def birth_is_vague(self) -> bool:
        return self.birth_date is not None and (self.birth_date.month, self.birth_date.day) == (1, 1)

    @property
    def has_number(self) -> bool:
        return self.tn_nr is not None


def read_person_file(path: Path) -> PersonFile:
    """Return what the file says (YAML or JSON); PersonFileError when it cannot be used or others may read it."""
    try:
        with path.open("rb") as file:
            _refuse_open_to_others(os.fstat(file.fileno()), path)
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise PersonFileError(f"Die Personendatei {path} ist nicht lesbar: {error.strerror}.") from None
    if len(content) > _LARGEST:
        raise PersonFileError(f"{path} ist für eine Personendatei zu groß. {_EXAMPLE}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PersonFileError(f"{path} ist nicht in UTF-8 geschrieben; bitte als UTF-8 speichern.") from None
    return _person(_parse(text, path), path)


def remove_person_file(path: Path) -> None:
    """Overwrite the file and delete it. On a journaling or flash disk the old blocks may outlive that for a while."""
    size = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        file.write(b"\0" * size)
        os.fsync(file.fileno())
    path.unlink()


def _refuse_open_to_others(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise PersonFileError(f"{path} ist keine Datei.")
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        raise PersonFileError(
            f"Andere Benutzer dürfen die Personendatei {path} lesen oder ändern. Erst schließen: chmod 600 '{path}'"
        )


def _parse(text: str, path: Path) -> dict[str, Value]:
    try:
        if text.lstrip().startswith("{"):
            # Numbers stay as they are written: a number of a person may begin with zeros.
            parsed: object = json.loads(
                text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_unique_pairs
            )
        else:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            parsed = None if node is None else _plain(node)
    except _TwiceError:
        raise PersonFileError(f"{path}: ein Schlüssel steht zweimal da; eine Datei ist für eine Person.") from None
    except json.JSONDecodeError as error:
        raise PersonFileError(f"{path}, Zeile {error.lineno}: kein gültiges JSON. {_EXAMPLE}") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", Zeile {mark.line + 1}" if mark is not None else ""
        raise PersonFileError(f"{path}{where}: kein gültiges YAML. {_EXAMPLE}") from None
    if not isinstance(parsed, dict):
        raise PersonFileError(f"{path}: erwartet werden Zeilen der Form „schluessel: wert“. {_EXAMPLE}")
    return parsed


class _TwiceError(Exception):
    """A key stands twice."""


def _unique_pairs(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError
    return found


def _plain(node: yaml.Node) -> Value:
    """Return the node with every scalar as it is written: 01234 is a postcode, no octal number."""
    if isinstance(node, yaml.MappingNode):
        return _unique_pairs([(str(_plain(key)), _plain(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    # Quoted or spelled otherwise it is somebody's name: Frau Null exists.
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return None if plain and node.value in ("", "~", "null") else str(node.value)


def _person(values: Mapping[str, Value], path: Path) -> PersonFile:
    _only(values, _KEYS, str(path))
    texts = {key: _text(values.get(key), key, str(path)) for key in (*_NAMES, *_NUMBER)}
    number = [key for key in _NUMBER if texts[key] is not None]
    if number and len(number) < len(_NUMBER):
        raise PersonFileError(f"{path}: vorhaben_id, tvp_id und tn_nr gehören zusammen; es fehlt eines davon.")
    person = PersonFile(
        last_name=texts["nachname"],
        first_name=texts["vorname"],
        birth_date=_date(texts["geburtsdatum"], "geburtsdatum", str(path)),
        postcode=texts["plz"],
        vorhaben_id=texts["vorhaben_id"],
        tvp_id=texts["tvp_id"],
        tn_nr=texts["tn_nr"],
        corrections=tuple(_corrections(values.get("berichtigung"), path)),
    )
    if not person.has_full_name and not person.has_number:
        vague = " (der 01.01. gilt als unbekannter Tag)" if person.birth_is_vague else ""
        raise PersonFileError(
            f"{path}: ohne Nachname, Vorname und volles Geburtsdatum{vague} ist eine Person nur über ihre Nummer zu "
            "finden. Bitte vorhaben_id, tvp_id und tn_nr angeben."
        )
    return person


def _corrections(found: Value, path: Path) -> Iterable[Correction]:
    entries = found if isinstance(found, list) else [] if found is None else [found]
    for number, entry in enumerate(entries, start=1):
        where = f"{path}, berichtigung, {number}. Eintrag"
        if not isinstance(entry, dict):
            raise PersonFileError(f"{where}: erwartet werden eintritt_datum, feld und wert.")
        _only(entry, _CORRECTION, where)
        if "wert" not in entry:
            raise PersonFileError(f"{where}: wert fehlt; „wert: null“ heißt: keine Angabe.")
        entry_date = _date(_text(entry.get("eintritt_datum"), "eintritt_datum", where), "eintritt_datum", where)
        name = _text(entry.get("feld"), "feld", where)
        if entry_date is None or name is None:
            raise PersonFileError(f"{where}: eintritt_datum und feld sagen, welche Angabe gemeint ist; eines fehlt.")
        yield Correction(
            entry_date,
            name,
            _text(entry["wert"], "wert", where),
            _text(entry.get("vorhaben_id"), "vorhaben_id", where),
            _text(entry.get("tvp_id"), "tvp_id", where),
        )


def _only(values: Mapping[str, Value], allowed: Sequence[str], where: str) -> None:
    if not set(values) <= set(allowed):
        raise PersonFileError(
            f"{where}: ein Schlüssel ist hier nicht bekannt (verschrieben?). Erlaubt: {', '.join(allowed)}."
        )


def _text(value: Value, key: str, where: str) -> str | None:
    if isinstance(value, (list, dict)):
        raise PersonFileError(f"{where}: {key} muss ein einzelner Wert sein.")
    if isinstance(value, bool):  # JSON
        return "true" if value else "false"
    return (value.strip() or None) if value is not None else None


def _date(value: str | None, key: str, where: str) -> date | None:
    if value is None:
        return None
    try:
        return parse_date(value, ("%Y-%m-%d", "%d.%m.%Y"))
    except ValueError:
        raise PersonFileError(f"{where}: {key} ist kein Datum der Form JJJJ-MM-TT oder TT.MM.JJJJ.") from None
