"""Add sessions and replies."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=64), nullable=False),
        sa.Column("creator", sa.String(length=40), nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=True),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("silence_seconds", sa.Integer(), nullable=False),
        sa.Column("silent_at", INSTANT, nullable=True),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_sessions_progress")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_sessions_message_id_messages"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_sessions_owner_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sessions_public_id")),
    )
    op.create_index("ix_sessions_creator", "sessions", ["creator"])
    op.create_index("ix_sessions_owner_id", "sessions", ["owner_id"])
    op.create_index("ix_sessions_ended_at", "sessions", ["ended_at"])
    op.create_index(
        "ix_sessions_silent_at",
        "sessions",
        ["silent_at"],
        sqlite_where=sa.text("silent_at IS NOT NULL"),
        postgresql_where=sa.text("silent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_message_id",
        "sessions",
        ["message_id"],
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_table(
        "session_watchers",
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("under_way", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_session_watchers_session_id_sessions"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_session_watchers_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "user_id", name=op.f("pk_session_watchers")),
    )
    op.create_index("ix_session_watchers_user_id_session_id", "session_watchers", ["user_id", "session_id"])
    op.create_index(
        "ix_session_watchers_under_way",
        "session_watchers",
        ["user_id"],
        sqlite_where=sa.text("under_way"),
        postgresql_where=sa.text("under_way"),
    )
    op.create_table(
        "replies",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("notification_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_replies_message_id_messages"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_replies_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("public_id", name=op.f("uq_replies_public_id")),
    )
    op.create_index("ix_replies_message_id_user_id", "replies", ["message_id", "user_id"])
    op.create_index("ix_replies_notification_id", "replies", ["notification_id"])
    op.create_index("ix_replies_user_id", "replies", ["user_id"])


def downgrade() -> None:
    op.drop_table("replies")
    op.drop_table("session_watchers")
    op.drop_table("sessions")
