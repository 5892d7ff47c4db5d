"""Prepared statements convert values and errors as SQLAlchemy does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from notifier import database
from notifier.models import Category

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
COLUMNS = ("slug", "label", "description", "place", "types", "locked", "in_app", "email", "push", "wait_minutes", "retired_at")
ADD = database.Prepared(insert(Category).values({name: bindparam(name) for name in COLUMNS}).returning(Category.id))
ROWS = database.Prepared(select(Category.slug, Category.types, Category.locked, Category.retired_at).where(Category.id == bindparam("id")))
VALUES = {"label": "Video", "description": "", "place": 1, "types": ["video.*"], "locked": True, "wait_minutes": 5, "retired_at": NOON}
VALUES |= dict.fromkeys(("in_app", "email", "push"), "on")


def test_values_come_back_as_the_types_of_their_columns(app: Flask) -> None:
    with database.write() as transaction:
        id_ = ADD.scalar(transaction, slug="video", **VALUES)
        row = ROWS.first(transaction, id=id_)

    assert (row.slug, row.types, row.locked, row.retired_at) == ("video", ["video.*"], True, NOON)


def test_for_each_executes_the_statement_with_the_parameters_of_each_row(app: Flask) -> None:
    retire = database.Prepared(update(Category).where(Category.id == bindparam("which")).values(retired_at=bindparam("at")))
    with database.write() as transaction:
        ids = [ADD.scalar(transaction, slug=slug, **VALUES) for slug in ("video", "audio")]
        retire.for_each(transaction, [{"which": id_, "at": NOON + timedelta(days=day)} for day, id_ in enumerate(ids, 1)])
        retire.for_each(transaction, [])
        rows = [ROWS.first(transaction, id=id_) for id_ in ids]

    assert [row.retired_at for row in rows] == [NOON + timedelta(days=1), NOON + timedelta(days=2)]


def test_for_each_raises_the_error_of_sqlalchemy(app: Flask) -> None:
    add = database.Prepared(insert(Category).values({name: bindparam(name) for name in COLUMNS}))

    with pytest.raises(IntegrityError), database.write() as transaction:
        add.for_each(transaction, [{"slug": "video", **VALUES}] * 2)


def test_no_row_is_none(app: Flask) -> None:
    with database.read() as connection:
        assert ROWS.first(connection, id=0) is None
        assert ROWS.scalar(connection, id=0) is None
    assert database.lookup(ROWS, id=0) is None


def test_a_violated_constraint_raises_the_error_of_sqlalchemy_without_values(app: Flask) -> None:
    with pytest.raises(IntegrityError) as raised, database.write() as transaction:
        ADD.scalar(transaction, slug="secret-slug", **VALUES)
        ADD.scalar(transaction, slug="secret-slug", **VALUES)

    assert "secret-slug" not in str(raised.value)


def test_a_failed_transaction_changes_nothing(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as transaction:
        ADD.scalar(transaction, slug="video", **VALUES)
        raise ZeroDivisionError

    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM categories WHERE slug = 'video'")) == 0
