"""Log of lists sent to a recipient, by token."""

from zaehlbar.warehouse.migrate import run_script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
