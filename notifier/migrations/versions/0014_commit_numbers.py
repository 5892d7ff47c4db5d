"""Add the numbers by which a poll reads only what was committed since the last one."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("inboxes", "users"):
        op.add_column(table, sa.Column("change", sa.BigInteger(), server_default="0", nullable=False))
        op.create_index(f"ix_{table}_change", table, ["change"])
    op.add_column("installation", sa.Column("users_removed", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("installation", "users_removed")
    for table in ("users", "inboxes"):
        op.drop_index(f"ix_{table}_change", table_name=table)
        op.drop_column(table, "change")
