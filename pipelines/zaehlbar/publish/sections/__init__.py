"""The sections of a report in their order: how many, who, doing what, which steps, soziale Teilhabe, Anschluss last.

Belongs here: which figure stands in which table, and the words beside it (domain.md (d) 13). Does not belong here: how
a section is written (sheet, page, pdf), reading figures (source, details).
"""

from zaehlbar.publish.sections.whole import document, message

__all__ = ["document", "message"]
