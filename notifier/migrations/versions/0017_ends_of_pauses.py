"""Find the pauses whose time has come by index."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_attention_paused_until", "attention", ["paused_until"])


def downgrade() -> None:
    op.drop_index("ix_attention_paused_until", table_name="attention")
