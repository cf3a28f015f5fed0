"""One request of one person: the person file, the warehouse, and everything found about the person.

Belongs here: putting together what every right needs before anything is done. Does not belong here: the rights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from zaehlbar.nightly.context import Night
from zaehlbar.rights.find import Found, PersonTokens, find, person_tokens, versions_in_use
from zaehlbar.rights.personfile import PersonFile
from zaehlbar.rights.raw import Searched, Wanted, search_archive, search_inbox
from zaehlbar.rights.restrict import stored_exact


@dataclass(frozen=True, slots=True)
class Case:
    """A person file, its tokens, and the person's identities."""

    night: Night
    person: PersonFile
    tokens: PersonTokens
    found: Found

    def search(self, connection: Connection) -> tuple[Searched, Searched]:
        """Search archive and inbox for the person: may take as long as reading the deliveries takes."""
        wanted = Wanted.of(self.tokens, self.found, stored_exact(connection, self.found))
        return search_archive(self.night, wanted), search_inbox(self.night, wanted)


def open_case(connection: Connection, night: Night, person: PersonFile, also: Sequence[int] = ()) -> Case:
    """Find the person. PersonUnclearError when the person file contradicts itself."""
    tokens = person_tokens(night.keys, person, versions_in_use(connection))
    return Case(night, person, tokens, find(connection, tokens, also))
