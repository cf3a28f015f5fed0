"""Report views, and the optional tables of a site that they read."""

from zaehlbar.warehouse.migrate import run_script

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
