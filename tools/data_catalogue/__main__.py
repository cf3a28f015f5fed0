"""`python -m tools.data_catalogue docs`: write `datenkatalog.md` and `fragen.md` into the folder.

The structure is that of a freshly migrated database, the answers those of the example inbox after one night. Both live
on an embedded server in a folder of their own that is gone at the end; `ZAEHLBAR_*` settings play no part.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tools.data_catalogue import page, questions
from tools.data_catalogue.structure import read_structure

_ROOT = Path(__file__).parents[2]


def main(target: Path) -> None:
    from zaehlbar.nightly import run_night
    from zaehlbar.settings import load_settings
    from zaehlbar.warehouse.connect import engine
    from zaehlbar.warehouse.embedded import EmbeddedServer

    with tempfile.TemporaryDirectory(prefix="zaehlbar-docs-") as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        settings = load_settings({"ZAEHLBAR_HOME": str(home)}, Path(folder))
        try:
            run_night(settings, _ROOT / "examples" / "inbox", _ROOT / "examples" / "site")
            db = engine(settings, application_name="zaehlbar docs")
            with db.connect() as connection:
                written = {
                    "datenkatalog.md": page.render(read_structure(connection)),
                }
                connection.rollback()
                written["fragen.md"] = questions.render(questions.read_questions(), connection)
            db.dispose()
        finally:
            EmbeddedServer(home).destroy()
    for name, content in written.items():
        (target / name).write_text(content, encoding="utf-8")
        print(target / name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.data_catalogue FOLDER")
    main(Path(sys.argv[1]))
