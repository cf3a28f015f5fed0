"""Age group at entry, the only trace of a birth date that leaves the room (domain.md (d) 6)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zaehlbar.pseudonymize.columns import Column, Days, days_of

AGE_GROUPS = ("U18", "18-24", "25-29", "30-54", "55+")
_LOWER_BOUNDS = (18, 25, 30, 55)


def years_between(birth: Days, day: Days) -> npt.NDArray[np.int64]:
    """Return completed years of life on `day`, exact on birthdays; negative where one is missing or `day` is before.

    Who was born on 29 February completes a year with 28 February of a common year (§§ 187 Abs. 2, 188 Abs. 2 BGB), so
    is older from 1 March on.
    """
    years = day.astype("datetime64[Y]").astype(np.int64) - birth.astype("datetime64[Y]").astype(np.int64)
    ages = years - (_month_and_day(day) < _month_and_day(birth))
    ages[np.isnat(birth) | np.isnat(day)] = -1
    return ages


def age_groups(birth: Column, entry: Column) -> pa.Array:
    """Return the group of AGE_GROUPS at entry (both date32) as string; null where a date is missing or impossible."""
    ages = years_between(days_of(birth), days_of(entry))
    numbers = np.searchsorted(_LOWER_BOUNDS, ages, side="right").astype(np.int32)
    return pa.array(AGE_GROUPS).take(pa.array(numbers, mask=ages < 0))


def _month_and_day(days: Days) -> npt.NDArray[np.int64]:
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    day: npt.NDArray[np.int64] = (days - months.astype("datetime64[D]")).astype(np.int64)
    return month * 32 + day
