"""The servers that other tests lean on."""

import psycopg
import pytest
from playwright.sync_api import Browser
from sqlalchemy import make_url

from tests.servers import PostgreSQL


def connect(address: str) -> psycopg.Connection:
    url = make_url(address)
    return psycopg.connect(host=str(url.query["host"]), user=url.username, dbname=url.database)


@pytest.mark.postgresql
def test_a_copied_database_brings_its_rows_and_is_alone(postgresql: PostgreSQL, postgresql_url: str) -> None:
    """Wrong if tests saw each other's rows, or if a copy lost the schema of its template."""
    with connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE councils (name text)")
        connection.execute("INSERT INTO councils VALUES ('Midthorpe')")
    copy = postgresql.new_database(template=str(make_url(postgresql_url).database))
    with connect(copy) as connection:
        connection.execute("DELETE FROM councils")
    with connect(postgresql_url) as connection:
        assert connection.execute("SELECT name FROM councils").fetchall() == [("Midthorpe",)]
    postgresql.drop_database(copy)


@pytest.mark.browser
def test_the_browser_is_driven_and_axe_finds_a_nameless_button(browser: Browser, axe_script: str) -> None:
    """Wrong if journeys ran without a browser, or if axe were loaded but blind."""
    page = browser.new_page()
    page.set_content(
        "<!doctype html><html lang=en><title>Door</title><main><h1>Door</h1><button></button></main>"
    )
    page.evaluate(axe_script)
    found = page.evaluate("async () => (await axe.run()).violations.map(each => each.id)")
    page.close()
    assert found == ["button-name"]
