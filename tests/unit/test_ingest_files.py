"""The inbox: which files form a delivery, and which do not belong."""

from __future__ import annotations

import os
import unicodedata
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.ingest import profile, site_with, steps

from zaehlbar.contract import Scope
from zaehlbar.ingest import delivery_from_files, discover, ingest
from zaehlbar.site import FilePart, PeriodSource, Profile

BY_NAME = PeriodSource(aus="dateiname")
MUSTER = r"(?P<tvp_id>T\d\d)_(?P<monat>\d{4}-\d\d)_%s_v(?P<version>\d+)(_(?P<datum>\d{8}))?\.csv"


@pytest.fixture
def two_parts() -> Profile:
    return profile(
        FilePart(tabelle="teilnahme", muster=MUSTER % "tn"),
        FilePart(tabelle="zwischenschritt", muster=MUSTER % "zs", pflicht=False),
        period=BY_NAME,
        tvp_id=None,
    )


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox" / "probe").mkdir(parents=True)
    return tmp_path / "inbox"


def put(inbox: Path, name: str, content: str = "x") -> Path:
    path = inbox / "probe" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_files_with_equal_groups_form_one_delivery(inbox: Path, two_parts: Profile) -> None:
    for name in (
        "T01_2026-03_tn_v1.csv",
        "T01_2026-03_zs_v1_20260401.csv",
        "T01_2026-02_tn_v1.csv",
        "T01_2026-03_tn_v2.csv",
    ):
        put(inbox, name, name)
    found = discover(inbox, site_with(two_parts))
    parts = sorted((tuple(f.part for f in d.files), d.version, d.scope) for d in found.deliveries)
    march = Scope("V9001", "T01", date(2026, 3, 1), date(2026, 3, 31))
    february = Scope("V9001", "T01", date(2026, 2, 1), date(2026, 2, 28))
    assert parts == [
        (("teilnahme",), 1, february),
        (("teilnahme",), 2, march),
        (("teilnahme", "zwischenschritt"), 1, march),
    ]
    assert not found.strangers
    assert not found.unfinished


def test_the_identifier_depends_on_content_part_and_name(inbox: Path, two_parts: Profile) -> None:
    site = site_with(two_parts)
    put(inbox, "T01_2026-03_tn_v1.csv", "same")
    (first,) = discover(inbox, site).deliveries
    put(inbox, "T01_2026-02_tn_v1.csv", "same")
    second = discover(inbox, site).deliveries
    assert len({d.delivery_id for d in second}) == 2
    assert first.delivery_id in {d.delivery_id for d in second}
    put(inbox, "T01_2026-03_tn_v1.csv", "other")
    assert first.delivery_id not in {d.delivery_id for d in discover(inbox, site).deliveries}
    assert len(first.delivery_id) == 16


def test_the_same_files_again_are_listed_apart(inbox: Path, two_parts: Profile) -> None:
    put(inbox, "T01_2026-03_tn_v1.csv")
    put(inbox, "copy/T01_2026-03_tn_v1.csv")
    found = discover(inbox, site_with(two_parts))
    assert len(found.deliveries) == len(found.repeated) == 1


def test_the_same_export_made_on_two_days_is_two_deliveries(inbox: Path, two_parts: Profile) -> None:
    put(inbox, "T01_2026-03_tn_v1_20260401.csv", "a")
    put(inbox, "T01_2026-03_tn_v1_20260402.csv", "b")
    assert [len(d.files) for d in discover(inbox, site_with(two_parts)).deliveries] == [1, 1]


def test_a_missing_part_waits(inbox: Path, two_parts: Profile) -> None:
    put(inbox, "T01_2026-03_zs_v1.csv")
    found = discover(inbox, site_with(two_parts))
    assert not found.deliveries
    assert found.unfinished[0].missing_parts == ("teilnahme",)


def test_a_file_still_being_written_waits(inbox: Path, two_parts: Profile) -> None:
    path = put(inbox, "T01_2026-03_tn_v1.csv")
    site = site_with(two_parts, quiet=10)
    now = datetime.now(UTC)
    assert len(discover(inbox, site, now=now).unfinished) == 1
    assert len(discover(inbox, site, now=now + timedelta(minutes=11)).deliveries) == 1
    ahead = (now + timedelta(days=3)).timestamp()
    os.utime(path, (ahead, ahead))
    assert len(discover(inbox, site, now=now).deliveries) == 1


