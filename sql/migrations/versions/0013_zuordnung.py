"""Labels by date, and the review of catalogue and mapping."""

from zaehlbar.warehouse.migrate import run_script

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
