"""Add the audit log, open streams and figures of processes, and counts of swept notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
_SWEPT = ("swept", "swept_seen", "swept_read", "swept_clicked")


def upgrade() -> None:
    op.add_column("messages", sa.Column("audience", sa.JSON(), server_default="[]", nullable=False))
    for column in _SWEPT:
        op.add_column("messages", sa.Column(column, sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_messages_sender_id", "messages", ["sender", "id"])
    op.create_table(
        "audit_entries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "processes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
    )
    op.create_table(
        "figures",
        sa.Column("process_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("streams", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_figures_process_id_processes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("process_id", "at", name=op.f("pk_figures")),
    )
    op.create_index("ix_figures_at", "figures", ["at"])
    op.create_table(
        "stream_visits",
        sa.Column("id", KEY, nullable=False),
        sa.Column("process_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("to_seq", sa.BigInteger(), nullable=True),
        sa.Column("backlog", sa.Integer(), nullable=False),
        sa.Column("ending", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["process_id"], ["processes.id"], name=op.f("fk_stream_visits_process_id_processes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_visits")),
        sa.UniqueConstraint("process_id", "number", name=op.f("uq_stream_visits_process_id_number")),
    )
    op.create_index("ix_stream_visits_user_id_from_seq", "stream_visits", ["user_id", "from_seq"])
    for column, where in (("opened_at", "closed_at IS NULL"), ("process_id", "closed_at IS NULL AND ending")):
        condition = sa.text(where)
        op.create_index(f"ix_stream_visits_{column}", "stream_visits", [column], sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    op.drop_table("stream_visits")
    op.drop_table("figures")
    op.drop_table("processes")
    op.drop_table("audit_entries")
    op.drop_index("ix_messages_sender_id", "messages")
    for column in ("audience", *_SWEPT):
        op.drop_column("messages", column)
