"""Runs the revisions on the connection that `yesfirst.store.migrations` hands over."""

from alembic import context
from sqlmodel import SQLModel

from yesfirst.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_schemas=True,
    include_name=lambda name, kind, _: kind != "schema" or name in (None, tables.KEYSTORE),
)
with context.begin_transaction():
    context.run_migrations()
