"""Where the data files that travel with the package lie: `expectations/`, `sql/` and the example site.

In a checkout they are top-level folders; in an installed wheel they are carried inside the package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def folder(name: str) -> Path:
    """Return the folder `expectations`, `sql` or `site` (the example site).

    Raises FileNotFoundError naming the folder when the installation is incomplete.
    """
    checkout = {"site": _CHECKOUT / "examples" / "site"}.get(name, _CHECKOUT / name)
    for candidate in (_PACKAGE / "_bundled" / name, checkout):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the folder {name!r} is missing from this installation of zaehlbar; install it again")
