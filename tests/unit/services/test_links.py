"""Addresses of actions and of `next`: none that runs, none that leaves this site by a trick. Judged as a browser would follow them."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.services.links import link, own_path
from tests.cases import short
from tests.unit.services.whatwg import HERE, origin

RUNNING = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\x00javascript:alert(1)",
    "\x0bjavascript:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://here.example/0",
    "file:///etc/passwd",
]
LEAVING = ["//evil", "///evil", "/\\evil", "\\\\evil", "\\/evil", "/\t/evil", "/\n/evil", "\t//evil", " //evil", "https:evil", "/\x00/evil"]
RELATIVE = ["", "evil", "./a", "../a", "?a", "#a", "@evil", "evil.example/a", ":80/a", "%2f%2fevil"]
STAYING = ["/", "/video/7", "/a?b=c&d=%20#e", "/%5cevil", "/%2f%2fevil", "/@evil", "/a//b", "/:80", "/.//evil", "/ü", "/a:b@c"]
ABSOLUTE = ["http://a", "https://a.example/b?c#d", "HTTPS://A.example/", "https://a:8443/b", "https://[::1]:8000/", "https://a.example"]
MISLEADING = [
    "https://bank.example@evil/",
    "https://user:secret@evil/",
    "https://@evil/",
    "https:///evil",
    "https://",
    "https://[::1",
    "https://?a",
]

nasty = st.text(st.sampled_from("/\\\t\n\r\0\x0b\x1f @:?#.%[]htpsevil2f\u2028\uff0f\u3002"), max_size=14)


@given(st.sampled_from(["/", ""]), nasty)
@example("/", "\\evil")
@example("/\t", "/evil")
def test_an_accepted_path_never_leaves_the_origin(start, rest):
    if own_path(start + rest):
        assert origin(start + rest) == HERE


@given(st.sampled_from(["/", "http://", "https://", "HTTP://", "https:", "java", ""]), nasty)
@example("https://", "a\\@evil")
def test_an_accepted_link_leads_where_it_says(start, rest):
    try:
        accepted = link(start + rest)
    except ValueError:
        return
    said = urlsplit(accepted)
    assert origin(accepted) == ((said.scheme, said.netloc.lower()) if said.netloc else HERE)


@pytest.mark.parametrize("value", STAYING, ids=short)
def test_a_path_of_this_site_is_a_link_as_it_is(value):
    assert link(value) == value


@pytest.mark.parametrize("value", STAYING, ids=short)
def test_a_path_of_this_site_may_be_gone_to(value):
    assert own_path(value)


@pytest.mark.parametrize("value", ABSOLUTE, ids=short)
def test_other_sites_are_linked_by_http_and_https(value):
    assert link(value) == value[:5].lower() + value[5:]


@pytest.mark.parametrize("value", [*RUNNING, *LEAVING, *RELATIVE, *MISLEADING], ids=short)
def test_everything_else_is_no_link(value):
    with pytest.raises(ValueError, match=r"must be|Invalid"):
        link(value)


@pytest.mark.parametrize("value", [*RUNNING, *LEAVING, *RELATIVE, *MISLEADING, *ABSOLUTE], ids=short)
def test_everything_else_may_not_be_gone_to(value):
    assert not own_path(value)


@pytest.mark.parametrize("start", ["/", "https://a.example/"])
def test_a_link_has_at_most_2048_characters(start):
    longest = start.ljust(2048, "x")

    assert link(longest) == longest
    with pytest.raises(ValueError, match="at most 2048"):
        link(longest + "x")


def test_a_path_gone_to_has_at_most_2048_characters():
    assert own_path("/".ljust(2048, "x"))
    assert not own_path("/".ljust(2049, "x"))
