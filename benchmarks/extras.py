"""Measure what each extra costs `notifier serve`: processor time and memory until it is ready, and after one use.

The packages of all extras are installed; each server is set up for one. They take turns, each with a database and users of its own.
Processor time and memory are those of the command, which becomes gunicorn's master, and of its worker together.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import update

from benchmarks.usage import cpu_seconds, memory_kib
from notifier import create_app, database
from notifier.channels.ports import Subscription
from notifier.models import Category
from notifier.services.accounts import addresses, users
from notifier.services.destinations import destinations
from notifier.services.push import devices
from tests.api_client import Api
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.outbox.receiver import Receiver
from tests.people import People
from tests.servers import MailServer, Postgres, Redis, Served
from tests.servers.notifier import SECRET_KEY
from tests.servers.oidc import Provider
from tests.servers.push_service import PushService
from tests.waiting import eventually

_PRIVATE: dict[str, object] = {"ALLOW_PRIVATE_TARGETS": True, "ALLOW_PRIVATE_PUSH": True}
Use = Callable[[People], object]


class _Ready(Served):
    def answers(self) -> bool:
        return super().answers() and self._get("/readyz")[0] == 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.extras", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="default %(default)s")
    rounds = parser.parse_args().rounds
    found: dict[str, list[tuple[float, ...]]] = {}
    with ExitStack() as life:
        directory = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="notifier-extras-")))
        databases = SqliteDatabases(directory), PostgresDatabases(life.enter_context(Postgres()))
        extras = _extras(life)
        for turn in range(rounds + 1):  # the first fills the cache of compiled files
            for name, (settings, use) in extras.items():
                with databases[name == "PostgreSQL"].fresh() as url, _Ready(url, directory, settings=settings | _PRIVATE) as server:
                    found.setdefault(name, []).extend([_measured(server, use)] if turn else [])
    print("| set up | ready, s | ready, MiB | one use, s | after it, MiB |\n| --- | --: | --: | --: | --: |")
    for name, values in found.items():
        print(f"| {name} | {' | '.join(f'{statistics.median(column):.2f}' for column in zip(*values, strict=True))} |")


def _measured(server: Served, use: Use) -> tuple[float, ...]:
    """Processor time and memory when it is ready; the further processor time of one use, and the memory after it."""
    pids = [server.pid, *server.workers()]
    ready, memory = cpu_seconds(pids), memory_kib(pids) / 1024
    people = People(create_app({"DATABASE_URL": server.database_url, "SECRET_KEY": SECRET_KEY} | _PRIVATE), Api(server.url))
    use(people)
    people.close()
    return ready, memory, cpu_seconds(pids) - ready, memory_kib(pids) / 1024


def _extras(life: ExitStack) -> dict[str, tuple[dict[str, object], Use]]:
    """The settings and the use of each, by name."""
    mail, push, redis = life.enter_context(MailServer()), life.enter_context(PushService()), life.enter_context(Redis())
    receiver, provider = life.enter_context(Receiver()), life.enter_context(Provider())

    def message(people: People, to: str = "", **fields: object) -> None:
        people.person("dana", "sender").send(to or people.person("alice"), **fields)

    def mailed(people: People) -> None:
        alice, before = people.person("alice"), len(mail.mails())
        with people.elsewhere():
            addresses.set_confirmed(users.by_name(alice.name).id, alice.name, "alice@example.com")
            with database.write() as transaction:
                transaction.execute(update(Category).values(email="at_once"))
        message(people, alice.address)
        eventually(lambda: len(mail.mails()) > before)

    def pushed(people: People) -> None:
        alice, browser = people.person("alice"), push.browser()
        with people.elsewhere():
            devices.add(users.by_name(alice.name).id, None, Subscription(**browser.form), "Chromium")
        message(people, alice.address, priority="urgent")
        eventually(lambda: browser.pushes)

    def posted(people: People) -> None:
        before = len(receiver.calls)
        with people.elsewhere():
            destinations.create("ops", receiver.url.replace("http:", "json:"))
        message(people, "destination:ops")
        eventually(lambda: len(receiver.calls) > before)

    def signed_in(people: People) -> None:
        with httpx.Client(base_url=people.api.url, trust_env=False) as browser:
            address = browser.get("/login/oidc").headers["location"]
            assert browser.get(provider.approve(address)).status_code in (302, 303)

    return {
        "nothing": ({}, message),
        "PostgreSQL": ({}, message),
        "Redis": ({"REDIS_URL": redis.url}, message),
        "e-mail": ({"MAIL_URL": mail.url, "PUBLIC_URL": "https://notify.example.com"}, mailed),
        "`push`": ({"PUSH_CONTACT": "mailto:ops@example.com"}, pushed),
        "`apprise`": ({}, posted),
        "`oidc`": (provider.settings, signed_in),
    }


if __name__ == "__main__":
    main()
