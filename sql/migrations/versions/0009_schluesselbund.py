"""The chain of keys: place of each, since when one is active, whether traces under earlier ones are gone."""

from zaehlbar.warehouse.migrate import run_script

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
