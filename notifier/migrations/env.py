"""Alembic environment, run by Flask-Migrate within an application context."""

from alembic import context

from notifier.database import migration_lock, sqlite
from notifier.extensions import db

# On SQLite a write transaction from the start: one that begins by reading cannot wait for a server that writes.
with db.engine.execution_options(**{sqlite.WRITES_OPTION: True}).connect() as connection:
    # SQLite alters a table by copying it and dropping the old one, which would delete referring rows by cascade.
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
    context.configure(connection, target_metadata=db.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        migration_lock.lock_tables(connection)
        context.run_migrations()
    connection.commit()
    connection.detach()
