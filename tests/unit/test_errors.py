"""Errors carry the standard title of their HTTP status."""

from __future__ import annotations

from http import HTTPStatus

from notifier.errors import Refused, invalid

# Names of RFC 9110 that Python has only from 3.13 on.
RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


def test_each_error_has_the_standard_title_of_its_status() -> None:
    errors: list[type[Refused]] = [Refused, *Refused.__subclasses__()]
    wrong = {error.__name__: error.title for error in errors if error.title != RENAMED.get(error.status, HTTPStatus(error.status).phrase)}

    assert not wrong


def test_a_status_belongs_to_one_error_only() -> None:
    statuses = [error.status for error in Refused.__subclasses__()]

    assert sorted(statuses) == sorted(set(statuses))


def test_an_invalid_field_is_named_in_the_detail_and_in_the_errors() -> None:
    error = invalid("actions[0].url", "must be a path")

    assert error.detail == "actions[0].url: must be a path"
    assert [(each.field, each.detail) for each in error.errors] == [("actions[0].url", "must be a path")]
