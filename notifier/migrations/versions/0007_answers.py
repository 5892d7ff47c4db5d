"""answers of notifications"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FILL = """
    UPDATE notifications SET answer = (
        SELECT r.text FROM replies r WHERE r.message_id = notifications.message_id AND r.user_id = notifications.user_id
        ORDER BY r.id LIMIT 1
    )
    WHERE EXISTS (SELECT 1 FROM replies r WHERE r.message_id = notifications.message_id AND r.user_id = notifications.user_id)"""


def upgrade() -> None:
    op.add_column("notifications", sa.Column("answer", sa.Text(), nullable=True))
    op.execute(_FILL)


def downgrade() -> None:
    op.drop_column("notifications", "answer")
