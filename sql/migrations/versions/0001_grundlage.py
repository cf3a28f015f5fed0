"""Schemas, roles, runs, deliveries, keys, identities, catalogue."""

from zaehlbar.warehouse.migrate import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
