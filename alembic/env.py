"""Runs the revisions on the connection that `yesfirst.store.migrations` hands over, each in its own transaction.

Without a connection their SQL is written out instead, for the linter that holds them to what a live system bears.
"""

from alembic import context
from sqlmodel import SQLModel

from yesfirst.store import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    dialect_name=None if connection else "postgresql",
    as_sql=connection is None,
    literal_binds=connection is None,
    target_metadata=SQLModel.metadata,
    transaction_per_migration=True,
    include_schemas=True,
    include_name=lambda name, kind, _: kind != "schema" or name in (None, tables.KEYSTORE),
)
with context.begin_transaction():
    context.run_migrations()
