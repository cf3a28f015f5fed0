"""Internal figures, report views, grants."""

from zaehlbar.warehouse.migrate import run_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_script(__file__, "up")


def downgrade() -> None:
    run_script(__file__, "down")
