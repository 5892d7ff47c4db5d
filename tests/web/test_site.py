"""Paths in notifications belong to `SITE_URL`, and images are shown from the origins that an operator has allowed."""

from __future__ import annotations

import pytest

from tests.api_client import Person

SITE = "https://app.example.com/coach"
CDN = "https://cdn.example.com"


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    return {"SITE_URL": SITE, "IMAGE_ORIGINS": CDN}


def test_path_of_an_action_leads_to_the_site(alice: Person, dana: Person) -> None:
    id_ = dana.send(
        alice, title="Ready", actions=[{"label": "Watch Now", "url": "/video/7"}, {"label": "Out", "url": "https://b.example/"}]
    )["id"]

    assert alice.get(f"/go/{id_}/0").headers["location"] == f"{SITE}/video/7"
    assert alice.get(f"/go/{id_}/1").headers["location"] == "https://b.example/"


def test_progress_page_of_a_session_stays_here(alice: Person, dana: Person) -> None:
    session = dana.post("/api/sessions", json={"title": "Transcode", "owner": alice.name}).json()["id"]
    (item,) = alice.get("/api/notifications").json()

    assert alice.get(f"/go/{item['id']}/0").headers["location"] == f"/sessions/{session}"


def test_images_of_allowed_origins_are_shown_and_others_linked(alice: Person, dana: Person) -> None:
    for image in (f"{CDN}/7.jpg", "/thumbs/7.jpg", "https://elsewhere.example/7.jpg"):
        dana.send(alice, title=image, image_url=image)

    answer = alice.get("/notifications")

    assert [f'src="{image}"' in answer.text for image in (f"{CDN}/7.jpg", f"{SITE}/thumbs/7.jpg")] == [True, True]
    assert 'src="https://elsewhere.example/7.jpg"' not in answer.text
    assert 'href="https://elsewhere.example/7.jpg"' in answer.text
    assert answer.headers["Content-Security-Policy"].endswith(f"; img-src 'self' {CDN} https://app.example.com")
