"""Which e-mail addresses of a provider count at once, and which the user has to confirm."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from notifier import database
from notifier.channels.ports import Kind
from notifier.models import Delivery
from notifier.services.accounts import addresses
from notifier.services.accounts.addresses import Stored
from tests.cases import failures
from tests.databases import Databases
from tests.people import People, fresh, people_in_process
from tests.servers.oidc import Provider
from tests.web.oidc_browser import account, sign_in

MAIL = {"MAIL_URL": "smtp://127.0.0.1:9", "PUBLIC_URL": "https://notify.example.com"}
MISSING = object()


@pytest.fixture(scope="module")
def databases(sqlite_databases: Databases) -> Databases:
    return sqlite_databases


@pytest.fixture(scope="module")
def settings(shared_provider: Provider) -> dict[str, object]:
    return shared_provider.settings | MAIL


def test_an_email_counts_at_once_only_if_the_provider_has_verified_it(people: People, provider: Provider) -> None:
    def check(case: tuple[object, bool]) -> None:
        verified, counts = case
        subject = fresh()
        claims = {} if verified is MISSING else {"email_verified": verified}
        assert sign_in(people, provider, sub=subject, email=f"{subject}@example.com", **claims).status_code == 303
        with people.elsewhere():
            user = account(provider, subject)
            assert addresses.get(user.id) == Stored(f"{subject}@example.com", counts, None)
            assert mails_to_confirm(user.id) == (0 if counts else 1)

    cases = [(True, True), ("true", True), *((other, False) for other in (False, "false", None, 1, "yes", [True], MISSING))]
    assert failures(cases, check) == []


def test_an_unverified_email_never_replaces_an_address(people: People, provider: Provider) -> None:
    sign_in(people, provider, sub="own", email="first@example.com")
    sign_in(people, provider, sub="own", email="second@example.com")
    with people.elsewhere():
        user = account(provider, "own")
        assert (addresses.get(user.id), mails_to_confirm(user.id)) == (Stored("first@example.com", False, None), 1)

    sign_in(people, provider, sub="own", email="first@example.com", email_verified=True)
    sign_in(people, provider, sub="own", email="second@example.com", email_verified=False)

    with people.elsewhere():
        assert (addresses.get(user.id), mails_to_confirm(user.id)) == (Stored("first@example.com", True, None), 1)


def test_a_sign_in_is_not_refused_for_many_mails_to_confirm(people: People, provider: Provider) -> None:
    for _ in range(6):
        assert sign_in(people, provider, sub="many", email="many@example.com").status_code == 303
        with people.elsewhere():
            user = account(provider, "many")
            addresses.remove(user.id)

    with people.elsewhere():
        assert mails_to_confirm(user.id) == 5


def test_where_mail_is_off_no_address_waits_to_be_confirmed(databases: Databases, provider: Provider) -> None:
    with databases.fresh() as url, people_in_process(url, **provider.settings) as people:
        assert sign_in(people, provider, sub="unsent", email="unsent@example.com").status_code == 303
        with people.elsewhere():
            user = account(provider, "unsent")
            assert (addresses.get(user.id), mails_to_confirm(user.id)) == (None, 0)


def mails_to_confirm(user_id: int) -> int:
    with database.read() as connection:
        own = select(func.count()).where(Delivery.user_id == user_id, Delivery.kind == Kind.CONFIRM)
        return connection.scalar(own) or 0
