"""Reading a site folder; every error names file and line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from zaehlbar.site import labels, supplements, transmission
from zaehlbar.site.base import SiteModel
from zaehlbar.site.labels import LabelFile
from zaehlbar.site.model import (
    Calendar,
    CatalogueFile,
    CategoryMapping,
    CountingRules,
    FoerderrundenFile,
    JobcenterFile,
    MatchFile,
    RetentionFile,
    Site,
    SiteHead,
    ValidationFile,
    VorhabenFile,
)
from zaehlbar.site.profile import Profile
from zaehlbar.site.references import problems as reference_problems
from zaehlbar.site.supplements import FeedbackFile, OfficialFile, TargetFile
from zaehlbar.site.transmission import TransmissionFile

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ModelT = TypeVar("ModelT", bound=SiteModel)

# What pydantic says, for staff who know the site but not Python; other types keep pydantic's own words.
_GERMAN = {
    "extra_forbidden": "diesen Schlüssel gibt es hier nicht (verschrieben?)",
    "missing": "fehlt",
    "string_type": "muss Text sein; Zahlen und ja/nein dazu in Anführungszeichen setzen",
    "int_type": "muss eine ganze Zahl sein",
    "int_parsing": "muss eine ganze Zahl sein",
    "int_from_float": "muss eine ganze Zahl sein",
    "float_type": "muss eine Zahl sein (mit Punkt statt Komma)",
    "float_parsing": "muss eine Zahl sein (mit Punkt statt Komma)",
    "bool_type": "muss true oder false sein",
    "bool_parsing": "muss true oder false sein",
    "date_type": "muss ein Datum sein (JJJJ-MM-TT)",
    "date_from_datetime_parsing": "muss ein Datum sein (JJJJ-MM-TT)",
    "date_parsing": "muss ein Datum sein (JJJJ-MM-TT)",
    "dict_type": "muss eine Zuordnung sein (Schlüssel: Wert)",
    "model_type": "muss eine Zuordnung sein (Schlüssel: Wert)",
    "model_attributes_type": "muss eine Zuordnung sein (Schlüssel: Wert)",
    "tuple_type": "muss eine Liste sein (Zeilen mit Spiegelstrich)",
    "list_type": "muss eine Liste sein (Zeilen mit Spiegelstrich)",
    "literal_error": "erlaubt sind: {expected}",
    "string_pattern_mismatch": "passt nicht zum Muster {pattern}",
    "string_too_short": "ist zu kurz",
    "string_too_long": "ist zu lang, höchstens {max_length} Zeichen",
    "too_short": "braucht mindestens {min_length} Einträge",
    "greater_than": "muss größer als {gt} sein",
    "greater_than_equal": "muss mindestens {ge} sein",
    "union_tag_not_found": "braucht art: csv oder art: xlsx",
    "union_tag_invalid": "art muss csv oder xlsx sein",
}


class SiteError(ValueError):
    """The site folder is not usable; the message lists every problem with file and line."""


class _Reader:
    """Reads the files of one site folder and collects problems (`file:line: key: what is wrong`) and hashes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []
        self.hashes: dict[str, str] = {}
        self._nodes: dict[str, yaml.Node | None] = {}

    def read(self, name: str, model: type[ModelT]) -> ModelT | None:
        value = self._parse(name)
        if value is None:
            return None
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for item in error.errors():
                self.complain(name, item["loc"], _message(item["type"], item["msg"], item.get("ctx", {})))
            return None

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def complain(self, name: str, location: Sequence[str | int], message: str) -> None:
        where = ".".join(str(part) for part in location) or "Datei"
        self.problems.append(f"{name}:{_line(self._nodes.get(name), location)}: {where}: {message}")

    def _parse(self, name: str) -> Any:
        """Return the parsed content, or None when there is none; a duplicate key is a problem, not a choice."""
        try:
            content = (self.folder / name).read_bytes()
            text = content.decode("utf-8-sig")
            node = yaml.compose(text, Loader=_LOADER)
            value = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, in C where it is installed
        except FileNotFoundError:
            self.problems.append(f"{name}:1: die Datei fehlt")
            return None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.problems.append(f"{name}:{line}: kein UTF-8; die Datei als UTF-8 speichern")
            return None
        except (yaml.YAMLError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or error
            self.problems.append(f"{name}:{mark.line + 1 if mark else 1}: nicht als YAML lesbar: {reason}")
            return None
        self.hashes[name] = hashlib.sha256(content).hexdigest()
        self._nodes[name] = node
        if value is None:
            self.problems.append(f"{name}:1: die Datei ist leer")
        for key in _duplicate_keys(node):
            self.problems.append(f"{name}:{key.start_mark.line + 1}: {key.value}: steht hier zweimal")
        return value


def load_site(folder: Path) -> Site:
    """Read and check the site in `folder`.

    Raises SiteError with one line per problem (`file:line: key: what is wrong`, in German).
    """
    if not folder.is_dir():
        raise SiteError(f"{folder}: diesen Ordner gibt es nicht; --site oder ZAEHLBAR_SITE muss auf eine Site zeigen")
    reader = _Reader(folder)
    head = reader.read("site.yaml", SiteHead)
    vorhaben = reader.read("vorhaben.yaml", VorhabenFile)
    jobcenter = reader.read("jobcenter.yaml", JobcenterFile)
    rounds = reader.read("foerderrunden.yaml", FoerderrundenFile)
    katalog = reader.read("katalog.yaml", CatalogueFile)
    kategorien = reader.read("kategorien.yaml", CategoryMapping)
    zaehlregeln = reader.read("zaehlregeln.yaml", CountingRules)
    kalender = reader.read("kalender.yaml", Calendar)
    validierung = reader.read("validierung.yaml", ValidationFile)
    abgleich = reader.read("abgleich.yaml", MatchFile)
    aufbewahrung = reader.read("aufbewahrung.yaml", RetentionFile)
    uebermittlung = reader.read(transmission.FILE, TransmissionFile) if reader.has(transmission.FILE) else None
    bezeichnungen = reader.read(labels.FILE, LabelFile) if reader.has(labels.FILE) else None
    kennzahlen = reader.read(supplements.FIGURES, OfficialFile) if reader.has(supplements.FIGURES) else None
    rueckmeldung = reader.read(supplements.FEEDBACK, FeedbackFile) if reader.has(supplements.FEEDBACK) else None
    zielgruppen = reader.read(supplements.TARGETS, TargetFile) if reader.has(supplements.TARGETS) else None
    profiles, profile_files = _profiles(reader)
    if reader.problems:
        raise SiteError("\n".join(reader.problems))
    assert head and vorhaben and jobcenter and rounds and katalog
    assert kategorien and zaehlregeln and kalender and validierung and abgleich and aufbewahrung
    site = Site(
        head=head,
        vorhaben=vorhaben.vorhaben,
        jobcenter=jobcenter.jobcenter,
        foerderrunden=rounds.foerderrunden,
        katalog=katalog,
        kategorien=kategorien,
        zaehlregeln=zaehlregeln,
        kalender=kalender,
        validierung=validierung,
        abgleich=abgleich,
        aufbewahrung=aufbewahrung,
        profile=profiles,
        hashes=reader.hashes,
        uebermittlung=uebermittlung,
        zertifikate=_certificates(reader, uebermittlung),
        bezeichnungen=bezeichnungen,
        kennzahlen=kennzahlen,
        rueckmeldung=rueckmeldung,
        zielgruppen=zielgruppen,
    )
    for problem in reference_problems(site, profile_files):
        reader.complain(problem.file, problem.location, problem.message)
    if reader.problems:
        raise SiteError("\n".join(reader.problems))
    return site


def _certificates(reader: _Reader, decided: TransmissionFile | None) -> dict[str, bytes]:
    """Return the certificate files that are there; which are missing is a problem of the entry that names them."""
    names = {one.zertifikat for one in decided.empfaenger} if decided else set()
    found = {name: (reader.folder / name).read_bytes() for name in sorted(names) if reader.has(name)}
    reader.hashes.update({name: hashlib.sha256(content).hexdigest() for name, content in found.items()})
    return found


def _profiles(reader: _Reader) -> tuple[dict[str, Profile], dict[str, str]]:
    """Return the profiles by name, and the file of each."""
    profiles: dict[str, Profile] = {}
    files: dict[str, str] = {}
    for path in sorted((reader.folder / "profile").glob("*.yaml")):
        name = f"profile/{path.name}"
        profile = reader.read(name, Profile)
        if profile is None:
            continue
        if profile.profil in profiles:
            reader.complain(name, ("profil",), f"{profile.profil} steht schon in {files[profile.profil]}")
            continue
        profiles[profile.profil] = profile
        files[profile.profil] = name
    return profiles, files


def _message(kind: str, original: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return original.removeprefix("Value error, ")
    template = _GERMAN.get(kind)
    return template.format(**context) if template else original


def _duplicate_keys(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    found: list[yaml.ScalarNode] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                found.append(key)
            seen.add(str(key.value))
            found += _duplicate_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            found += _duplicate_keys(item)
    return found


def _line(node: yaml.Node | None, location: Sequence[str | int]) -> int:
    """Return the 1-based line of the deepest node that `location` leads to.

    Steps that are in no file (a missing key, pydantic's name of a union branch) are passed over.
    """
    line = node.start_mark.line + 1 if node is not None else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is not None:
                line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
