"""Warum hat sich die Zahl geändert? Between two states, the change of a figure split into its causes, exactly.

Belongs here: the path from one state of the facts to another in steps of one cause each, and what each step did to the
figures. Does not belong here: counting itself, what is published about changes ((d) 17: internal only).
"""

from zaehlbar.changes.explain import CannotExplain, Request, explain
from zaehlbar.changes.result import DeliveryPart, Explanation, Part

__all__ = ["CannotExplain", "DeliveryPart", "Explanation", "Part", "Request", "explain"]
