"""Rights of persons (Art. 15 to 18 DSGVO), exercised through tokens: the warehouse stores no name.

Belongs here: the person file, finding the person, Auskunft, Berichtigung, Einschränkung, Löschung with its receipt,
notes to the partners. Does not belong here: what a run makes of corrections and restrictions (load), periods of
retention, the command line (person_cli).
"""

from zaehlbar.rights.case import Case, open_case
from zaehlbar.rights.correct import CorrectionError
from zaehlbar.rights.document import FolderOpenError
from zaehlbar.rights.find import PersonUnclearError
from zaehlbar.rights.personfile import PersonFile, PersonFileError, read_person_file, remove_person_file

__all__ = [
    "Case",
    "CorrectionError",
    "FolderOpenError",
    "PersonFile",
    "PersonFileError",
    "PersonUnclearError",
    "open_case",
    "read_person_file",
    "remove_person_file",
]