def test_strangers_litter_and_links(inbox: Path, two_parts: Profile, tmp_path: Path) -> None:
    put(inbox, "T01_2026-03_tn_v1.csv")
    put(inbox, "Notizen.txt")
    put(inbox, "T09_2026-03_tn_v1.csv")  # another partner's number in this partner's folder
    for name in (".verborgen.csv", "~$T01.csv", "Thumbs.db", ".git/T01_2026-03_tn_v1.csv"):
        put(inbox, name)
    secret = tmp_path / "secret.csv"
    secret.write_text("secret", encoding="utf-8")
    (inbox / "probe" / "T01_2026-04_tn_v1.csv").symlink_to(secret)
    (inbox / "probe" / "T01_2026-05_tn_v1.csv").symlink_to(tmp_path / "nowhere")
    (inbox / "probe" / "folder").symlink_to(tmp_path)
    found = discover(inbox, site_with(two_parts))
    assert len(found.deliveries) == 1
    names = sorted(Path(file.url).name for file in found.strangers)
    assert names == ["Notizen.txt", "T01_2026-04_tn_v1.csv", "T01_2026-05_tn_v1.csv", "T09_2026-03_tn_v1.csv", "folder"]
    links = ("T01_2026-04_tn_v1.csv", "T01_2026-05_tn_v1.csv", "folder")
    assert all(not file.sha256 for file in found.strangers if Path(file.url).name in links)


def test_a_folder_outside_the_inbox_is_not_entered(inbox: Path, two_parts: Profile) -> None:
    put(inbox.parent, "T01_2026-03_tn_v1.csv")
    assert not discover(inbox, site_with(two_parts, partners={"../probe": "probe"})).deliveries


def test_names_in_decomposed_form_are_the_same_names(inbox: Path) -> None:
    part = steps(muster=r"Schröter\.csv")
    put(inbox, unicodedata.normalize("NFD", "Schröter.csv"))
    assert len(discover(inbox, site_with(profile(part))).deliveries) == 1


def test_empty_and_missing_inbox(tmp_path: Path, two_parts: Profile) -> None:
    assert not discover(tmp_path / "nothing", site_with(two_parts)).deliveries


def test_an_empty_file_is_a_delivery_that_cannot_be_read(inbox: Path, two_parts: Profile) -> None:
    put(inbox, "T01_2026-03_tn_v1.csv", "")
    site = site_with(two_parts)
    result = ingest(discover(inbox, site).deliveries[0], site)
    assert result.fatal
    assert result.findings[0].params["grund"] == "leer"


def test_files_given_by_hand(inbox: Path, two_parts: Profile) -> None:
    other = profile(steps(muster=r".*\.csv"), name="zweites")
    site = site_with(two_parts, other)
    known, loose = put(inbox, "T01_2026-03_tn_v1.csv"), put(inbox, "irgendwas.csv")
    unknown = put(inbox, "bild.png")
    deliveries = {d.profile: d for d in delivery_from_files([known, loose, unknown], site)}
    assert set(deliveries) == {"probe", "zweites", ""}
    refused = ingest(deliveries[""], site)
    assert refused.fatal
    assert refused.findings[0].params == {"grund": "kein_profil", "_datei": "bild.png"}


def test_a_file_that_changed_since_it_was_found_is_refused(inbox: Path, two_parts: Profile) -> None:
    site = site_with(two_parts)
    path = put(inbox, "T01_2026-03_tn_v1.csv", "tn_nr;eintritt_datum\n1;2026-01-01\n")
    (delivery,) = discover(inbox, site).deliveries
    path.write_text("tn_nr;eintritt_datum\n2;2026-01-01\n", encoding="utf-8")
    result = ingest(delivery, site)
    assert result.fatal
    assert result.findings[0].params["format"] == "geaendert"
    path.unlink()
    assert ingest(delivery, site).findings[0].params["grund"] == "nicht_lesbar"
