"""Writing a site into the warehouse: its decisions by version, and one row that names all versions together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from zaehlbar import resources
from zaehlbar.categorize import supplements
from zaehlbar.site import Site, agreement, labels
from zaehlbar.site.supplements import FILES as SUPPLEMENTS


class RulesChanged(ValueError):
    """A file of the site was changed but still bears an old version (DESIGN.md, statement 9)."""


def register_site(connection: Connection, site: Site) -> int:
    """Write `site` into `katalog` and `betrieb`, return its `regelwerk_nr`; the same site always gets the same number.

    Raises RulesChanged, naming the file and its version, when content changed under a version that was used before.
    """
    _check_versions(connection, site)
    _write_partners(connection, site)
    _write_catalogue(connection, site)
    supplements.write(connection, site)
    package = _rule_package()
    rules = site.zaehlregeln
    values = {
        "sha256": _fingerprint(site, package),
        "site": site.head.site,
        "site_version": site.head.version,
        "betriebsmodell": site.head.betriebsmodell,
        "rechtsgrundlage": site.head.basis.person_level,
        "ohne_einwilligung": site.head.basis.ohne_einwilligung,
        "katalog_version": site.katalog.version,
        "kategorien_version": site.kategorien.version,
        "kategorien_abgestimmt": site.kategorien.agreed,
        "zaehlregeln_version": rules.version,
        "kalender_version": site.kalender.version,
        "validierung_version": site.validierung.version,
        "katalog_abgestimmt": site.katalog.agreed,
        "zaehlregeln_abgestimmt": rules.agreed,
        "bezeichnungen_version": site.bezeichnungen.version if site.bezeichnungen else None,
        "abgleich_version": site.abgleich.version,
        "aufbewahrung_version": site.aufbewahrung.version,
        "regelpaket_version": package,
        "schwelle_minuten": None if rules.schwelle_stunden is None else round(rules.schwelle_stunden * 60),
        "aktiv_tage": rules.aktiv_tage,
        "vorlaeufig_monate": rules.vorlaeufig_monate,
        "stichtag_ersatzregel": site.kalender.ersatzregel,
    }
    names = ", ".join(values)
    binds = ", ".join(f":{name}" for name in values)
    connection.execute(
        text(f"insert into betrieb.regelwerk ({names}) values ({binds}) on conflict (sha256) do nothing"), values
    )
    query = text("select regelwerk_nr from betrieb.regelwerk where sha256 = :sha256")
    number = int(connection.execute(query, {"sha256": values["sha256"]}).scalar_one())
    _write_agreements(connection, site, number)
    _write_labels(connection, site, number)
    return number


def is_registered(connection: Connection, site: Site, regelwerk_nr: int) -> bool:
    """Whether `site`, with the rules of this installation, is what was registered under `regelwerk_nr`."""
    query = text("select sha256 from betrieb.regelwerk where regelwerk_nr = :nr")
    stored = connection.execute(query, {"nr": regelwerk_nr}).scalar_one_or_none()
    return stored == _fingerprint(site, _rule_package())


def _fingerprint(site: Site, package: str) -> str:
    # What stands beside the figures is no rule of theirs.
    lines = [f"{name} {digest}" for name, digest in sorted(site.hashes.items()) if name not in SUPPLEMENTS]
    return hashlib.sha256("\n".join([*lines, package]).encode()).hexdigest()


def _rule_package() -> str:
    """SHA-256 over the rule files, so that a changed rule makes held and refused deliveries be judged again."""
    digest = hashlib.sha256()
    for path in sorted(resources.folder("expectations").glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _check_versions(connection: Connection, site: Site) -> None:
    """Refuse other content under a known version; consents may come later, they are no part of a file's content."""
    contents = {file: part.content() for file, part in agreement.reviewed(site).items()}
    versions = {
        "katalog.yaml": site.katalog.version,
        "kategorien.yaml": site.kategorien.version,
        "zaehlregeln.yaml": site.zaehlregeln.version,
        "kalender.yaml": site.kalender.version,
        "validierung.yaml": site.validierung.version,
        "abgleich.yaml": site.abgleich.version,
        "aufbewahrung.yaml": site.aufbewahrung.version,
    }
    if site.bezeichnungen is not None:
        versions[labels.FILE] = site.bezeichnungen.version
    versions |= supplements.versions(site)
    for part, version in versions.items():
        content = contents.get(part, site.hashes[part])
        values = {"teil": part, "version": version, "sha256": content, "datei": site.hashes[part]}
        if part in contents:
            # Versions stored before consents were apart from the content: the hash of the whole file.
            connection.execute(
                text(
                    "update betrieb.regelwerk_teil set sha256 = :sha256"
                    " where teil = :teil and version = :version and sha256 = :datei"
                ),
                values,
            )
        connection.execute(
            text("insert into betrieb.regelwerk_teil values (:teil, :version, :sha256) on conflict do nothing"), values
        )
        query = text("select sha256 from betrieb.regelwerk_teil where teil = :teil and version = :version")
        if connection.execute(query, values).scalar_one() != content:
            raise RulesChanged(
                f"{part} wurde geändert, trägt aber noch die Version {version!r}, unter der schon gezählt wurde. "
                "Geben Sie der Datei eine neue Version."
            )


