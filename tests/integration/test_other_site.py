"""What deletes or answers by the site's periods refuses a site that this warehouse was not filled under."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import Warehouse

from zaehlbar.categorize import register_site
from zaehlbar.nightly import refuse_other_site
from zaehlbar.site import SiteError, load_site

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_only_the_site_of_the_last_run_decides(warehouse: Warehouse) -> None:
    own, other = load_site(EXAMPLES / "site"), load_site(EXAMPLES / "site_exports")
    with warehouse.engine.begin() as connection:
        refuse_other_site(connection, other)  # nothing was ever loaded: there is nothing to decide about
        values = {"nr": register_site(connection, own)}
        connection.execute(text("insert into betrieb.lauf (ausloeser, regelwerk_nr) values ('cli', :nr)"), values)
        refuse_other_site(connection, own)
        with pytest.raises(SiteError, match="beispiel"):
            refuse_other_site(connection, other)
