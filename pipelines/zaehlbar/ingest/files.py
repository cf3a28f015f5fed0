"""The inbox: which files form a delivery, their fingerprints, and which deliveries are whole.

Belongs here: names, folders, hashes. Does not belong here: what the files contain.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from zaehlbar.contract import Delivery, SourceFile
from zaehlbar.ingest import period
from zaehlbar.ingest.period import PeriodError
from zaehlbar.ingest.result import Discovery
from zaehlbar.site import FilePart, Partner, Profile, Site

_LITTER = re.compile(r"(?i)\..*|~\$.*|thumbs\.db|desktop\.ini")
_FREE_GROUPS = frozenset({"datum"})
_ID_GROUPS = ("vorhaben_id", "tvp_id")
NO_PROFILE = ""
"""`Delivery.profile` of a file given to `check` that no profile knows."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One file that fulfils one part of one profile."""

    path: Path
    file: SourceFile
    groups: Mapping[str, str]

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Files with equal keys form one delivery."""
        fixed = sorted((name, value) for name, value in self.groups.items() if name not in _FREE_GROUPS)
        return str(self.path.parent), tuple(fixed)


def part_name(profile: Profile, index: int) -> str:
    """Return the name of a part: its table, with a number where several parts yield the same table."""
    table = profile.dateien[index].tabelle
    same = [i for i, part in enumerate(profile.dateien) if part.tabelle == table]
    return table if len(same) == 1 else f"{table}.{same.index(index) + 1}"


def part_of(profile: Profile, name: str) -> FilePart | None:
    """Return the part of that name, or None."""
    for index, part in enumerate(profile.dateien):
        if part_name(profile, index) == name:
            return part
    return None


def file_name(url: str) -> str:
    """Return the last part of a path or URL, in NFC."""
    last = re.split(r"[/\\]", url.rstrip("/\\"))[-1]
    return unicodedata.normalize("NFC", unquote(last) if "://" in url else last)


def groups_of(part: FilePart, name: str) -> dict[str, str] | None:
    """Return the named groups of a file name that the part's pattern matches whole, else None."""
    found = re.fullmatch(part.muster, unicodedata.normalize("NFC", name))
    return {key: value for key, value in found.groupdict().items() if value is not None} if found else None


def fingerprint(path: Path) -> tuple[str, int]:
    """Return SHA-256 (hex) and size of a file. Raises OSError when it cannot be read."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return digest.hexdigest(), stream.tell()


def discover(inbox: Path, site: Site, *, now: datetime | None = None) -> Discovery:
    """Look through `inbox/<partner.eingang>/` of every partner, subfolders included.

    Files no profile knows are strangers; so are links that lead out of the inbox (they are not opened) and files that
    cannot be read. A delivery is unfinished when a required part is missing or a file changed within
    `validierung.ruhezeit_minuten` before `now`. Equal deliveries found twice are listed once, the others as `repeated`.
    """
    moment = now or datetime.now(UTC)
    quiet = timedelta(minutes=site.validierung.ruhezeit_minuten)
    root = inbox.resolve()
    deliveries: dict[str, Delivery] = {}
    strangers: list[SourceFile] = []
    unfinished: list[Delivery] = []
    repeated: list[Delivery] = []
    folders = _folders(site)
    own = {root / folder for folder in folders}
    for folder, partners in folders.items():
        paths = _files_below(root / folder, root, own - {root / folder})
        found, unknown = _match(paths, _profiles(site, partners), root, {p.tvp_id for p in partners})
        strangers += unknown
        for delivery, members in _group(found, site):
            fresh = any(_changed_since(path, moment, quiet) for path in members)
            if delivery.missing_parts or fresh:
                unfinished.append(delivery)
            elif delivery.delivery_id in deliveries:
                repeated.append(delivery)
            else:
                deliveries[delivery.delivery_id] = delivery
    return Discovery(tuple(deliveries.values()), tuple(strangers), tuple(unfinished), tuple(repeated))


def delivery_from_files(files: Sequence[Path], site: Site) -> tuple[Delivery, ...]:
    """Group files given by hand (for `check`). A file no profile knows becomes a delivery without profile.

    The profile whose partner's folder the file lies in goes first, then the one that knows most of the files.
    """
    paths = [Path(path).absolute() for path in files]
    knows = {
        name: [path for path in paths if any(groups_of(p, path.name) is not None for p in profile.dateien)]
        for name, profile in site.profile.items()
    }
    chosen: dict[str, list[Path]] = {}
    unknown: list[Path] = []
    for path in paths:
        candidates = [name for name, known in knows.items() if path in known]
        if candidates:
            best = max(candidates, key=lambda name: (_lies_in(path, name, site), len(knows[name]), _groups(site, name)))
            chosen.setdefault(best, []).append(path)
        else:
            unknown.append(path)
    deliveries: list[Delivery] = []
    for name, members in chosen.items():
        found, unreadable = _match(members, {name: site.profile[name]}, None, set())
        unknown += [Path(file.url) for file in unreadable]
        deliveries += [delivery for delivery, _ in _group(found, site)]
    for path in unknown:
        source = _source(path, "") or SourceFile(str(path), "", 0, "")
        deliveries.append(Delivery(_identifier(NO_PROFILE, [source], {}), NO_PROFILE, (source,)))
    return tuple(deliveries)


def _folders(site: Site) -> dict[str, list[Partner]]:
    folders: dict[str, list[Partner]] = {}
    for vorhaben in site.vorhaben:
        for partner in vorhaben.partner:
            folders.setdefault(partner.eingang, []).append(partner)
    return folders


def _profiles(site: Site, partners: Iterable[Partner]) -> dict[str, Profile]:
    return {partner.profil: site.profile[partner.profil] for partner in partners}


def _lies_in(path: Path, profile: str, site: Site) -> bool:
    """Whether the file lies in the folder of a partner with that profile."""
    partners = [partner for vorhaben in site.vorhaben for partner in vorhaben.partner if partner.profil == profile]
    return any(
        Path(partner.eingang).parts == path.parent.parts[-len(Path(partner.eingang).parts) :] for partner in partners
    )


def _groups(site: Site, profile: str) -> int:
    return sum(re.compile(part.muster).groups for part in site.profile[profile].dateien)


def _files_below(folder: Path, root: Path, others: set[Path]) -> list[Path]:
    """Files below `folder`, sorted; hidden ones and litter of operating systems left out, linked folders not entered.

    Folders in `others` belong to other partners.
    """
    if not folder.resolve().is_relative_to(root) or not folder.is_dir():
        return []
    paths: list[Path] = []
    for entry in sorted(folder.iterdir(), key=lambda item: unicodedata.normalize("NFC", item.name)):
        if _LITTER.fullmatch(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            paths += _files_below(entry, root, others) if entry not in others else []
        elif entry.is_file() or entry.is_symlink():
            paths.append(entry)
    return paths


def _match(
    paths: Iterable[Path], profiles: Mapping[str, Profile], root: Path | None, tvp_ids: set[str]
) -> tuple[list[tuple[str, _Found]], list[SourceFile]]:
    """Find the parts each file fulfils as (profile, file), a workbook perhaps several; the rest are strangers."""
    found: list[tuple[str, _Found]] = []
    strangers: list[SourceFile] = []
    for path in paths:
        outside = root is not None and not path.resolve().is_relative_to(root)
        source = None if outside else _source(path, "")
        matches = [] if source is None else _parts(path, source, profiles, tvp_ids)
        found += matches
        if not matches:
            strangers.append(source or SourceFile(str(path), "", 0, ""))
    return found, strangers


def _parts(
    path: Path, source: SourceFile, profiles: Mapping[str, Profile], tvp_ids: set[str]
) -> list[tuple[str, _Found]]:
    """Return what the file fulfils in the first profile that knows it; another partner's number fits no profile."""
    for name, profile in profiles.items():
        matches = []
        for index, part in enumerate(profile.dateien):
            groups = groups_of(part, path.name)
            if groups is not None and (not tvp_ids or groups.get("tvp_id", next(iter(tvp_ids))) in tvp_ids):
                matches.append((name, _Found(path, replace(source, part=part_name(profile, index)), groups)))
        if matches:
            return matches
    return []


