"""The engine: what Great Expectations is asked, that its answer is what we hand on, and that it carries no value."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.spec.rule_cases import BASE, arrow_table, example_site, ingested

from zaehlbar.contract import contract
from zaehlbar.validate.engine import EngineError, Expected, judge, prepare
from zaehlbar.validate.frame import to_frame
from zaehlbar.validate.plan import plan
from zaehlbar.validate.rules import bundled_rules

SECRET = "SECRETPERSON"


@pytest.fixture
def frame() -> pd.DataFrame:
    dates = pd.to_datetime(["2026-01-31", None, "2026-03-15", "2026-02-28"]).astype("datetime64[ms]")
    return pd.DataFrame(
        {"code": ["a", None, SECRET, "b"], "art": ["x", "y", None, "x"], "datum": dates, "n": [1, 2, 3, 4]}
    )


def _expected(kind: str, condition: tuple[str, str, str] | None = None, **kwargs: Any) -> Expected:
    named = {kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs} | set(
        kwargs.get("column_list", ())
    )
    return Expected(kind, kwargs, tuple(sorted(named | ({condition[0]} if condition else set()))), condition)


def test_mask_has_exactly_the_failing_rows(frame: pd.DataFrame) -> None:
    in_set = _expected("expect_column_values_to_be_in_set", column="code", value_set=["a", "b"])
    month_end = _expected("expect_column_dates_to_be_end_of_month", column="datum")
    first, second = judge(frame, [in_set, month_end])
    assert first.mask is not None and first.mask.tolist() == [False, False, True, False]
    assert second.mask is not None and second.mask.tolist() == [False, False, True, False]
    assert (first.unexpected, second.unexpected) == (1, 1)


@pytest.mark.parametrize(
    "condition, rows",
    [(("art", "==", "x"), [0, 3]), (("art", "!=", "x"), [1, 2]), (("art", "null", ""), [2])],
)
def test_condition_chooses_the_rows(frame: pd.DataFrame, condition: tuple[str, str, str], rows: list[int]) -> None:
    (judged,) = judge(frame, [_expected("expect_column_values_to_be_between", condition, column="n", max_value=0)])
    assert judged.mask is not None and np.flatnonzero(judged.mask).tolist() == rows


def test_rows_lost_to_mostly_are_no_hits(frame: pd.DataFrame) -> None:
    lenient = _expected("expect_column_values_to_not_be_in_set", column="n", value_set=[1], mostly=0.75)
    strict = _expected("expect_column_values_to_not_be_in_set", column="n", value_set=[1], mostly=0.76)
    judged = judge(frame, [lenient, strict])
    assert [(item.success, item.unexpected) for item in judged] == [(True, 1), (False, 1)]
    assert (judged[0].mask is None, judged[1].mask is None) == (True, False)


def test_expectation_without_rows_has_no_mask(frame: pd.DataFrame) -> None:
    (judged,) = judge(frame, [_expected("expect_column_max_to_be_between", column="n", max_value=3)])
    assert (judged.success, judged.mask) == (False, None)


def test_unknown_type_fails() -> None:
    with pytest.raises(EngineError, match="expect_no_such_thing"):
        prepare(_expected("expect_no_such_thing", column="code"))


def test_wrong_argument_fails() -> None:
    with pytest.raises(EngineError, match="value_sets"):
        prepare(_expected("expect_column_values_to_be_in_set", column="code", value_sets=["a"]))


def test_missing_argument_fails() -> None:
    with pytest.raises(EngineError, match="wrong arguments"):
        prepare(_expected("expect_age_to_be_at_least", column_A="datum", column_B="datum"))


def test_failure_quotes_no_value(frame: pd.DataFrame, caplog: pytest.LogCaptureFixture) -> None:
    """The mean of texts makes Great Expectations raise, and its own message quotes them."""
    caplog.set_level(logging.DEBUG)
    frame["code"] = pd.Series([SECRET, "a", "b", "c"], dtype=object)
    with pytest.raises(EngineError) as caught:
        judge(frame, [_expected("expect_column_mean_to_be_between", column="code", min_value=3)])
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert not any(SECRET in str(error) for error in chain if error is not None)
    assert "expect_column_mean_to_be_between" in str(caught.value)
    assert SECRET not in caplog.text


def test_failure_of_a_verdict_is_an_engine_error(frame: pd.DataFrame) -> None:
    with pytest.raises(EngineError, match="expect_column_max_to_be_between") as caught:
        judge(frame, [_expected("expect_column_max_to_be_between", column="code", min_value=3)])
    assert caught.value.__context__ is None


def test_answers_carry_no_value(
    frame: pd.DataFrame, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    expectations = [
        _expected("expect_column_values_to_be_in_set", column="code", value_set=["a"]),
        _expected("expect_compound_columns_to_be_unique", column_list=["art", "code"]),
        _expected("expect_column_text_to_match", column="code", muster="^.$"),
    ]
    judged = judge(frame, expectations)
    out = capfd.readouterr()
    assert SECRET not in repr(judged) + out.out + out.err + caplog.text
    assert not all(item.success for item in judged)
    assert out.err == "", "no progress bar"


def test_agrees_with_great_expectations_own_way_of_running_a_suite() -> None:
    """All checks of all tables: same verdict and same count as an ephemeral context with a suite."""
    import great_expectations as gx
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.expectations.row_conditions import Column

    site, scope = example_site(), ingested({}).delivery.scope
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_pandas("p")
    compared = failed = 0
    for table in contract().tables:
        rows = [dict(BASE[table.name]), dict.fromkeys(table.field_names)]
        rows += [{field.name: _odd(field.type) for field in table.fields}]
        arrow = arrow_table(table.name, rows)
        checks = [
            check
            for check in plan(table, bundled_rules(), site, scope).checks
            if set(check.expected.columns) <= set(table.field_names)
        ]
        data = to_frame(arrow, set(table.field_names))
        ours = judge(data, [check.expected for check in checks])
        batch = source.add_dataframe_asset(table.name).add_batch_definition_whole_dataframe("b")
        validator = batch.get_batch({"dataframe": data})
        for check, judged in zip(checks, ours, strict=True):
            kwargs = {name: list(v) if isinstance(v, tuple) else v for name, v in check.expected.kwargs.items()}
            if check.expected.condition is not None:
                name, sign, value = check.expected.condition
                column = Column(name)
                condition = column.is_null() if sign == "null" else column == value if sign == "==" else column != value
                kwargs["row_condition"] = condition
            theirs = validator.validate(get_expectation_impl(check.expected.type)(**kwargs), result_format="BASIC")
            assert not theirs.exception_info.get("raised_exception"), check.rule.code
            assert theirs.success == judged.success, (check.rule.code, check.field)
            assert theirs.result.get("unexpected_count", 0) == judged.unexpected, (check.rule.code, check.field)
            compared += 1
            failed += not judged.success
    assert compared > 200
    assert failed > 50


def _odd(kind: str) -> Any:
    import datetime

    odd: dict[str, Any] = {"integer": -7, "boolean": True, "date": datetime.date(1850, 1, 1)}
    return odd.get(
        kind, "123A456789 not a code, and rather longer than most fields allow, whatever they are: " + "x" * 300
    )


def test_nothing_phones_home(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: Any, **_: Any) -> None:
        raise AssertionError(f"network used: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(socket.socket, "connect", forbidden)
    judge(frame, [_expected("expect_column_values_to_not_be_null", column="code")])


def test_loading_leaves_the_process_as_it_was() -> None:
    """Importing Great Expectations diverts warnings into logging, and must not be needed to import this package."""
    code = (
        "import sys, warnings\n"
        "before = warnings.showwarning\n"
        "import zaehlbar.check_cli\n"
        "assert not {'great_expectations', 'pandas', 'pyarrow'} & set(sys.modules), 'heavy import at start-up'\n"
        "from zaehlbar.validate import engine\n"
        "engine.load()\n"
        "assert warnings.showwarning is before\n"
        "import great_expectations.data_context.data_context.context_factory as factory\n"
        "assert factory.project_manager._ProjectManager__project is None, 'a data context was made'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
