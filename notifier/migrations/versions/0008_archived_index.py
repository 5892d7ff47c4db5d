"""index of archived notifications, which the stream counts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ARCHIVED = sa.text("status = 'archived'")


def upgrade() -> None:
    op.create_index("ix_notifications_archived", "notifications", ["user_id"], sqlite_where=_ARCHIVED, postgresql_where=_ARCHIVED)


def downgrade() -> None:
    op.drop_index("ix_notifications_archived", table_name="notifications")
