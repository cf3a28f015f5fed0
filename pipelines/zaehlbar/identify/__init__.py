"""Who is one person: identity → person, dated, undoable, set-based, once per night.

Belongs here: pairs of identities by their keyed Merkmale and the site's rules, what people decided about a pair, the
persons that follow from both, and showing why. Does not belong here: names (there are none), facts, counting.
"""

from zaehlbar.identify.api import identify
from zaehlbar.identify.decisions import CannotDecide, Decided, Verdict, decide
from zaehlbar.identify.explain import Comparison, Explained, Member, exists, explain_pair, explain_person
from zaehlbar.identify.queue import Question, Summary, questions, summary

__all__ = [
    "CannotDecide",
    "Comparison",
    "Decided",
    "Explained",
    "Member",
    "Question",
    "Summary",
    "Verdict",
    "decide",
    "exists",
    "explain_pair",
    "explain_person",
    "identify",
    "questions",
    "summary",
]
