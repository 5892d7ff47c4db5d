"""destinations, and deliveries that go to no user"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "destinations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("scheme", sa.String(length=30), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("last_ok_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destinations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_destinations_public_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_destinations_name_key")),
    )
    _alter_deliveries(longest_channel=20, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM deliveries WHERE user_id IS NULL")
    _alter_deliveries(longest_channel=10, nullable=False)
    op.drop_table("destinations")


def _alter_deliveries(*, longest_channel: int, nullable: bool) -> None:
    """Wider than before: the version before neither claims nor lists deliveries to no user."""
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("user_id", existing_type=KEY, nullable=nullable)
        table.alter_column("channel", existing_type=sa.String(length=30 - longest_channel), type_=sa.String(length=longest_channel))
