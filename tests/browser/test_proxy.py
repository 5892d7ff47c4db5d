"""A page behind nginx with deploy/nginx.conf: TLS, and HTTP/2 to the browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.servers.nginx import Nginx, NginxMissing
from tests.site import Site


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": 1, "TRUSTED_PROXIES": 1}


@pytest.fixture
def nginx(site: Site, tmp_path: Path) -> Iterator[Nginx]:
    try:
        proxy = Nginx([site.server.port] * 2, tmp_path)
    except NginxMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    with proxy:
        yield proxy


def test_page_behind_a_proxy_updates_at_once(nginx: Nginx, site: Site, read_by: ReadBy, alice: Person, dana: Person) -> None:
    tab = read_by(site, alice, base_url=nginx.tls_url, ignore_https_errors=True).open()
    assert tab.page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
    dana.send(alice, type="success")
    expect(tab.toasts).to_have_count(1)
    tab.open_bell()
    tab.page.locator("#inbox").get_by_role("button", name="Mark as read").click()
    expect(tab.badge).to_be_hidden()
    tab.assert_true()
