"""Who takes part and what happened, counted one feature at a time, and events."""

from zaehlbar.warehouse.migrate import run_script

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
