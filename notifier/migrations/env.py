"""Run by Flask-Migrate within an application context."""

from alembic import context

from notifier.extensions import db

with db.engine.connect() as connection:
    context.configure(connection, target_metadata=db.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
