"""Add identities, labels of users, managed groups, narrowed keys, and ids of senders."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
_COLUMNS: dict[str, tuple[sa.Column[Any], ...]] = {
    "users": (
        sa.Column("label", sa.String(length=200), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("locale", sa.String(length=35), server_default="", nullable=False),
    ),
    "groups": (sa.Column("managed", sa.Boolean(), server_default=sa.false(), nullable=False),),
    "api_keys": (
        sa.Column("audience", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("types", sa.JSON(), server_default="[]", nullable=False),
    ),
    "messages": (sa.Column("own_id", sa.JSON(), nullable=True),),
}


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("id", KEY, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identities_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, column)


def downgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)
    op.drop_table("identities")
