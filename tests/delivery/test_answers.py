"""Concurrent answers to the same notification, against a real server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.api.test_replies import answer, ask, replies
from tests.api_client import Person


def test_concurrent_identical_answers_count_once(dana: Person, alice: Person) -> None:
    id = ask(dana, alice)

    with ThreadPoolExecutor(4) as threads:
        given = list(threads.map(lambda _: answer(alice, id).status_code, range(8)))

    assert sorted(given) == [201] + [409] * 7
    assert len(replies(dana, id)) == 1


def test_users_answering_each_other_do_not_deadlock(dana: Person, admin: Person) -> None:
    asked = [(ask(dana, admin, title=f"{number}"), ask(admin, dana, title=f"{number}")) for number in range(6)]

    with ThreadPoolExecutor(4) as threads:
        jobs = [(admin, mine) for mine, _ in asked] + [(dana, theirs) for _, theirs in asked]
        given = list(threads.map(lambda job: answer(*job).status_code, jobs))

    assert given == [201] * 12


def test_answer_arrives_on_the_askers_stream(dana: Person, alice: Person) -> None:
    stream = dana.connected()
    id = ask(dana, alice)

    answer(alice, id)

    assert f"Reply from {alice.name}" in stream.until("notification").data
