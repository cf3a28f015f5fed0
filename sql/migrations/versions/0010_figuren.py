"""Figures of months, quarters, twelve months and years, by Land and Quartier too."""

from zaehlbar.warehouse.migrate import run_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
