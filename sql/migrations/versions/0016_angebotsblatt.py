"""What the Angebotsblatt of a Quartier shows."""

from zaehlbar.warehouse.migrate import run_script

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