def _write_partners(connection: Connection, site: Site) -> None:
    for table in ("katalog.quartier", "katalog.tvp", "katalog.jobcenter", "katalog.vorhaben"):
        connection.execute(text(f"delete from {table}"))
    _insert(connection, "katalog.jobcenter", (item.model_dump() for item in site.jobcenter))
    for vorhaben in site.vorhaben:
        own = {"vorhaben_id": vorhaben.vorhaben_id}
        _insert(connection, "katalog.vorhaben", [vorhaben.model_dump(exclude={"quartiere", "partner"})])
        _insert(connection, "katalog.quartier", ({**own, **item.model_dump()} for item in vorhaben.quartiere))
        partners = (
            {
                **own,
                "tvp_id": partner.tvp_id,
                "name": partner.name,
                "rhythmus": partner.rhythmus,
                "von": partner.von or vorhaben.von,
                "bis": partner.bis or vorhaben.bis,
            }
            for partner in vorhaben.partner
        )
        _insert(connection, "katalog.tvp", partners)


def _write_catalogue(connection: Connection, site: Site) -> None:
    """Versions are content: rows of a version that is there already are equal (checked by hash) and stay."""
    catalogue, mapping, calendar = site.katalog, site.kategorien, site.kalender
    codes = ({"version": catalogue.version, **entry.model_dump(exclude={"bemerkung"})} for entry in catalogue.codes)
    _insert(connection, "katalog.aktivitaet_code", codes)
    categories = ({"version": mapping.version, **item.model_dump()} for item in mapping.kategorien)
    _insert(connection, "katalog.kategorie", categories)
    entries = ({"version": mapping.version, **item.model_dump()} for item in mapping.zuordnung)
    _insert(connection, "katalog.kategorie_zuordnung", entries)
    days = (
        {
            "version": calendar.version,
            "monat": date.fromisoformat(f"{item.monat}-01"),
            "stichtag": item.stichtag,
            "quelle": item.quelle,
        }
        for item in calendar.stichtage
    )
    _insert(connection, "katalog.stichtag", days)


def _write_agreements(connection: Connection, site: Site, regelwerk_nr: int) -> None:
    rows = (
        {
            "regelwerk_nr": regelwerk_nr,
            "teil": file,
            "version": part.version,
            "freigegeben_funktion": part.freigegeben.funktion if part.freigegeben else None,
            "freigegeben_am": part.freigegeben.am if part.freigegeben else None,
            "zugestimmt_funktion": part.zugestimmt.funktion if part.zugestimmt else None,
            "zugestimmt_am": part.zugestimmt.am if part.zugestimmt else None,
        }
        for file, part in agreement.reviewed(site).items()
    )
    _insert(connection, "katalog.abstimmung", rows)


def _write_labels(connection: Connection, site: Site, regelwerk_nr: int) -> None:
    rows = ({"regelwerk_nr": regelwerk_nr, **asdict(item)} for item in labels.all_labels(site))
    _insert(connection, "katalog.bezeichnung", rows)


def _insert(connection: Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    values = list(rows)
    if not values:
        return
    names = ", ".join(values[0])
    binds = ", ".join(f":{name}" for name in values[0])
    connection.execute(text(f"insert into {table} ({names}) values ({binds}) on conflict do nothing"), values)
