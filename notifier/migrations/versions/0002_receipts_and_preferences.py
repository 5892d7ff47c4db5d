"""Add receipts and preferences."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
RECEIPTS = ("seen_at", "read_at", "clicked_at")


def upgrade() -> None:
    for receipt in RECEIPTS:
        op.add_column("notifications", sa.Column(receipt, INSTANT, nullable=True))
    op.add_column("users", sa.Column("sound", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("theme", sa.String(length=10), nullable=False, server_default="auto"))
    op.add_column("users", sa.Column("time_zone", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    for preference in ("time_zone", "theme", "sound"):
        op.drop_column("users", preference)
    for receipt in reversed(RECEIPTS):
        op.drop_column("notifications", receipt)
