"""Addresses of actions and of `next`: none that runs, none that leaves this site by a trick. Judged as a browser would follow them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.services.links import link, own_path
from tests.addresses import ABSOLUTE, LEAVING, MISLEADING, RELATIVE, RUNNING, STAYING
from tests.cases import short
from tests.unit.services.whatwg import HERE, origin

nasty = st.text(st.sampled_from("/\\\t\n\r\0\x0b\x1f @:?#.%[]htpsevil2f\u2028\uff0f\u3002"), max_size=14)


@given(st.sampled_from(["/", ""]), nasty)
@example("/", "\\evil")
@example("/\t", "/evil")
def test_an_accepted_path_never_leaves_the_origin(start: str, rest: str) -> None:
    if own_path(start + rest):
        assert origin(start + rest) == HERE


@given(st.sampled_from(["/", "http://", "https://", "HTTP://", "https:", "java", ""]), nasty)
@example("https://", "a\\@evil")
def test_an_accepted_link_leads_where_it_says(start: str, rest: str) -> None:
    try:
        accepted = link(start + rest)
    except ValueError:
        return
    said = urlsplit(accepted)
    assert origin(accepted) == ((said.scheme, said.netloc.lower()) if said.netloc else HERE)


@pytest.mark.parametrize("value", STAYING, ids=short)
def test_a_path_of_this_site_is_a_link_as_it_is(value: str) -> None:
    assert link(value) == value


@pytest.mark.parametrize("value", STAYING, ids=short)
def test_a_path_of_this_site_may_be_gone_to(value: str) -> None:
    assert own_path(value)


@pytest.mark.parametrize("value", ABSOLUTE, ids=short)
def test_other_sites_are_linked_by_http_and_https(value: str) -> None:
    assert link(value) == value[:5].lower() + value[5:]


@pytest.mark.parametrize("value", [*RUNNING, *LEAVING, *RELATIVE, *MISLEADING], ids=short)
def test_everything_else_is_no_link(value: str) -> None:
    with pytest.raises(ValueError, match=r"must be|Invalid"):
        link(value)


@pytest.mark.parametrize("value", [*RUNNING, *LEAVING, *RELATIVE, *MISLEADING, *ABSOLUTE], ids=short)
def test_everything_else_may_not_be_gone_to(value: str) -> None:
    assert not own_path(value)


@pytest.mark.parametrize("start", ["/", "https://a.example/"])
def test_a_link_has_at_most_2048_characters(start: str) -> None:
    longest = start.ljust(2048, "x")

    assert link(longest) == longest
    with pytest.raises(ValueError, match="at most 2048"):
        link(longest + "x")


def test_a_path_gone_to_has_at_most_2048_characters() -> None:
    assert own_path("/".ljust(2048, "x"))
    assert not own_path("/".ljust(2049, "x"))
