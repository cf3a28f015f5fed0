"""Places per offer as every delivery states them: the state at the end of its period, kept beside the newest one.

Belongs here: replacing a delivery's own rows in `kern.platz`, a function of that delivery alone. Does not belong here:
the directory itself (`kern.verzeichnis`, load/history), what a report shows of it.
"""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection, text

from zaehlbar.load.copy import copy_into

_COLUMNS = ("angebot_id", "titel", "quartier_id", "plaetze", "plaetze_frei", "gueltig_bis")


def replace(connection: Connection, directory: pa.Table | None, lieferung_nr: int) -> None:
    """Let the accepted rows of `verzeichnis` (None: the delivery has none) replace what the delivery said before."""
    connection.execute(text("delete from kern.platz where lieferung_nr = :nr"), {"nr": lieferung_nr})
    if directory is None or not directory.num_rows:
        return
    number = pa.repeat(pa.scalar(lieferung_nr, pa.int32()), directory.num_rows)
    copy_into(connection, "kern.platz", directory.select(list(_COLUMNS)).append_column("lieferung_nr", number))
