"""The report of a delivery: what it says, and what it never says."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.spec.rule_cases import BASE, arrow_table, example_site, ingested

from zaehlbar.contract import Balance, Finding, Severity
from zaehlbar.validate import Validated, validate
from zaehlbar.validate.messages import describe
from zaehlbar.validate.report import as_dict, render_html, write_html, write_json
from zaehlbar.validate.rules import bundled_rules

SECRETS = (
    "SECRETPERSON",
    "SECRETFIRST",
    "SECRETFILE",
    "SECRETSHEET",
    "SECRETCOLUMN",
    "SECRETNUMBER",
    "17.05.1980",
    "1980-05-17",
)


@pytest.fixture(scope="module")
def validated() -> Validated:
    """A delivery with as many findings as possible, and a secret wherever one fits."""
    person = {**BASE["teilnahme"], "nachname": "SECRETPERSON1", "vorname": "SECRETFIRST", "tn_nr": "SECRETNUMBER"}
    rows = [
        {**person, "geschlecht": "SECRETPERSON", "plz": "SECRETPERSON"},
        {**person, "tn_nr": "123A456789", "einwilligung_version": "SECRETPERSON " * 9, "ags": "SECRETPERSON"},
        {
            **person,
            "tn_nr": "B",
            "austritt_datum": person["eintritt_datum"].replace(year=2025),
            "quartier_id": "SECRETPERSON",
        },
        {**person, "tn_nr": "C", "austritt_grund": "REG", "alo_dauer": "U6", "erwerbsstatus_eintritt": "ERW"},
        {**person, "tn_nr": "C", "rechtskreis": "SGB2"},
    ]
    work = [{**BASE["aktivitaet"], "tn_nr": "SECRETNUMBER", "aktivitaet_code": "SECRETPERSON", "dauer_min": 700}]
    delivery = ingested({"teilnahme": arrow_table("teilnahme", rows), "aktivitaet": arrow_table("aktivitaet", work)})
    params: dict[str, str | int] = {"_spalte": "SECRETCOLUMN", "_datei": "SECRETFILE", "_blatt": "SECRETSHEET"}
    for rule in bundled_rules():
        if rule.pruefung.art == "einlesen":
            for reason in ("", *rule.gruende):
                finding = Finding(
                    rule.code, rule.schwere, "teilnahme", "plz", count=1, params={**params, "grund": reason}
                )
                delivery.findings.append(finding)
    many = np.arange(2, 5002, dtype=np.int32)
    delivery.findings.append(Finding("ZB-F-002", Severity.WARNING, "teilnahme", "plz", many, None, params=params))
    return validate(delivery, example_site())


def test_reports_carry_no_personal_value_and_no_name_of_file_sheet_column(validated: Validated) -> None:
    balance = Balance("teilnahme", gefunden=5, neu=3, zurueckgewiesen=2)
    page = render_html(validated, [balance])
    data = json.dumps([as_dict(validated, [balance], lang) for lang in ("de", "en")])
    assert len(validated.findings) > 30
    for secret in SECRETS:
        assert secret not in page
        assert secret not in data


def test_every_message_fills_its_gaps(validated: Validated) -> None:
    for lang in ("de", "en"):
        for finding in validated.findings:
            text = describe(finding, lang)
            assert not re.search(r"\{[a-z_]+\}", text.meldung + text.abhilfe), finding.rule
            assert text.meldung.strip() and text.abhilfe.strip(), finding.rule


def test_json_has_the_documented_shape(validated: Validated, tmp_path: Path) -> None:
    path = tmp_path / "neu" / "befunde.json"
    write_json(validated, path, [Balance("teilnahme", gefunden=5, neu=5)])
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["version"] == 1
    assert data["intern"] is True
    assert data["urteil"] == validated.verdict.value
    assert data["bilanz"][0]["differenz"] == 0
    assert data["zeilen"]["teilnahme"]["gefunden"] == 5
    cut = [item for item in data["befunde"] if not item["zeilen_vollstaendig"]]
    assert [(item["anzahl"], len(item["zeilen"])) for item in cut] == [(5000, 1000)]
    assert set(data["befunde"][0]) == {
        *(
            "regel",
            "schwere",
            "tabelle",
            "feld",
            "anzahl",
            "zeilen",
            "zeilen_vollstaendig",
            "titel",
            "meldung",
            "abhilfe",
        )
    }


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"


def test_page_is_self_contained_and_accessible(validated: Validated, tmp_path: Path) -> None:
    path = tmp_path / "befunde.html"
    write_html(validated, path)
    text = path.read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.open == []
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "de"}) in page.tags
    assert all(tags.count(landmark) == 1 for landmark in ("main", "footer", "h1", "title"))
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    levels = [int(tag[1]) for tag in tags if tag in ("h1", "h2", "h3")]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert "http" not in text, "nothing is loaded from elsewhere"
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert "Intern, nicht zur Weitergabe" in text
    assert "@media print" in text


def test_page_says_what_decided(validated: Validated) -> None:
    page = render_html(validated)
    assert "Urteil: abgelehnt" in page
    assert "ausschlaggebend" in page
    assert "ZB-D-025" in page, "rules not checked are listed"


def test_balance_that_does_not_close_is_told(validated: Validated) -> None:
    assert "nein, 2" in render_html(validated, [Balance("teilnahme", gefunden=5, neu=3)])


def test_delivery_without_findings_is_plain() -> None:
    delivery = ingested({"teilnahme": arrow_table("teilnahme", [dict(BASE["teilnahme"])])})
    page = render_html(validate(delivery, example_site()))
    assert "Keine Befunde." in page
    assert "Urteil: angenommen" in page


def _contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(first), light(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_colours_have_contrast(validated: Validated) -> None:
    """WCAG 2.2 AA asks for 4.5; text colours are the variables of the page, on white or its grey."""
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", render_html(validated)))
    for name in ("ink", "soft"):
        assert _contrast(colours[name], colours["ground"]) >= 4.5
    for name in ("error", "warning", "notice", "ink"):
        assert _contrast("#ffffff", colours[name]) >= 4.5
