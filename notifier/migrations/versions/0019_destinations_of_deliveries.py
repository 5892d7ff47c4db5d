"""Deliveries know their destination by its id: another one may get its name."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("destination_id", sa.String(length=36), nullable=True))


def downgrade() -> None:
    op.drop_column("deliveries", "destination_id")
