"""Page and PDF of a Jobcenter and month, as a reader's program opens them."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pypdf
import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from tests.support import figures, page as pages, report_details

from zaehlbar.publish.files import FORMATS, Format, write_report
from zaehlbar.publish.page import fingerprint_of_page
from zaehlbar.publish.pdf import fingerprint_of_pdf

if TYPE_CHECKING:
    from tests.conftest import Warehouse

NR = report_details.NR
FORBIDDEN = ("Förderkette", "Verbleib", "Eingliederungsquote", "LZB", "Partner T0")


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    with warehouse.engine.begin() as connection:
        run = figures.fill(connection, 13)
        report_details.fill(connection, run)
    return warehouse


def write(warehouse: Warehouse, folder: Path, *formats: Format) -> dict[str, Path]:
    """Write the last month in these formats (none: all)."""
    targets = {suffix: folder / f"a.{suffix}" for suffix in formats or FORMATS}
    with warehouse.engine.connect() as connection:
        write_report(connection, jobcenter_nr=NR, month=figures.LAST_MONTH, targets=targets)
    return dict(targets)


def html(path: Path) -> pages.Element:
    return pages.read(path.read_text(encoding="utf-8"))


def pdf_text(path: Path) -> str:
    return "\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages)


def all_texts(files: dict[str, Path]) -> dict[str, str]:
    """Everything that each of the files says, properties and descriptions of plots included."""
    book = load_workbook(files["xlsx"])
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    said = {"html": files["html"].read_text(encoding="utf-8")}
    said["xlsx"] = "\n".join([*cells, *book.sheetnames, str(book.properties.title)])
    return said | ({"pdf": pdf_text(files["pdf"])} if "pdf" in files else {})


def test_the_page_says_what_is_stored(filled: Warehouse, tmp_path: Path) -> None:
    root = html(write(filled, tmp_path, "html")["html"])
    found = pages.tables(root)
    with filled.engine.connect() as connection:
        stored = connection.execute(
            text(
                "select personen, bestand, eintritte, austritte from zahl.figur where zeitraum = 'monat'"
                " and beginn = :m and jobcenter_nr = :nr and vorhaben_id = '*' and kategorie = '*'"
            ),
            {"m": figures.LAST_MONTH, "nr": NR},
        ).one()
    big = [one.text for one in root.all("span") if one.attributes.get("class") == "wert"]
    assert big == [str(value) for value in stored]
    course = found["Monate, die Zahlen haben"]
    assert (len(course), course[-1][:2]) == (13, ["Jun 26", str(stored.bestand)])
    assert found["Alter bei Eintritt"][1:] == [
        ["18 bis 24", "31", "40 %", "31", "31", "62", "20 %"],
        ["30 bis 54", "60", "77 %", "60", "60", "120", "39 %"],
        ["55 und älter", "24", "31 %", "24", "24", "48", "16 %"],
        ["ohne Angabe", "7", "9 %", "7", "7", "14", "5 %"],
    ]
    assert found["Zwischenschritte"][1:] == [["Zertifikat erworben", "6", "5", "12", "10"]]
    assert ["Schuldnerberatung", "gezählt", "8", "8", "16"] in found["Ereignisse ohne Personenbezug"]
    assert found["Soziale Teilhabe"][-1] == ["12 Monate, jede Person einmal", "29", "33", "0,0"]
    asked = next(rows for caption, rows in found.items() if caption.startswith("ESF-Angabe nach 6 Monaten"))
    assert asked[-1] == ["ESF-Angabe nach 6 Monaten: Arbeitsplatz", "22", "26", "22", "10", "12"]


def test_all_three_say_the_same(filled: Warehouse, tmp_path: Path) -> None:
    files = write(filled, tmp_path)
    texts = all_texts(files)
    printed = " ".join(texts["pdf"].split())
    sheet = load_workbook(files["xlsx"])
    for caption, rows in pages.tables(html(files["html"])).items():
        assert caption in printed
        for row in rows[1:]:
            for value in row:
                assert value in printed, f"{value!r} of {caption!r} is not in the PDF"
    numbers = {cell.value for row in sheet["Wer"].iter_rows() for cell in row}
    assert {31, 60, 24, 62, 120, 48} <= numbers


def test_the_order_is_how_many_who_doing_what_steps_participation_and_work_last(
    filled: Warehouse, tmp_path: Path
) -> None:
    files = write(filled, tmp_path, "html", "xlsx")
    root = html(files["html"])
    sections = [one.attributes["id"] for one in root.all("section") if "id" in one.attributes]
    order = ["blick", "verlauf", "wer", "was", "schritte", "teilhabe", "zugang", "zusammenarbeit", "anschluss"]
    assert sections == [*order, "definitionen", "grundlage"]
    assert load_workbook(files["xlsx"]).sheetnames == [
        "Auf einen Blick", "Verlauf 12 Monate", "Vorhaben", "Wer", "Was", "Zwischenschritte", "Soziale Teilhabe",
        "Zugangswege", "Zusammenarbeit", "Anschluss", "Quartale und Jahre", "Definitionen", "Grundlage",
    ]  # fmt: skip
    first = next(root.all("main")).children
    above = next(one for one in first if isinstance(one, pages.Element) and one.tag == "section").text
    assert "Arbeit" not in above.replace("arbeitslos", "")
    answers = [row[0] for row in pages.tables(root)["Angegebener Anschluss nach dem Austritt"]]
    assert answers.index("sozialversicherungspflichtige Beschäftigung") > answers.index("weitere Beratung im Jobcenter")


def test_every_page_is_marked(filled: Warehouse, tmp_path: Path) -> None:
    files = write(filled, tmp_path)
    note, proposal = "intern, nicht zur Weitergabe", "Vorschlag, nicht abgestimmt"
    sentence = "freiwillig; nicht Teil von K3E2 nach § 48a SGB II; nicht addierbar"
    reader = pypdf.PdfReader(io.BytesIO(files["pdf"].read_bytes()))
    assert len(reader.pages) > 3
    for one in reader.pages:
        assert one.extract_text().count(note) >= 2
        assert proposal in one.extract_text()
    root = html(files["html"])
    assert sentence in next(root.all("header")).text and sentence in next(root.all("footer")).text
    assert note in next(root.all("footer")).text and note in next(root.all("title")).text
    style = next(root.all("style")).text
    assert note in style.split("@bottom-left", 1)[1] and proposal in style
    for sheet in load_workbook(files["xlsx"]):
        head = "\n".join(str(sheet.cell(row, 1).value) for row in range(1, 5))
        assert note in head and proposal in head and sentence in head, sheet.title


def test_no_partner_no_timeliness_and_no_forbidden_word(filled: Warehouse, tmp_path: Path) -> None:
    files = write(filled, tmp_path)
    with filled.engine.connect() as connection:
        partners = connection.execute(text("select tvp_id, name from katalog.tvp")).all()
    for suffix, said in all_texts(files).items():
        for tvp_id, name in partners:
            assert name not in said, f"{suffix} names a partner"
            assert not re.search(rf"\b{tvp_id}\b", said), f"{suffix} names {tvp_id}"
        assert "987654" not in said and "987.654" not in said, "a figure of one partner"
        for word in (*FORBIDDEN, "Liefertag", "verspätet", "pünktlich"):
            assert word not in said, f"{suffix}: {word}"
    root = html(files["html"])
    titles = [one.text for one in root.all("h1", "h2", "h3", "caption", "figcaption", "title")]
    assert not [title for title in titles if "Aktivierung" in title or "Arbeitsaufnahme" in title]
    assert not [name for name in load_workbook(files["xlsx"]).sheetnames if "Aktivierung" in name]


def test_the_way_of_access_is_crossed_with_nothing(filled: Warehouse, tmp_path: Path) -> None:
    """Statement 13, domain.md (d) 14; and no other reason for leaving than a change into the Jobcenter's measures."""
    files = write(filled, tmp_path, "html", "xlsx")
    found = pages.tables(html(files["html"]))
    head = " ".join(found["Zugangswege"][0])
    assert not re.search(r"Austritt|Stunden|Bestand|Anschluss|Ergebnis", head)
    assert [row[0] for row in found["Wechsel in Maßnahmen des Jobcenters"][1:]] == [
        "Wechsel in Maßnahme des Jobcenters, abgesprochen", "Wechsel in Maßnahme des Jobcenters, kurzfristig",
    ]  # fmt: skip
    for said in all_texts(files).values():
        assert "auf eigenen Wunsch" not in said and "Arbeit aufgenommen" not in said