def _source(path: Path, part: str) -> SourceFile | None:
    try:
        if not path.is_file():
            return None
        sha256, size = fingerprint(path)
    except OSError:
        return None
    return SourceFile(str(path), sha256, size, part)


def _changed_since(path: Path, moment: datetime, quiet: timedelta) -> bool:
    """Whether the file changed within the quiet time; a clock that runs ahead must not keep a file waiting for ever."""
    if not quiet:
        return False
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return True
    return abs(moment - changed) < quiet


def _group(found: Sequence[tuple[str, _Found]], site: Site) -> list[tuple[Delivery, list[Path]]]:
    groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[_Found]] = {}
    for name, item in found:
        groups.setdefault((name, *item.key), []).append(item)
    result = []
    for (name, _, _), members in groups.items():
        profile = site.profile[name]
        for files in _by_creation(members, profile):
            result.append((_delivery(profile, site, files), [item.path for item in files]))
    return result


def _missing(profile: Profile, files: Sequence[_Found]) -> tuple[str, ...]:
    there = {item.file.part for item in files}
    needed = (part_name(profile, i) for i, part in enumerate(profile.dateien) if part.pflicht)
    return tuple(name for name in needed if name not in there)


def _by_creation(members: list[_Found], profile: Profile) -> list[list[_Found]]:
    """Split files that differ in `datum` only, when they are several whole deliveries: the same export made again."""
    parts = [item.file.part for item in members]
    dates = sorted({item.groups.get("datum", "") for item in members})
    if len(set(parts)) == len(parts) or len(dates) < 2:
        return [members]
    split = [[item for item in members if item.groups.get("datum", "") == day] for day in dates]
    return split if not any(_missing(profile, files) for files in split) else [members]


def _delivery(profile: Profile, site: Site, members: Sequence[_Found]) -> Delivery:
    files = tuple(item.file for item in sorted(members, key=lambda item: (item.file.part, item.path.name)))
    groups = {name: value for item in members for name, value in item.groups.items() if name not in _FREE_GROUPS}
    delivery = Delivery(
        _identifier(profile.profil, files, groups), profile.profil, files, missing_parts=_missing(profile, members)
    )
    return with_scope(delivery, profile, site, groups)


def with_scope(delivery: Delivery, profile: Profile, site: Site, groups: Mapping[str, str]) -> Delivery:
    """Fill scope and version where the file name or the profile alone says them; else leave them None."""
    if profile.zeitraum.aus not in ("dateiname", "konstante"):
        return delivery
    try:
        stated = period.from_groups(groups).over(period.from_profile(profile, site))
        return replace(delivery, scope=period.scope_of(stated), version=stated.version or 1)
    except PeriodError:
        return delivery


def _identifier(profile: str, files: Sequence[SourceFile], groups: Mapping[str, str]) -> str:
    """Fingerprint of contents, parts, profile, and what the file names say: two months may have equal contents."""
    digest = hashlib.sha256(profile.encode())
    for file in sorted(files, key=lambda file: (file.part, file.sha256)):
        digest.update(f"\0{file.part}\0{file.sha256}".encode())
    for name, value in sorted(groups.items()):
        digest.update(f"\0{name}={value}".encode())
    return digest.hexdigest()[:16]
