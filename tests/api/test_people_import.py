"""Import of users in one call, for keys of the scope `people`."""

from __future__ import annotations

import json

from tests.api.conftest import Ask
from tests.api_client import problem
from tests.people import People, fresh


def test_a_thousand_users_are_imported_in_one_call(ask: Ask, people: People) -> None:
    mark = fresh("i")
    lines = [json.dumps({"subject": f"{mark}-{n}", "name": f"User {n}", "email": f"u{n}@example.com"}) for n in range(1000)]

    first = ask("POST", "/api/users/import", content="\n".join(lines))
    again = ask("POST", "/api/users/import", content="\n".join(lines) + "\n")

    assert first.json() == {"created": 1000, "updated": 0, "failed": []}, first.text
    assert again.json() == {"created": 0, "updated": 1000, "failed": []}
    assert len({row["name"] for row in ask("GET", "/api/users", params={"q": "u7", "limit": 100}).json()}) >= 100


def test_an_import_names_each_wrong_line_and_keeps_the_good_ones(ask: Ask, people: People) -> None:
    group, name = people.group("crew"), fresh()
    body = "\n".join(
        [
            json.dumps({"name": name, "groups": [group]}),
            "{not json",
            "",
            json.dumps({"subject": "x" * 129, "name": "a"}),
            json.dumps({"name": fresh(), "groups": ["nowhere"]}),
            json.dumps({"name": "two words"}),
            json.dumps({"name": name, "email": "ann@example.com"}),
            json.dumps({"name": fresh(), "surprise": 1}),
            "[]",
        ]
    )

    result = ask("POST", "/api/users/import", content=body, headers={"Content-Type": "application/x-ndjson"}).json()

    assert (result["created"], result["updated"]) == (1, 1)
    assert [failed["line"] for failed in result["failed"]] == [2, 4, 5, 6, 8, 9]
    shown = ask("GET", "/api/users", params={"q": name}).json()[0]
    assert (shown["groups"], shown["email"]) == ([group], "ann@example.com")


def test_imports_are_bounded(ask: Ask) -> None:
    line = json.dumps({"name": "x", "subject": "s"}) + "\n"

    problem(ask("POST", "/api/users/import", content=line * 1001), 422, "invalid", "body")
    problem(ask("POST", "/api/users/import", content=b" " * 1_048_577), 413, "too_large")
    problem(ask("POST", "/api/users", content=b" " * 65_537), 413, "too_large")
    problem(ask("POST", "/api/users/import", content=b"\xff\xfe"), 400, "malformed")
