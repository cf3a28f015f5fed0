"""The template workbook: what a provider sees, and what must survive Excel."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from zaehlbar.contract import contract
from zaehlbar.contract.template import NAMES_ROW, sheet_fields, write_template
from zaehlbar.site import code_lists, load_site

SITE = Path(__file__).parents[2] / "examples" / "site"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("template") / "vorlage.xlsx"
    write_template(path, code_lists(load_site(SITE), "V9001"))
    return openpyxl.load_workbook(path)


def sheet_of(book: openpyxl.Workbook, name: str) -> Worksheet:
    return book[contract().table(name).title]


def column_of(sheet: Worksheet, field: str) -> int:
    return next(cell.column for cell in sheet[NAMES_ROW] if cell.value == field)


def codes_offered(book: openpyxl.Workbook, name: str, field: str) -> list[str]:
    """Return what the drop-down list of a column offers, following its range into the sheet `Codes`."""
    sheet = sheet_of(book, name)
    column = get_column_letter(column_of(sheet, field))
    validation = next(item for item in sheet.data_validations.dataValidation if f"{column}3" in item.sqref)
    assert validation.type == "list"
    target, cells = str(validation.formula1).split("!")
    return [row[0].value for row in book[target][cells.replace("$", "")]]


def test_one_sheet_per_table_between_readme_and_codes(book: openpyxl.Workbook) -> None:
    assert book.sheetnames[0] == "Lies mich"
    assert set(book.sheetnames) == {"Lies mich", "Codes", *(table.title for table in contract().tables)}


def test_labels_above_hidden_technical_names(book: openpyxl.Workbook) -> None:
    for table in contract().tables:
        sheet = sheet_of(book, table.name)
        fields = sheet_fields(table)
        assert [cell.value for cell in sheet[1]] == [field.title for field in fields]
        assert [cell.value for cell in sheet[NAMES_ROW]] == [field.name for field in fields]
        assert sheet.row_dimensions[NAMES_ROW].hidden
        assert all(cell.comment is not None for cell in sheet[1])


@pytest.mark.parametrize("table", [table.name for table in contract().tables])
def test_drop_down_lists_offer_exactly_the_codes(book: openpyxl.Workbook, table: str) -> None:
    for field in sheet_fields(contract().table(table)):
        if field.codes and not field.zaehlbar.codes_from:
            assert codes_offered(book, table, field.name) == list(field.codes), field.name


def test_lists_of_the_site_are_offered(book: openpyxl.Workbook) -> None:
    assert codes_offered(book, "teilnahme", "quartier_id") == ["Q11", "Q12", "AUSSERHALB"]
    assert codes_offered(book, "teilnahme", "jobcenter_nr") == ["99901", "99902"]
    assert codes_offered(book, "angebot", "angebot_code") == ["A03", "C06", "C07", "C08", "X01"]
    assert len(codes_offered(book, "aktivitaet", "aktivitaet_code")) == 27
    assert codes_offered(book, "teilnahme", "nerw_bildung") == ["ja", "nein"]


def test_formats_keep_numbers_as_text_and_dates_as_dates(book: openpyxl.Workbook) -> None:
    sheet = sheet_of(book, "teilnahme")
    spans = sheet.column_dimensions.values()
    for field in sheet_fields(contract().table("teilnahme")):
        column = column_of(sheet, field.name)
        shown = next(span.number_format for span in spans if (span.min or 0) <= column <= (span.max or 0))
        assert shown == {"date": "dd.mm.yyyy", "integer": "0"}.get(field.type, "@"), field.name


def test_help_stays_within_what_excel_opens(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets:
        for item in sheet.data_validations.dataValidation:
            assert len(item.promptTitle) <= 32
            assert len(item.prompt) <= 255
            assert len(item.error or "") <= 255


def test_template_of_a_basislieferung_has_15_columns(tmp_path: Path) -> None:
    path = tmp_path / "basis.xlsx"
    write_template(path, basis=True)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Lies mich", "Lieferung", "Teilnahme", "Aktivität", "Codes"]
    assert len(list(book["Teilnahme"][NAMES_ROW])) <= 15
