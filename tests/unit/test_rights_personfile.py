"""The person file: read as written, refused with help, and never quoted."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from zaehlbar.rights.personfile import PersonFileError, read_person_file, remove_person_file

SECRET = "Wołodźko-Žáková"


def _written(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "person.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_yaml_keeps_every_value_as_it_is_written(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        """
        nachname: Null
        vorname: Ida
        geburtsdatum: 1980-05-02
        plz: 01234
        vorhaben_id: V9001
        tvp_id: T01
        tn_nr: 007
        berichtigung:
          - eintritt_datum: 03.02.2026
            feld: jobcenter_nr
            wert: 09901
          - {eintritt_datum: 2026-02-03, feld: austritt_datum, wert: null}
        """,
    )
    person = read_person_file(path)
    assert (person.last_name, person.postcode, person.tn_nr) == ("Null", "01234", "007")
    assert person.birth_date == date(1980, 5, 2)
    assert [(one.entry, one.name, one.value) for one in person.corrections] == [
        (date(2026, 2, 3), "jobcenter_nr", "09901"),
        (date(2026, 2, 3), "austritt_datum", None),
    ]


def test_json_is_read_alike(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        '{\n\t"nachname": "M\\u00fcller",\n\t"vorname": "Ida", "geburtsdatum": "02.05.1980",'
        ' "plz": 1234, "tn_nr": null\n}',
    )
    person = read_person_file(path)
    assert (person.last_name, person.postcode, person.tn_nr) == ("Müller", "1234", None)


NAME = "vorname: Ida\ngeburtsdatum: 1980-05-02\n"


@pytest.mark.parametrize(
    "text,said",
    [
        (f"nachname: {SECRET}\nvorname: Ida\n", "volles Geburtsdatum"),
        (f"nachname: {SECRET}\nvorname: Ida\ngeburtsdatum: 1980-01-01\n", "01.01."),
        (f"nachname: {SECRET}\n{NAME}tn_nr: 4\n", "gehören zusammen"),
        (f"nachname: {SECRET}\nvorname: Ida\ngeburtsdatum: {SECRET}\n", "kein Datum"),
        (f"{SECRET}: Müller\n{NAME}", "nicht bekannt"),
        (f"nachname: [{SECRET}]\n{NAME}", "einzelner Wert"),
        (f"nachname: {SECRET}\nnachname: {SECRET}2\n{NAME}", "zweimal"),
        (f"nachname: '{SECRET}\n{NAME}", "kein gültiges YAML"),
        (f"nachname: {SECRET}\n  vorname: x: y\n", "Zeile 2"),
        (f'{{"nachname": "{SECRET}"', "kein gültiges JSON"),
        (f"- {SECRET}\n", "schluessel: wert"),
        ("", "schluessel: wert"),
        (f"nachname: {SECRET}\n{NAME}berichtigung: [{{feld: status}}]\n", "wert fehlt"),
        (f"nachname: {SECRET}\n{NAME}berichtigung: [{{feld: status, wert: x}}]\n", "eintritt_datum"),
        (f"nachname: {SECRET}\n{NAME}berichtigung: {SECRET}\n", "1. Eintrag"),
    ],
)
def test_what_is_wrong_is_said_without_any_value(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PersonFileError) as caught:
        read_person_file(_written(tmp_path, text))
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "Müller" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nothing_of_the_person_is_in_a_repr(tmp_path: Path) -> None:
    person = read_person_file(_written(tmp_path, f"nachname: {SECRET}\n{NAME}"))
    assert SECRET not in repr(person)
    assert "Ida" not in repr(person)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(PersonFileError, match="chmod 600"):
        read_person_file(_written(tmp_path, f"nachname: X\n{NAME}", mode))


def test_latin_1_and_missing_files_are_refused(tmp_path: Path) -> None:
    path = _written(tmp_path, "")
    path.write_bytes("nachname: Müller".encode("latin-1"))
    with pytest.raises(PersonFileError, match="UTF-8"):
        read_person_file(path)
    with pytest.raises(PersonFileError, match="nicht lesbar"):
        read_person_file(tmp_path / "fehlt.yaml")
    path.write_bytes(b"#" * 70_000)
    with pytest.raises(PersonFileError, match="zu groß"):
        read_person_file(path)


def test_the_file_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    path = _written(tmp_path, f"nachname: {SECRET}\n{NAME}")
    beside = tmp_path / "zweiter-name"
    os.link(path, beside)  # the same blocks, still reachable
    remove_person_file(path)
    assert not path.exists()
    assert set(beside.read_bytes()) == {0}
