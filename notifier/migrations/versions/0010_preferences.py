"""preferences: categories, choices, mutes, attention; quiet, snoozed and archived notifications

SQLite cannot change the check of a column, so `notifications` is copied there.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
_STATUSES = ("unread", "read", "archived", "deleted")
_NEW = ("quiet", "snoozed_until", "arrival")
_OF_MESSAGES = ("category_id", "thread")
_INDEXES = {
    "changed_at": (("changed_at",), "status = 'deleted'"),
    "public_id_user_id": (("public_id", "user_id"), "public_id IS NOT NULL"),
    "user_id_position": (("user_id", "position"), "status != 'deleted'"),
    "user_id_seq": (("user_id", "seq"), None),
    "archived": (("user_id",), "status = 'archived'"),
}
_SNOOZED = {
    "snoozed": (("user_id",), "status = 'snoozed'"),
    "snoozed_until": (("snoozed_until",), "status = 'snoozed'"),
}


def upgrade() -> None:
    _create_tables()
    op.add_column("users", sa.Column("browser_zone", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("category_id", KEY, nullable=True))
    op.add_column("messages", sa.Column("thread", sa.String(length=64), nullable=True))
    op.create_index("ix_messages_category_id_created_at", "messages", ["category_id", "created_at"])
    if op.get_bind().dialect.name == "sqlite":
        _copy((*_STATUSES, "snoozed"), new=True)
        _create_indexes(_INDEXES)
    else:
        for column in _new_columns():
            op.add_column("notifications", column)
        _check((*_STATUSES, "snoozed"))
    _create_indexes(_SNOOZED)


def downgrade() -> None:
    op.execute("UPDATE notifications SET status = 'archived' WHERE status = 'snoozed'")
    op.execute("UPDATE notifications SET previous_status = NULL WHERE previous_status = 'snoozed'")
    for name in _SNOOZED:
        op.drop_index(f"ix_notifications_{name}", table_name="notifications")
    if op.get_bind().dialect.name == "sqlite":
        _copy(_STATUSES, new=False)
        _create_indexes(_INDEXES)
    else:
        for column in _NEW:
            op.drop_column("notifications", column)
        _check(_STATUSES)
    op.drop_index("ix_messages_category_id_created_at", table_name="messages")
    for column in _OF_MESSAGES:
        op.drop_column("messages", column)
    op.drop_column("users", "browser_zone")
    for table in ("attention", "mutes", "choices", "categories"):
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "categories",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("in_app", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=10), nullable=False),
        sa.Column("push", sa.String(length=10), nullable=False),
        sa.Column("wait_minutes", sa.Integer(), nullable=False),
        sa.Column("loud_per_hour", sa.Integer(), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.execute(
        "INSERT INTO categories (slug, label, description, place, types, locked, in_app, email, push, wait_minutes)"
        " VALUES ('other', 'Everything else', 'What belongs to no other category.', 1000, '[]', false, 'on', 'unread', 'on', 30)"
    )
    op.create_table(
        "choices",
        sa.Column("category_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=10), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_choices_category_id_categories"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_choices_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("category_id", "user_id", "channel", name=op.f("pk_choices")),
    )
    op.create_index("ix_choices_user_id", "choices", ["user_id"])
    op.create_table(
        "mutes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('type', 'sender', 'thread')", name=op.f("ck_mutes_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mutes_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
        sa.UniqueConstraint("kind", "value", "user_id", name=op.f("uq_mutes_kind_value_user_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mutes_public_id")),
    )
    op.create_index("ix_mutes_user_id", "mutes", ["user_id"])
    op.create_table(
        "attention",
        sa.Column("user_id", KEY, autoincrement=False, nullable=False),
        sa.Column("quiet_start", sa.String(length=5), nullable=True),
        sa.Column("quiet_end", sa.String(length=5), nullable=True),
        sa.Column("quiet_days", sa.JSON(), nullable=False),
        sa.Column("quiet_from", INSTANT, nullable=True),
        sa.Column("quiet_until", INSTANT, nullable=True),
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.Column("digest_time", sa.String(length=5), nullable=False),
        sa.Column("digest_day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_attention_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_attention")),
    )
    op.create_index("ix_attention_quiet_until", "attention", ["quiet_until"])


def _new_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("quiet", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("snoozed_until", INSTANT, nullable=True),
        sa.Column("arrival", sa.String(length=20), nullable=True),
    ]


def _check(statuses: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_notifications_status"), "notifications", type_="check")
    op.create_check_constraint(op.f("ck_notifications_status"), "notifications", _status_in(statuses))


def _status_in(statuses: tuple[str, ...]) -> str:
    return "status IN ({})".format(", ".join(f"'{status}'" for status in statuses))


def _copy(statuses: tuple[str, ...], *, new: bool) -> None:
    """Copy `notifications` into a table with another check. Its indexes go with the old one."""
    columns = (
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("previous_status", sa.String(length=10), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body_seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=True),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("clicked_at", INSTANT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
    )
    names = ", ".join(column.name for column in columns)
    op.create_table(
        "notifications_copy",
        *columns,
        *(_new_columns() if new else ()),
        sa.CheckConstraint(_status_in(statuses), name=op.f("ck_notifications_status")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_notifications_message_id_messages"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["inboxes.user_id"], name=op.f("fk_notifications_user_id_inboxes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("message_id", "user_id", name=op.f("uq_notifications_message_id_user_id")),
    )
    op.execute(f"INSERT INTO notifications_copy ({names}) SELECT {names} FROM notifications ORDER BY id")
    op.drop_table("notifications")
    op.rename_table("notifications_copy", "notifications")


def _create_indexes(indexes: Mapping[str, tuple[tuple[str, ...], str | None]]) -> None:
    for name, (columns, where) in indexes.items():
        condition = None if where is None else sa.text(where)
        op.create_index(f"ix_notifications_{name}", "notifications", list(columns), sqlite_where=condition, postgresql_where=condition)
