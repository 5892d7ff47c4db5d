"""outbox: steps, deliveries, addresses, digests"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_steps()
    _create_deliveries()
    _create_addresses()
    _create_digests()


def downgrade() -> None:
    for table in ("digests", "addresses", "deliveries", "steps"):
        op.drop_table(table)


def _create_steps() -> None:
    op.create_table(
        "steps",
        sa.Column("id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("later", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_steps_message_id_messages"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
        sa.UniqueConstraint("message_id", "channel", "due_at", name=op.f("uq_steps_message_id_channel_due_at")),
    )
    _create_index("ix_steps_due_at", "steps", ["due_at"], "done_at IS NULL")


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("digest_id", KEY, nullable=True),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'skipped', 'given_up')", name=op.f("ck_deliveries_state")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id_messages"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_deliveries_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", "user_id", "channel", "target", name=op.f("uq_deliveries_message_id_user_id_channel_target")),
        sa.UniqueConstraint("public_id", name=op.f("uq_deliveries_public_id")),
    )
    op.create_index("ix_deliveries_user_id", "deliveries", ["user_id"])
    op.create_index("ix_deliveries_settled_at", "deliveries", ["settled_at"])
    _create_index("ix_deliveries_waiting", "deliveries", ["channel", "not_before", "id"], "state = 'waiting'")
    _create_index("ix_deliveries_sending", "deliveries", ["lease_until"], "state = 'sending'")
    _create_index("ix_deliveries_given_up", "deliveries", ["id"], "state = 'given_up'")


def _create_addresses() -> None:
    op.create_table(
        "addresses",
        sa.Column("user_id", KEY, autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("from_host", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("refused_at", INSTANT, nullable=True),
        sa.Column("refusal", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_addresses_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_addresses")),
    )


def _create_digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("last_at", INSTANT, nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_digests_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("user_id", "frequency", name=op.f("uq_digests_user_id_frequency")),
    )
    _create_index("ix_digests_next_at", "digests", ["next_at"], "next_at IS NOT NULL")


def _create_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
