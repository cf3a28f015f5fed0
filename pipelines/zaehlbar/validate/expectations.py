"""Expectations of our own, where Great Expectations has none or a slow one. Imported by `engine` only.

Belongs here: expectation classes with their pandas metric, one vectorised line of logic each. They become known to
Great Expectations by being imported. Does not belong here: rules (expectations/*.yaml name these types), messages.
All of them skip rows in which a value they need is missing; that a value is missing is another rule's business.
"""

# Great Expectations' decorators are untyped and its classes register themselves by name.
# mypy: disable-error-code="misc,untyped-decorator,no-untyped-call,no-any-return"

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    MulticolumnMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
    multicolumn_condition_partial,
)


class DatesBetweenMetric(ColumnMapMetricProvider):
    condition_metric_name = "column_values.zb_dates_between"
    condition_value_keys = ("von", "bis")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, von: str | None = None, bis: str | None = None, **_: Any) -> pd.Series:  # noqa: N805
        met = pd.Series(True, index=column.index)
        if von is not None:
            met &= column >= pd.Timestamp(von)
        if bis is not None:
            met &= column <= pd.Timestamp(bis)
        return met


class ExpectColumnDatesToBeBetween(ColumnMapExpectation):
    """Expect dates from `von` to `bis`, both inclusive, ISO dates or absent.

    Stock `expect_column_values_to_be_between` falls back to a Python loop for dates that are not nanoseconds, and
    nanoseconds cannot hold 31.12.9999.
    """

    von: str | None = None
    bis: str | None = None
    map_metric = "column_values.zb_dates_between"
    success_keys = ("von", "bis", "mostly")


class EndOfMonthMetric(ColumnMapMetricProvider):
    condition_metric_name = "column_values.zb_end_of_month"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # noqa: N805
        return column.dt.is_month_end


class ExpectColumnDatesToBeEndOfMonth(ColumnMapExpectation):
    """Expect dates that are the last day of their month."""

    map_metric = "column_values.zb_end_of_month"


class TextMatchMetric(ColumnMapMetricProvider):
    condition_metric_name = "column_values.zb_text_match"
    condition_value_keys = ("muster", "passt")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, muster: str, passt: bool = True, **_: Any) -> pd.Series:  # noqa: N805
        found = pc.match_substring_regex(pa.array(column, type=pa.large_string(), from_pandas=True), muster)
        return pd.Series(found.to_numpy(zero_copy_only=False).astype(bool) == passt, index=column.index)


class ExpectColumnTextToMatch(ColumnMapExpectation):
    """Expect texts that contain the pattern `muster` (RE2; anchor it to match whole values), or, with `passt: false`,
    that do not.

    Stock `expect_column_values_to_match_regex` goes through Python's `re` for any pattern with a group, eight times
    slower.
    """

    muster: str
    passt: bool = True
    map_metric = "column_values.zb_text_match"
    success_keys = ("muster", "passt", "mostly")


class AgeMetric(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.zb_age"
    condition_value_keys = ("jahre",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, jahre: int, **_: Any) -> pd.Series:  # noqa: N803, N805
        # A year of life is complete at the birthday (§ 187 Abs. 2, § 188 BGB); born on 29.02. it is complete on 01.03.
        birthday_reached = (column_B.dt.month * 32 + column_B.dt.day) >= (column_A.dt.month * 32 + column_A.dt.day)
        return (column_B.dt.year - column_A.dt.year - 1 + birthday_reached) >= jahre


class ExpectAgeToBeAtLeast(ColumnPairMapExpectation):
    """Expect the person born on `column_A` to be at least `jahre` years old on `column_B`."""

    jahre: int
    ignore_row_if: Literal["either_value_is_missing"] = "either_value_is_missing"
    domain_keys = (*ColumnPairMapExpectation.domain_keys, "ignore_row_if")  # the base class forgets it
    map_metric = "column_pair_values.zb_age"
    success_keys = ("jahre", "mostly")


class GroupSumMetric(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.zb_group_sum"
    condition_value_keys = ("hoechstens",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, columns: pd.DataFrame, hoechstens: int, **_: Any) -> pd.Series:  # noqa: N805
        *keys, value = columns.columns
        return columns.groupby(keys, sort=False)[value].transform("sum") <= hoechstens


class ExpectGroupSumToBeAtMost(MulticolumnMapExpectation):
    """Expect the sum of the last column over rows equal in the others to be at most `hoechstens`."""

    hoechstens: int
    ignore_row_if: Literal["any_value_is_missing"] = "any_value_is_missing"
    map_metric = "multicolumn_values.zb_group_sum"
    success_keys = ("hoechstens", "mostly")


class GroupOneValueMetric(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.zb_group_one_value"

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, columns: pd.DataFrame, **_: Any) -> pd.Series:  # noqa: N805
        *keys, value = columns.columns
        several = columns.drop_duplicates().duplicated(keys, keep=False)
        if not several.any():
            return pd.Series(True, index=columns.index)
        return columns.groupby(keys, sort=False)[value].transform("nunique") <= 1


class ExpectGroupToHaveOneValue(MulticolumnMapExpectation):
    """Expect rows equal in all columns but the last to be equal in the last."""

    ignore_row_if: Literal["any_value_is_missing"] = "any_value_is_missing"
    map_metric = "multicolumn_values.zb_group_one_value"


class DateWithinMetric(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.zb_date_within"

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, columns: pd.DataFrame, **_: Any) -> pd.Series:  # noqa: N805
        day, first, last = (columns[name] for name in columns.columns)
        return (day >= first) & (day <= last)


class ExpectDateToBeWithin(MulticolumnMapExpectation):
    """Expect the date in the first column to lie between those in the second and third, both inclusive."""

    ignore_row_if: Literal["any_value_is_missing"] = "any_value_is_missing"
    map_metric = "multicolumn_values.zb_date_within"


OWN = (
    ExpectAgeToBeAtLeast,
    ExpectColumnDatesToBeBetween,
    ExpectColumnDatesToBeEndOfMonth,
    ExpectColumnTextToMatch,
    ExpectDateToBeWithin,
    ExpectGroupSumToBeAtMost,
    ExpectGroupToHaveOneValue,
)