def test_the_page_fetches_nothing_and_runs_nothing(filled: Warehouse, tmp_path: Path) -> None:
    root = html(write(filled, tmp_path, "html")["html"])
    assert not list(root.all("script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video"))
    for one in root.all():
        for name, value in one.attributes.items():
            assert not name.startswith("on"), f"<{one.tag} {name}>"
            if name in ("href", "src", "srcset", "action", "data", "xlink:href", "style"):
                assert value.startswith("#"), f"<{one.tag} {name}={value!r}>"
    style = next(root.all("style")).text
    assert "url(" not in style and "@import" not in style
    policy = [one.attributes["content"] for one in root.all("meta") if "http-equiv" in one.attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_the_page_can_be_read_aloud_and_by_keyboard(filled: Warehouse, tmp_path: Path) -> None:
    root = html(write(filled, tmp_path, "html")["html"])
    assert next(root.all("html")).attributes["lang"] == "de"
    for tag in ("header", "main", "nav", "footer", "h1"):
        assert len(list(root.all(tag))) == 1, tag
    ids = [one.attributes["id"] for one in root.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for one in root.all():
        for name in ("aria-labelledby", "href"):
            for target in one.attributes.get(name, "").split():
                assert target.removeprefix("#") in ids
    for table in root.all("table"):
        assert next(table.all("caption")).text
        for cell in table.all("th"):
            assert cell.attributes.get("scope") in ("col", "row", "rowgroup")
        holder = table.parent
        assert holder is not None and holder.attributes.get("tabindex") == "0" and holder.attributes["aria-label"]
    plots = list(root.all("svg"))
    assert len(plots) >= 5
    for plot in plots:
        assert plot.attributes["role"] == "img"
        assert next(plot.all("title")).text and len(next(plot.all("desc")).text) > 40
    jump = next(root.all("a"))
    assert jump.attributes["href"] == "#inhalt"


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_stand_out_from_their_ground(filled: Warehouse, tmp_path: Path) -> None:
    root = html(write(filled, tmp_path, "html")["html"])
    colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", next(root.all("style")).text))
    on_white = {colors[name] for name in ("tinte", "blau", "grau", "rot", "orange")}
    on_white |= {one.attributes["fill"] for one in root.all("text")}
    pairs = [(color, "#ffffff") for color in on_white] + [(colors["tinte"], colors["grund"])]
    for text_color, ground in pairs:
        high, low = sorted((_luminance(text_color), _luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text_color} on {ground}"


def test_hostile_names_stay_text(filled: Warehouse, tmp_path: Path) -> None:
    evil = "=cmd|' /C calc'!A0 <script>alert(1)</script> \" onload=x \N{GRINNING FACE}"
    with filled.engine.begin() as connection:
        for statement in (
            "update katalog.jobcenter set name = :n",
            "update katalog.kategorie set name = :n, analog = :n, gruppe = :n",
            "update katalog.vorhaben set akronym = :n",
            "update katalog.bezeichnung set bezeichnung = :n",
        ):
            connection.execute(text(statement), {"n": evil})
    files = write(filled, tmp_path)
    root = html(files["html"])
    assert not list(root.all("script"))
    assert evil in next(root.all("header")).text
    assert not [name for one in root.all() for name in one.attributes if name.startswith("on")]
    book = load_workbook(files["xlsx"])
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert "<script>alert(1)</script>" in pdf_text(files["pdf"]), "what the fonts lack does not stop the PDF"


def test_the_pdf_is_accessible_and_the_same_bytes_again(filled: Warehouse, tmp_path: Path) -> None:
    first = {suffix: path.read_bytes() for suffix, path in write(filled, tmp_path).items()}
    again = {suffix: path.read_bytes() for suffix, path in write(filled, tmp_path).items()}
    assert first == again
    reader = pypdf.PdfReader(io.BytesIO(first["pdf"]))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("de")
    assert "intern" not in str(reader.metadata.title) and "Juni 2026" in str(reader.metadata.title)
    assert fingerprint_of_pdf(tmp_path / "a.pdf") == fingerprint_of_page(tmp_path / "a.html")
    assert fingerprint_of_page(tmp_path / "a.html") is not None


def test_a_jobcenter_with_one_month_and_nothing_else_has_a_page(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.engine.begin() as connection:
        run = figures.new_run(connection)
        month = figures.LAST_MONTH
        figures.add_delivery(connection, run, "ab" * 8, zeitraum_von=month, zeitraum_bis=month, geladen_lauf=run)
        figures.add_cell(connection, run, month, (NR, "*", "*", "*"))
    files = write(warehouse, tmp_path)
    root = html(files["html"])
    assert [one.text for one in root.all("span") if one.attributes.get("class") == "wert"] == ["0"] * 4
    assert "Dazu liegen keine Angaben vor." in next(root.all("main")).text
    assert "kein Vormonat" in next(root.all("main")).text
    assert len(pypdf.PdfReader(io.BytesIO(files["pdf"].read_bytes())).pages) >= 2


def test_large_numbers_are_written_as_germans_do(filled: Warehouse, tmp_path: Path) -> None:
    with filled.engine.begin() as connection:
        connection.execute(
            text("update zahl.figur set personen = 1234567, dauer_min = 60 * 1234 + 30 where jobcenter_nr = :nr"),
            {"nr": NR},
        )
    files = write(filled, tmp_path, "html", "xlsx")
    root = html(files["html"])
    assert "1.234.567" in next(root.all("main")).text
    assert pages.tables(root)["Monate, die Zahlen haben"][-1][5] == "1.234,5"
    assert load_workbook(files["xlsx"])["Verlauf 12 Monate"]["K18"].value == 1234567
