"""What an export is: tables, fields, codes, privacy class, and the report that needs each field.

Belongs here: the canonical tables as data (`tables/*.yaml`), the words every later room shares (delivery, finding,
verdict, balance), and what is derived from the data (Arrow schemas, documentation, template workbook).
Does not belong here: how a provider's file looks (profile, in the site), rules (expectations/), reading rows.
"""

from zaehlbar.contract.balance import FATES, Balance
from zaehlbar.contract.delivery import Delivery, Rank, Scope, SourceFile
from zaehlbar.contract.finding import Finding, Severity, Verdict
from zaehlbar.contract.kinds import MATCH_KINDS
from zaehlbar.contract.model import Contract, Field, PrivacyClass, Table, contract

__all__ = [
    "FATES",
    "MATCH_KINDS",
    "Balance",
    "Contract",
    "Delivery",
    "Field",
    "Finding",
    "PrivacyClass",
    "Rank",
    "Scope",
    "Severity",
    "SourceFile",
    "Table",
    "Verdict",
    "contract",
]
