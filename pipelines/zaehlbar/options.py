"""Options that mean the same in every command."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Ausgabe als JSON für Programme.")]
SiteOption = Annotated[
    Path | None,
    typer.Option("--site", help="Ordner der Site; sonst ZAEHLBAR_SITE oder das Beispiel.", show_default=False),
]
ReasonOption = Annotated[str, typer.Option("--grund", help="Begründung; sie bleibt gespeichert. Keine Namen.")]
ByOption = Annotated[
    str,
    typer.Option(
        "--von",
        help="Funktion, die es veranlasst; sonst ZAEHLBAR_BENUTZER oder der angemeldete Benutzer.",
        show_default=False,
    ),
]


def who(by: str) -> str:
    """Return who decides or causes something, as the option says, else as this computer knows them."""
    return by or os.environ.get("ZAEHLBAR_BENUTZER") or getpass.getuser()
