"""The shop's own tests: the same with and without notifications."""

import re

import pytest
from shop import app, create_tables, database

create_tables()


@pytest.fixture
def client():
    app.config["TESTING"] = True
    with app.test_client() as client:
        yield client


def sign_in(client, name="bob", password="shop"):
    return client.post("/login", data={"name": name, "password": password})


def test_pages_need_a_user(client):
    assert client.get("/").headers["Location"] == "/login?next=%2F"
    assert sign_in(client, password="wrong").status_code == 401
    assert sign_in(client).status_code == 303
    assert "bob" in client.get("/").text


def test_order_is_listed(client):
    sign_in(client)

    assert client.post("/orders", data={"item": "A kettle"}).status_code == 303

    assert "A kettle" in client.get("/").text


def test_errors_and_limits_are_the_shop_s_own(client):
    assert "The shop has no such page." in client.get("/nowhere").text
    sign_in(client)
    assert client.post("/orders", data={"item": "x" * 1000}).text == "An order has at most 1000 bytes."
    assert client.post("/orders", data={"item": ""}).status_code == 400


def test_headers_are_the_shop_s_own(client):
    assert set(client.get("/login").headers.keys()) <= {"Content-Type", "Content-Length", "Vary"}


def test_tables_are_the_shop_s_own(client):
    with app.app_context():
        tables = dict(database().execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    assert set(tables) == {"users", "orders"}
    assert re.findall(r"\w+ (?:INTEGER|TEXT)", tables["users"]) == ["id INTEGER", "name TEXT", "password TEXT"]
