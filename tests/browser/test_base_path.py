"""A page below a base path behind nginx: its stream, toasts, links and modules."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api_client import Person
from tests.browser.conftest import ReadBy
from tests.people import PASSWORD
from tests.servers.nginx import Nginx, NginxMissing
from tests.site import Site

BASE = "/sub/path"
_SITE = """
upstream notifier {{
{servers}
}}
server {{
    listen {listen};
    location /sub/path/ {{
        proxy_pass http://notifier;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_buffering off;
    }}
}}
"""


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"HEARTBEAT_SECONDS": 1, "TRUSTED_PROXIES": 1, "BASE_PATH": BASE}


@pytest.fixture
def nginx(site: Site, tmp_path: Path) -> Iterator[Nginx]:
    try:
        proxy = Nginx([site.server.port], tmp_path, site=_SITE)
    except NginxMissing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
    with proxy:
        yield proxy


def test_page_below_a_base_path_updates_at_once(nginx: Nginx, site: Site, read_by: ReadBy, alice: Person, dana: Person) -> None:
    reader = read_by(site, alice, base_url=nginx.url, sign_in=False)
    reader.context.request.post(f"{BASE}/login", form={"username": alice.name, "password": PASSWORD}, fail_on_status_code=True)
    tab = reader.open(f"{BASE}/notifications")

    sent = dana.send(alice, type="success", actions=[{"label": "Watch Now", "url": "/settings"}])["id"]
    expect(tab.toasts).to_have_count(1)
    assert tab.page.locator(".toast a").first.get_attribute("href") == f"{BASE}/go/{sent}/0"
    tab.page.locator("#history").get_by_role("link", name="Watch Now").click()
    tab.page.wait_for_url(f"**{BASE}/settings")
    expect(tab.badge).to_be_hidden()
    tab.wait_for("live")

    elsewhere = [each.url for each in reader.requests if not each.url.startswith(f"{nginx.url}{BASE}/")]
    assert elsewhere == []
