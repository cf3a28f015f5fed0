"""Matching tokens by kind and normaliser version, pairs, decisions about them, occasions to count again."""

from zaehlbar.warehouse.migrate import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
