"""The reference for links is itself checked against known behaviour of browsers."""

from __future__ import annotations

import pytest

from tests.cases import short
from tests.unit.services.whatwg import HERE, origin


@pytest.mark.parametrize(
    "address", ["/a", "a", "", "?a", "#a", "https:evil", "https:/evil", "/%5cevil", "/a//evil", "/a\\\\evil"], ids=short
)
def test_same_site_addresses_stay(address: str) -> None:
    assert origin(address) == HERE


@pytest.mark.parametrize(
    "address",
    ["//evil", "/\\evil", "\\\\evil", "/\t/evil", " //evil", "\0//evil", "////evil", "https://evil", "https:\\\\evil?a", "//a@evil#b"],
    ids=short,
)
def test_tricky_addresses_lead_to_the_other_host(address: str) -> None:
    assert origin(address) == ("https", "evil")


@pytest.mark.parametrize(
    ("address", "scheme"),
    [("http:evil", "http"), ("java\nscript:a", "javascript"), ("\x0bjavascript:a", "javascript"), ("DATA:a", "data")],
    ids=short,
)
def test_other_schemes_are_recognised(address: str, scheme: str) -> None:
    assert origin(address)[0] == scheme
