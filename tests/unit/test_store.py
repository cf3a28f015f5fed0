"""Staging and archive: what is put comes back equal, whole or not at all, readable by nobody else."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.pseudonymize import KEYS, SCOPE, pseudonymized, validated
from tests.support.store import equal

from zaehlbar.contract import Balance, Delivery, Finding, Severity, SourceFile
from zaehlbar.store import Archive, Staging, StoreError
from zaehlbar.store.codec import Decoder, Encoder
from zaehlbar.store.place import Place, last_part, local_path, place
from zaehlbar.validate import Validated

DELIVERY = "00112233445566ff"
POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions of this kind exist on POSIX only")


@pytest.fixture(params=["path", "file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "mit Leerzeichen und ü"
    if request.param == "memory":
        from fsspec.implementations.memory import MemoryFileSystem

        yield f"memory://zaehlbar-{tmp_path.name}"
        MemoryFileSystem.store.clear()
        MemoryFileSystem.pseudo_dirs[:] = [""]
    else:
        yield str(folder) if request.param == "path" else folder.as_uri()


def judged() -> Validated:
    rows = [{"nachname": "Muster", "geburtsdatum": date(1990, 5, 5)}, {"tn_nr": "TN-2"}, {"tn_nr": "TN-3"}]
    finding = Finding(
        "ZB-Z-001",
        Severity.ERROR,
        "teilnahme",
        "eintritt_datum",
        rows=np.array([3, 4], dtype=np.int32),
        files=np.zeros(2, dtype=np.int16),
        params={"anteil": 5, "_spalte": "Ein;tritt"},
    )
    made = validated(
        {"teilnahme": rows, "aktivitaet": [{}] * 3, "angebot": []},
        rejected={"teilnahme": [1]},
        duplicate={"aktivitaet": [1, 2]},
        nulled={"teilnahme": {"geschlecht": [2]}},
        findings=[finding],
    )
    made.ingested.manifest = {"zeitraum_bis": date(2026, 6, 30), "version": 2, "akronym": None, "offen": True}
    return made


def test_every_stage_comes_back_equal(url: str) -> None:
    staging, reader = Staging(url, KEYS), Staging(url, KEYS)
    made = judged()
    result = pseudonymized({"teilnahme": [{}], "aktivitaet": [{}]})
    staging.put_ingested(made.ingested)
    assert equal(reader.get_ingested(DELIVERY), made.ingested)
    staging.put_validated(made)
    assert equal(reader.get_validated(DELIVERY), made)
    staging.put_pseudonymized(result)
    assert equal(reader.get_pseudonymized(DELIVERY), result)
    assert reader.delivery_ids() == (DELIVERY,)


def unseal_by_hand(place_: Place, names: list[str]) -> None:
    """Write files as the version before encryption did."""
    for name in names:
        place_._put(name, [place_.read(name)])


def test_an_archive_from_before_encryption_is_sealed_in_place(tmp_path: Path) -> None:
    delivery = _kept(tmp_path)
    archive, folder = Archive(str(tmp_path / "archiv"), KEYS), place(str(tmp_path / "archiv"), KEYS, durable=True)
    names = [f"{delivery.delivery_id}/{name}" for name in folder.files(delivery.delivery_id)]
    unseal_by_hand(folder, names)
    with pytest.raises(StoreError, match="not encrypted"), archive.open(delivery.delivery_id):
        pass
    assert archive.seal_plain() == 1
    assert all(folder.read_plain(name) is None for name in names)
    with archive.open(delivery.delivery_id) as back:
        assert [Path(url_path(file.url)).read_bytes() for file in back.files] == [b"a;b\n1;2\n"]
    assert archive.seal_plain() == 0


@pytest.mark.parametrize("what", ["file", "record", "other id"])
def test_what_does_not_prove_itself_is_not_sealed(tmp_path: Path, what: str) -> None:
    delivery = _kept(tmp_path)
    archive, folder = Archive(str(tmp_path / "archiv"), KEYS), place(str(tmp_path / "archiv"), KEYS, durable=True)
    record, raw = f"{delivery.delivery_id}/lieferung.json", f"{delivery.delivery_id}/{delivery.files[0].sha256}"
    unseal_by_hand(folder, [record, raw])
    if what == "file":
        folder._put(raw, [b"another content"])
    elif what == "record":
        folder._put(record, [b"{"])
    else:
        content = folder.read_plain(record)
        assert content is not None
        folder._put(record, [content.replace(delivery.delivery_id.encode(), b"ff" * 8)])
    assert archive.seal_plain() == 0
    assert folder.read_plain(record) is not None


def _kept(tmp_path: Path) -> Delivery:
    """A delivery of one file, kept in the archive `archiv`."""
    source = tmp_path / "liste.csv"
    source.write_bytes(b"a;b\n1;2\n")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    delivery = Delivery(DELIVERY, "p", (SourceFile(str(source), digest, 8, "alles"),))
    Archive(str(tmp_path / "archiv"), KEYS).keep(delivery)
    return delivery


def url_path(url: str) -> Path:
    path = local_path(url)
    assert path is not None
    return path


def test_masks_that_come_back_can_be_written_to(url: str) -> None:
    Staging(url, KEYS).put_validated(judged())
    back = Staging(url, KEYS).get_validated(DELIVERY)
    back.rejected["teilnahme"] |= back.duplicate["teilnahme"]
    assert back.rejected["teilnahme"].flags.writeable


def test_tables_are_staged_once_for_ingest_and_validate(tmp_path: Path) -> None:
    def tables() -> set[Path]:
        return set(tmp_path.rglob("tabelle-*.parquet"))

    Staging(str(tmp_path), KEYS).put_ingested(judged().ingested)
    before = tables()
    staging = Staging(str(tmp_path), KEYS)
    again = judged()
    again.ingested = staging.get_ingested(DELIVERY)
    staging.put_validated(again)
    assert before == tables() and len(before) == 3
    # A judgement about other tables than those that lie there brings its own.
    other = judged()
    other.ingested.manifest = {}
    staging.put_validated(other)
    assert equal(Staging(str(tmp_path), KEYS).get_validated(DELIVERY), other)


def test_a_judgement_about_tables_that_were_replaced_is_refused(url: str) -> None:
    Staging(url, KEYS).put_validated(judged())
    Staging(url, KEYS).put_ingested(judged().ingested)
    with pytest.raises(StoreError, match="delivery 00112233445566ff: ingest ran again after validate"):
        Staging(url, KEYS).get_validated(DELIVERY)


def test_what_is_not_staged_names_stage_and_remedy(url: str) -> None:
    staging = Staging(url, KEYS)
    for get, stage in [
        (staging.get_ingested, "ingest"),
        (staging.get_validated, "validate"),
        (staging.get_pseudonymized, "pseudonymize"),
    ]:
        with pytest.raises(StoreError, match=f"delivery {DELIVERY}: its stage {stage} is not staged; run"):
            get(DELIVERY)
        assert not staging.has(DELIVERY, stage)


def test_dropping_leaves_nothing_and_only_the_delivery_itself(url: str, tmp_path: Path) -> None:
    staging = Staging(url, KEYS)
    staging.put_validated(judged())
    other = judged().ingested
    other.delivery = Delivery("ff" * 8, "kanonisch", (), SCOPE, 1)
    staging.put_ingested(other)
    staging.drop(DELIVERY)
    staging.drop(DELIVERY)
    assert staging.delivery_ids() == ("ff" * 8,)
    assert not any(DELIVERY in str(path) for path in tmp_path.rglob("*"))
    assert equal(staging.get_ingested("ff" * 8), other)


@pytest.mark.parametrize("writes", range(8))
def test_dying_while_writing_leaves_the_result_before(url: str, monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    class Died(BaseException):
        pass

    staging = Staging(url, KEYS)
    before, after = judged().ingested, judged().ingested
    after.manifest = {"version": 3}
    staging.put_ingested(before)
    left, write = [writes], Place.write

    def die(self: Place, name: str, content: bytes) -> None:
        if left[0] == 0:
            raise Died
        left[0] -= 1
        write(self, name, content)

    monkeypatch.setattr(Place, "write", die)
    try:
        staging.put_ingested(after)
        expected = after
    except Died:
        expected = before
    monkeypatch.undo()
    assert (expected is before) == (writes < 7)
    assert equal(Staging(url, KEYS).get_ingested(DELIVERY), expected)
    Staging(url, KEYS).put_ingested(after)
    assert equal(Staging(url, KEYS).get_ingested(DELIVERY), after)


def test_a_result_that_replaces_another_leaves_no_trace_of_it(tmp_path: Path) -> None:
    staging = Staging(str(tmp_path), KEYS)
    staging.put_ingested(judged().ingested)
    once = {path.name for path in tmp_path.rglob("*")}
    staging.put_ingested(judged().ingested)
    assert len(once) == len({path.name for path in tmp_path.rglob("*")})


def test_a_damaged_file_is_reported_without_its_content(tmp_path: Path) -> None:
    staging = Staging(str(tmp_path), KEYS)
    staging.put_ingested(judged().ingested)
    for document in tmp_path.rglob("inhalt.json"):
        rewrite(tmp_path, document, b'{"$": "object", "class": "Muster"')
    with pytest.raises(StoreError, match="stage ingest is damaged") as raised:
        staging.get_ingested(DELIVERY)
    assert "Muster" not in str(raised.value) and raised.value.__suppress_context__


def rewrite(root: Path, file: Path, content: bytes) -> None:
    """Put another content there, as only somebody with the key can."""
    place(str(root), KEYS, durable=False).write(file.relative_to(root).as_posix(), content)


@POSIX
def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Staging(str(tmp_path / "neu" / "staging"), KEYS).put_validated(judged())
        archive = Archive(str(tmp_path / "neu" / "archive"), KEYS)
        archive.keep(delivery_in(tmp_path))
        with archive.open(DELIVERY, tmp_path / "neu" / "arbeit") as opened:
            opened_modes = modes(tmp_path / "neu")
            assert opened.files
    finally:
        os.umask(before)
    assert opened_modes == {True: {0o700}, False: {0o600}}


def modes(folder: Path) -> dict[bool, set[int]]:
    """Permissions of folders (True) and files (False) below and including `folder`."""
    found: dict[bool, set[int]] = {True: {folder.stat().st_mode & 0o777}, False: set()}
    for path in folder.rglob("*"):
        found[path.is_dir()].add(path.stat().st_mode & 0o777)
    return found


@pytest.mark.parametrize("delivery_id", ["../oben", "a/../..", "/etc", "", ".", "Mül", "x" * 200])
def test_an_id_never_leads_out_of_the_store(tmp_path: Path, delivery_id: str) -> None:
    for one in (Staging(str(tmp_path / "staging"), KEYS), Archive(str(tmp_path / "archive"), KEYS)):
        with pytest.raises(StoreError):
            one.drop(delivery_id) if isinstance(one, Staging) else one.delete(delivery_id)


class Fate(StrEnum):
    NEW = "neu"


def test_values_of_unknown_types_are_refused_when_writing() -> None:
    for value in ({1, 2}, b"x", object(), np.zeros((2, 2)), np.array(["x"]), Fate.NEW, Balance("teilnahme", 1)):
        with pytest.raises(TypeError, match="cannot be staged"):
            Encoder().files({"wert": value})


def test_a_document_makes_known_classes_only() -> None:
    document = b'{"$": "object", "class": "Path", "fields": {}}'
    with pytest.raises(KeyError):
        Decoder(lambda _: document).value()


# Archive


def delivery_in(folder: Path, content: bytes = b"tn_nr;nachname\r\n1;Muster\r\n") -> Delivery:
    """A delivery of two files with telling names; one content twice."""
    files = []
    for at, name in enumerate(["Müller & Söhne 100%.csv", "Teilnahme Muster.csv"]):
        path = folder / f"eingang-{at}" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        files.append(SourceFile(path.as_uri(), hashlib.sha256(content).hexdigest(), len(content), f"teil-{at}"))
    return Delivery(DELIVERY, "kanonisch", tuple(files), None, None, ("aktivitaet",))


def test_a_kept_delivery_comes_back_under_its_own_names(url: str, tmp_path: Path) -> None:
    archive = Archive(url, KEYS)
    found = delivery_in(tmp_path)
    kept = archive.keep(found)
    for file in found.files:
        path = local_path(file.url)
        assert path
        path.unlink()
    with Archive(url, KEYS).open(DELIVERY) as opened:
        paths = [local_path(file.url) for file in opened.files]
        assert [path.name for path in paths if path] == ["Müller & Söhne 100%.csv", "Teilnahme Muster.csv"]
        assert [path.read_bytes() for path in paths if path] == [b"tn_nr;nachname\r\n1;Muster\r\n"] * 2
        assert [file.part for file in opened.files] == ["teil-0", "teil-1"]
        assert (opened.delivery_id, opened.profile, opened.missing_parts) == (DELIVERY, "kanonisch", ("aktivitaet",))
    assert not any(path.exists() for path in paths if path)
    assert all(file.url.endswith(f"{DELIVERY}/{file.sha256}") for file in kept.files)
    assert archive.delivery_ids() == (DELIVERY,)


def test_no_name_of_the_provider_is_in_a_path(tmp_path: Path) -> None:
    Archive(str(tmp_path / "archive"), KEYS).keep(delivery_in(tmp_path))
    names = {path.name for path in (tmp_path / "archive").rglob("*")}
    sha256 = hashlib.sha256(b"tn_nr;nachname\r\n1;Muster\r\n").hexdigest()
    assert names == {DELIVERY, sha256, "lieferung.json"}


def test_keeping_again_keeps_what_was_there_first(url: str, tmp_path: Path) -> None:
    archive = Archive(url, KEYS)
    first = archive.keep(delivery_in(tmp_path))
    assert archive.keep(first) == first
    with archive.open(DELIVERY) as opened:
        assert last_part(opened.files[1].url) == "Teilnahme Muster.csv"


def test_a_file_that_changed_since_is_not_kept(url: str, tmp_path: Path) -> None:
    found = delivery_in(tmp_path)
    path = local_path(found.files[1].url)
    assert path
    path.write_bytes(b"anders")
    with pytest.raises(StoreError, match="a file changed since it was found") as raised:
        Archive(url, KEYS).keep(found)
    assert "Muster" not in str(raised.value)
    assert not Archive(url, KEYS).has(DELIVERY) and Archive(url, KEYS).delivery_ids() == ()


def test_a_file_that_is_gone_is_reported_without_its_name(url: str, tmp_path: Path) -> None:
    found = delivery_in(tmp_path)
    path = local_path(found.files[0].url)
    assert path
    path.unlink()
    with pytest.raises(StoreError, match=r"cannot be read \(FileNotFoundError\)") as raised:
        Archive(url, KEYS).keep(found)
    assert "Müller" not in str(raised.value) and "M%C3" not in str(raised.value)


def test_damage_in_the_archive_is_found_when_reading(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "archive"), KEYS)
    kept = archive.keep(delivery_in(tmp_path))
    path = local_path(kept.files[0].url)
    assert path
    rewrite(tmp_path / "archive", path, b"anders")
    with pytest.raises(StoreError, match="a file is damaged in the archive"), archive.open(DELIVERY):
        pass
    rewrite(tmp_path / "archive", path.parent / "lieferung.json", b"[")
    with pytest.raises(StoreError, match="its record in the archive is damaged"), archive.open(DELIVERY):
        pass


def test_deleting_leaves_nothing(url: str, tmp_path: Path) -> None:
    archive = Archive(url, KEYS)
    archive.keep(delivery_in(tmp_path))
    archive.delete(DELIVERY)
    archive.delete(DELIVERY)
    assert not archive.has(DELIVERY)
    with (
        pytest.raises(StoreError, match="is not in the archive; its provider has the original"),
        archive.open(DELIVERY),
    ):
        pass


@pytest.mark.parametrize(
    "given,name",
    [
        ("/eingang/Müller 100%.csv", "Müller 100%.csv"),
        ("/eingang/a%20b.csv", "a%20b.csv"),
        ("file:///eingang/a%20b.csv", "a b.csv"),
        ("s3://eimer/eingang/a%20b.csv", "a b.csv"),
    ],
)
def test_the_name_of_a_file_is_read_from_its_url(given: str, name: Any) -> None:
    assert last_part(given) == name
