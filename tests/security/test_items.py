"""Every item of docs/security.md has a test, and the document names them."""

from __future__ import annotations

from tests.security.items import DOCUMENT, ITEMS, document, marked_tests


def test_every_item_has_a_test() -> None:
    tests = marked_tests()

    assert [item for item in ITEMS if item not in tests] == []
    assert [item for item in tests if item not in ITEMS] == []
    assert list(ITEMS) == [f"S{number}" for number in range(1, 63)]


def test_the_document_names_the_tests_of_each_item() -> None:
    assert DOCUMENT.read_text() == document(), "run `python -m tests.security.items`"
