"""Alembic's environment: runs migrations on the connection that `zaehlbar.warehouse.migrate` hands over.

One transaction per migration. There is no offline mode and no autogenerate: migrations are written by hand as SQL.
"""

from alembic import context

from zaehlbar.warehouse.migrate import CONNECTION, VERSION_TABLE

context.configure(
    connection=context.config.attributes[CONNECTION],
    version_table=VERSION_TABLE,
    version_table_schema="public",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
