"""Refresh tokens rotate. Tabs that refresh at the same moment all go on; an old token that comes back ends the sign-in."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from notifier import database
from notifier.models import SignIn
from notifier.services.sign_in import GRACE
from tests.api_client import Api, Person, problem
from tests.people import People


def refresh(api: Api, token: str) -> httpx.Response:
    return api.post("/api/auth/refresh", headers={"Authorization": f"Bearer {token}"})


def works(api: Api, token: str) -> bool:
    return api.get("/api/notifications", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def later(people: People) -> None:
    """All rotations so far lie longer ago than the grace."""
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(SignIn).values(rotated_at=database.clock(transaction) - GRACE - timedelta(seconds=1)))


def test_a_refresh_answers_as_a_sign_in_does(api: Api, alice: Person) -> None:
    answer = refresh(api, alice.refresh_token).json()

    assert answer.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert answer["refresh_token"] != alice.refresh_token
    assert answer["user"]["id"] == alice.id
    assert works(api, answer["access_token"])


def test_the_access_token_before_goes_on_until_it_ends(api: Api, alice: Person) -> None:
    refresh(api, alice.refresh_token)

    assert works(api, alice.token)


def test_tabs_that_refresh_together_get_the_same_next_token(api: Api, alice: Person) -> None:
    answers = [refresh(api, alice.refresh_token).json() for _ in range(3)]

    next_tokens = [answer["refresh_token"] for answer in answers]
    assert all(works(api, answer["access_token"]) for answer in answers)
    assert all(refresh(api, token).status_code == 200 for token in next_tokens)


def test_after_the_grace_the_token_before_ends_the_sign_in(people: People, api: Api, alice: Person) -> None:
    answer = refresh(api, alice.refresh_token).json()
    later(people)

    problem(refresh(api, alice.refresh_token), 401, "token_revoked")

    problem(refresh(api, answer["refresh_token"]), 401, "token_revoked")
    assert not works(api, answer["access_token"])


def test_a_token_older_than_the_last_two_ends_the_sign_in(api: Api, alice: Person) -> None:
    second = refresh(api, alice.refresh_token).json()["refresh_token"]
    third = refresh(api, second).json()

    problem(refresh(api, alice.refresh_token), 401, "token_revoked")

    assert not works(api, third["access_token"])


def test_one_sign_in_does_not_end_another(people: People, api: Api, alice: Person) -> None:
    again = alice.again()
    refresh(api, alice.refresh_token)
    later(people)
    refresh(api, alice.refresh_token)

    assert works(api, again.token)


def test_an_access_token_does_not_refresh(api: Api, alice: Person) -> None:
    problem(refresh(api, alice.token), 401, "token_invalid")


@pytest.mark.parametrize("path", ["/api/notifications", "/api/notifications/stream"])
def test_a_refresh_token_reads_nothing(api: Api, alice: Person, path: str) -> None:
    problem(api.get(path, headers={"Authorization": f"Bearer {alice.refresh_token}"}), 401, "token_invalid")


def test_a_sign_in_that_was_not_used_for_too_long_is_over(people: People, api: Api, alice: Person) -> None:
    with people.elsewhere(), database.write() as transaction:
        transaction.execute(update(SignIn).values(expires_at=database.clock(transaction)))

    problem(refresh(api, alice.refresh_token), 401, "token_revoked")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"old": "not mine", "new": "a new password"}, "old"), ({"old": "correct horse battery staple", "new": "short"}, "new")],
)
def test_a_password_that_will_not_do_is_named(alice: Person, body: dict[str, str], field: str) -> None:
    problem(alice.post("/api/auth/password", json=body), 422, "invalid", field)

    assert alice.get("/api/notifications").status_code == 200
