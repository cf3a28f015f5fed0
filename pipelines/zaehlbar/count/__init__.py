"""Internal figures, counted from the history (domain.md b.3 with (d) 9 and 11).

Belongs here: periods and Stichtage, running the counting SQL, storing the nightly figures, figures for any period.
Does not belong here: judging rows, naming categories, disclosure control, layout.
"""

from zaehlbar.count.delta import forget_standing
from zaehlbar.count.figures import figures
from zaehlbar.count.monthly import count_months
from zaehlbar.count.period import Period

__all__ = ["Period", "count_months", "figures", "forget_standing"]
