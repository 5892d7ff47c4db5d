"""search text of messages"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("messages", sa.Column("search_text", sa.Text(), nullable=True))
    _fill()


def downgrade() -> None:
    op.drop_column("messages", "search_text")


def _fill() -> None:
    messages = sa.table(
        "messages",
        sa.column("id", sa.BigInteger),
        sa.column("title", sa.Text),
        sa.column("text", sa.Text),
        sa.column("search_text", sa.Text),
    )
    change = messages.update().where(messages.c.id == sa.bindparam("row")).values(search_text=sa.bindparam("folded"))
    connection, last = op.get_bind(), 0
    while True:
        page = sa.select(messages.c.id, messages.c.title, messages.c.text).where(messages.c.id > last).order_by(messages.c.id)
        rows = connection.execute(page.limit(_ROWS_AT_ONCE)).all()
        if not rows:
            return
        connection.execute(change, [{"row": row.id, "folded": _folded(f"{row.title}\n{row.text}")} for row in rows])
        last = rows[-1].id


def _folded(text: str) -> str:
    """As the program writes it at this version (`services.visible_text.search_form`)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
