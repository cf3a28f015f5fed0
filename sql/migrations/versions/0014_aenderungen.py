"""Why a figure changed: causes of every change."""

from zaehlbar.warehouse.migrate import run_script

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
