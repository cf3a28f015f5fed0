"""From pseudonymized tables to facts with their history: one transaction per delivery.

Belongs here: identities by token, the merge of a delivery into the history, withdrawals at the door of the warehouse.
Does not belong here: reading files, judging rows, deciding who is one person, counting.
"""

from zaehlbar.load.api import Loaded, load_delivery

__all__ = ["Loaded", "load_delivery"]
