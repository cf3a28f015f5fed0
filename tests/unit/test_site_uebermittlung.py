"""`uebermittlung.yaml`: off unless the site turns it on, and only as far as domain.md (d) 19 goes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from zaehlbar import resources
from zaehlbar.site import SiteError, load_site

GOOD: dict[str, Any] = {
    "version": "1",
    "an": True,
    "empfaenger": [
        {
            "jobcenter_nr": "99901",
            "rechtsgrundlage": "Einwilligung (Art. 6 Abs. 1 Buchst. a DSGVO, § 67b Abs. 2 SGB X)",
            "postfach": "eingliederung@jobcenter.example",
            "zertifikat": "zertifikate/99901.pem",
            "kategorien": ["K-FEST", "K-GRUND", "K-QUAL", "K-PRAX", "K-VERM"],
        }
    ],
    "postfaecher": dict.fromkeys(("V9001", "V9002", "V9003"), "biwaq@musterhausen.example"),
}


def site_with(
    folder: Path, decided: dict[str, Any] | None, certificate: bytes = b"-----BEGIN CERTIFICATE-----"
) -> Path:
    """Copy the example site, with this file and a certificate."""
    shutil.copytree(resources.folder("site"), folder)
    (folder / "zertifikate").mkdir()
    (folder / "zertifikate" / "99901.pem").write_bytes(certificate)
    if decided is not None:
        (folder / "uebermittlung.yaml").write_text(yaml.safe_dump(decided, allow_unicode=True), encoding="utf-8")
    return folder


def changed(**entry: Any) -> dict[str, Any]:
    return {**GOOD, "empfaenger": [{**GOOD["empfaenger"][0], **entry}]}


def test_without_the_file_there_are_no_lists(tmp_path: Path) -> None:
    assert load_site(site_with(tmp_path / "site", None)).uebermittlung is None
    assert load_site(resources.folder("site")).uebermittlung is None


def test_turned_on_it_names_recipient_and_certificate(tmp_path: Path) -> None:
    site = load_site(site_with(tmp_path / "site", GOOD))
    assert site.uebermittlung is not None
    found = site.uebermittlung.recipient("99901")
    assert found is not None
    assert site.zertifikate[found.zertifikat].startswith(b"-----")
    assert "zertifikate/99901.pem" in site.hashes
    off = load_site(site_with(tmp_path / "aus", {**GOOD, "an": False}))
    assert off.uebermittlung is not None
    assert off.uebermittlung.recipient("99901") is None


@pytest.mark.parametrize(
    "decided,said",
    [
        *((changed(kategorien=["K-FEST", one]), "kategorien.1: erlaubt sind") for one in
          ("K-GES", "K-HEMM", "K-KOMM", "K-TEIL", "K-QUAL+", "K-STAB", "K-ZUG")),
        (changed(kategorien=[]), "mindestens 1"),
        (changed(rechtsgrundlage=" "), "Rechtsgrundlage"),
        (changed(rechtsgrundlage=None), "Rechtsgrundlage"),
        (changed(jobcenter_nr="12345"), "steht nicht in jobcenter.yaml"),
        (changed(postfach="kein Postfach"), "postfach: passt nicht"),
        (changed(zertifikat="../geheim.pem"), "zertifikat: passt nicht"),
        (changed(zertifikat="/etc/passwd"), "zertifikat: passt nicht"),
        (changed(zertifikat="fehlt.pem"), "die Datei fehlt.pem fehlt"),
        ({**GOOD, "empfaenger": GOOD["empfaenger"] * 2}, "zweimal"),
        ({**GOOD, "empfaenger": []}, "ohne Empfänger"),
        ({**GOOD, "postfaecher": {"V9001": "a@b.example"}}, "Funktionspostfach von V9002, V9003"),
        ({**GOOD, "postfaecher": {**GOOD["postfaecher"], "V1": "a@b.example"}}, "V1 steht nicht"),
        ({**GOOD, "alles": True}, "diesen Schlüssel gibt es hier nicht"),
    ],
)  # fmt: skip
def test_what_goes_too_far_is_refused(decided: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=said) as caught:
        load_site(site_with(tmp_path / "site", decided))
    assert str(caught.value).startswith("uebermittlung.yaml:")


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"kein X\.509"):
        load_site(site_with(tmp_path / "site", GOOD, b"-----BEGIN PRIVATE KEY-----"))


@pytest.mark.parametrize("model", ["M1", "M2", "M3"])
def test_a_jobcenter_that_runs_the_warehouse_sends_no_list(model: str, tmp_path: Path) -> None:
    folder = site_with(tmp_path / "site", GOOD)
    head = folder / "site.yaml"
    head.write_text(head.read_text("utf-8").replace("betriebsmodell: M1", f"betriebsmodell: {model}"), "utf-8")
    if model == "M2":
        with pytest.raises(SiteError, match="im Betriebsmodell M2"):
            load_site(folder)
    else:
        load_site(folder)
    (folder / "uebermittlung.yaml").write_text(yaml.safe_dump({**GOOD, "an": False}), encoding="utf-8")
    assert load_site(folder).head.betriebsmodell == model
