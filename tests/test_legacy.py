"""The blocking client does what a client met at work does."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from helpers import services
from helpers.legacy import Client, NotFound
from helpers.services import HttpService


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


def test_it_is_told_by_its_address() -> None:
    assert repr(Client("http://127.0.0.1:1/")) == "Client('http://127.0.0.1:1')"
