"""What a count needs to follow changes instead of counting everything anew."""

from zaehlbar.warehouse.migrate import run_script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
