"""the oldest version whose program may use the database"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("installation", sa.Column("compatible_from", sa.String(32), nullable=False, server_default=revision))


def downgrade() -> None:
    op.drop_column("installation", "compatible_from")
