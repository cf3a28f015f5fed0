"""Aggregates of persons without consent, counted in the trusted zone."""

from zaehlbar.warehouse.migrate import run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
