"""ids of users and keys that SQLite never assigns again

Messages and audit entries name their senders by id, also after the sender was deleted.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _copy(autoincrement=True)


def downgrade() -> None:
    _copy(autoincrement=False)


def _copy(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    # A copy of the table, which is how SQLite changes a key.
    for table in ("users", "api_keys"):
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}):
            pass
