"""Blocking code does what it does at work."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from helpers import services
from helpers.exercises.lesson_04 import bridges
from helpers.legacy import CITIES, Client, ClientClosed, NotFound, Reports, city_database, count_primes, trios
from helpers.services import HttpService
from helpers.timeline import Timeline


@pytest.fixture
def api() -> Iterator[HttpService]:
    with services.http("legacy", latency_s=0.0) as service:
        yield service


def test_it_knows_cities_their_weather_and_their_neighbours(api: HttpService) -> None:
    with Client(api.url) as client:
        assert client.city("oslo")["country"] == "Norway"
        assert client.weather("oslo")["city"] == "oslo"
        assert len(client.neighbours("oslo")) == 5


def test_it_blocks_its_thread_and_asks_one_after_another(api: HttpService) -> None:
    api.change(latency_s=0.02)
    with Client(api.url) as client:
        for slug in ("oslo", "lima", "cairo"):
            client.city(slug)
    journal = api.journal()
    assert (len(journal), journal.peak_in_flight, journal.connections) == (3, 1, 1)


def test_it_holds_no_thread_and_no_loop_of_its_own(api: HttpService) -> None:
    before = threading.active_count()
    with Client(api.url) as client:
        client.city("oslo")
        assert threading.active_count() == before


def test_an_unknown_city_is_not_found(api: HttpService) -> None:
    with Client(api.url + "/") as client, pytest.raises(NotFound, match="no city 'atlantis'"):
        client.city("atlantis")


def test_a_slug_can_not_reach_another_route(api: HttpService) -> None:
    with Client(api.url) as client, pytest.raises(NotFound):
        client.city("oslo/weather")


def test_a_failing_service_is_an_error(api: HttpService) -> None:
    api.fail_first(1, status=500)
    with Client(api.url) as client, pytest.raises(requests.HTTPError, match="500"):
        client.city("oslo")


def test_a_service_that_never_answers_is_given_up(api: HttpService) -> None:
    api.change(failure_rate=1.0, failure="no_answer")
    with Client(api.url, timeout_s=0.1) as client, pytest.raises(requests.Timeout):
        client.city("oslo")


def test_a_client_that_was_closed_asks_nothing(api: HttpService) -> None:
    with Client(api.url) as client:
        assert not client.closed
    with pytest.raises(ClientClosed, match="closed before this call"):
        client.city("oslo")
    assert len(api.journal()) == 0


def test_it_is_told_by_its_address() -> None:
    assert repr(Client("http://127.0.0.1:1/")) == "Client('http://127.0.0.1:1')"


def test_a_process_that_only_calculates_imports_no_client() -> None:
    script = "import sys, helpers.legacy; print('requests' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(("below", "count"), [(0, 0), (2, 0), (3, 1), (20, 8), (1000, 168)])
def test_primes_are_counted(below: int, count: int) -> None:
    assert count_primes(below) == count


def test_the_database_has_every_city_and_no_visit() -> None:
    cities = json.loads(CITIES.read_text(encoding="utf-8"))
    with closing(sqlite3.connect(city_database())) as database:
        stored = database.execute("SELECT slug, population FROM cities ORDER BY slug").fetchall()
        assert database.execute("SELECT * FROM visits").fetchall() == []
    assert stored == sorted((city["slug"], city["population"]) for city in cities)


def test_the_database_is_made_once() -> None:
    assert city_database() is city_database()


def test_the_database_is_gone_when_python_ends() -> None:
    script = "from helpers.legacy import city_database; print(city_database())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not Path(done.stdout.strip()).parent.exists()


def test_trios_are_counted_as_python_counts_them() -> None:
    cities = [(city["slug"], city["population"]) for city in json.loads(CITIES.read_text(encoding="utf-8"))]
    south = {city["slug"] for city in json.loads(CITIES.read_text(encoding="utf-8")) if city["latitude"] < -40}
    sums = [a + b for slug, a in cities if slug in south for other, b in cities if slug < other]
    assert trios(-40) == sum(total <= c <= total + 1000 for total in sums for _, c in cities)


async def test_those_reports_hold_the_loop_that_the_exercise_says(api: HttpService) -> None:
    reports = Reports(api.url)
    api.change(latency_s=0.1)
    city_database()
    async with Timeline("reports", blocking_s=0.02) as timeline:
        for name in bridges.REFERENCE:
            await asyncio.create_task(getattr(reports, name)(), name=name)
    held = {blocking.lane for blocking in timeline.blockings}
    assert held >= {name for name, bridge in bridges.REFERENCE.items() if bridge != "nothing"}
