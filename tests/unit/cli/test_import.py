"""Import of users from files, and narrowed keys, by command."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.errors import Invalid
from notifier.services.accounts import people_files
from tests.unit.cli.conftest import Run


def test_csv_import_names_the_lines_that_failed(run: Run, tmp_path: Path) -> None:
    assert run("group", "create", "staff", "--managed").exit_code == 0
    file = tmp_path / "people.csv"
    file.write_bytes(
        b"\xef\xbb\xbfsubject,name,email,groups\r\n"
        b'1,"Ann Example",ann@example.com,staff\r\n'
        b",bob,,\r\n"
        b",two words,,\r\n"
        b"2,Carl,nobody,\r\n"
        b"3,Dora,,nowhere\r\n"
        b"4\r\n"
    )

    result = run("user", "import", str(file))

    assert (result.exit_code, result.stdout) == (1, "2 created, 0 updated\n")
    assert [line.split(":")[0] for line in result.stderr.splitlines()][:4] == ["line 4", "line 5", "line 6", "line 7"]
    assert {"Ann-Example", "bob"} == {line.split()[0] for line in run("user", "list").stdout.splitlines()}
    assert run("group", "list", "staff").stdout == "Ann-Example\n"


def test_ndjson_import_may_be_repeated(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.ndjson"
    file.write_text('{"subject": "1", "name": "Ann"}\n\n{"name": "bob"}\n')

    assert run("user", "import", str(file)).stdout == "2 created, 0 updated\n"
    assert run("user", "import", str(file)).stdout == "0 created, 2 updated\n"
    assert run("user", "import", str(tmp_path / "nothing.csv")).exit_code == 2


def test_wrong_field_is_named_in_words(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.ndjson"
    file.write_text('{"name": "bob", "colour": "red"}\n')

    assert run("user", "import", str(file)).stderr.splitlines()[0] == "line 1: colour: is not known here"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("people.txt", b"a"),
        ("people.csv", b"\xff\xfe"),
        ("people.csv", b"mail,name\nx,y\n"),
        ("people.csv", b"email\nx\n"),
        ("people.csv", b""),
        ("people.csv", b'name\n"a\n'),
    ],
)
def test_files_that_are_none_are_refused_or_named(name: str, data: bytes) -> None:
    try:
        lines = people_files.read(data, name)
    except Invalid as refusal:
        assert [error.field for error in refusal.errors] == ["file"]
    else:
        assert [line.person for line in lines] == [None]


def test_a_narrowed_key_is_listed_with_what_it_may_send(run: Run) -> None:
    assert run("key", "create", "host", "--scope", "send,people", "--audience", "group:staff", "--type", "video_complete").exit_code == 0
    assert run("key", "create", "wrong", "--audience", "staff").exit_code == 1
    assert run("key", "create", "wrong", "--scope", "people", "--type", "x").exit_code == 1

    (line,) = run("key", "list").stdout.splitlines()
    assert "people,send" in line and line.endswith("host only to group:staff only video_complete")
