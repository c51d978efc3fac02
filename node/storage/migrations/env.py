"""Alembic's way in: runs the steps on the connection that node.storage.migrate hands over."""

from __future__ import annotations

from alembic import context

from node.storage.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run node.storage.migrate.upgrade: it opens the database rightly")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
