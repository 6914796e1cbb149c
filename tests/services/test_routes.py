"""The routes know the world's cities, and what is none of theirs."""

from __future__ import annotations

import json
import re
from typing import Any
from zoneinfo import available_timezones

import pytest

from helpers.services import world
from helpers.services.daemon import routes


def get(target: str, method: str = "GET", seed: int = 0) -> tuple[int, Any]:
    answer = routes.find(method, target, seed)
    return answer.status, json.loads(answer.body)


def test_the_root_lists_every_route() -> None:
    status, content = get("/")
    assert status == 200
    assert [route["path"] for route in content["routes"]] == [route.path for route in routes.ROUTES]


def test_there_are_at_least_a_hundred_cities_in_clean_slugs() -> None:
    slugs = list(world.cities())
    assert len(slugs) >= 100
    assert [slug for slug in slugs if not re.fullmatch(r"[a-z][a-z-]*[a-z]", slug)] == []


@pytest.mark.parametrize(
    "slug", ["oslo", "lima", "cairo", "quito", "delhi", "tokyo", "paris", "accra", "hanoi", "perth", "bergen"]
)
def test_the_cities_of_the_lessons_are_there(slug: str) -> None:
    assert get(f"/cities/{slug}")[0] == 200


def test_every_city_has_real_coordinates_a_time_zone_and_people() -> None:
    zones = available_timezones()
    for city in world.cities().values():
        assert -90 <= city["latitude"] <= 90
        assert -180 <= city["longitude"] <= 180
        assert city["time_zone"] in zones
        assert city["population"] >= 1000


def test_following_the_pages_gives_every_city_once() -> None:
    found, target = [], "/cities?limit=50"
    while target:
        _, page = get(target)
        found += [city["slug"] for city in page["items"]]
        target = page["next"]
    assert found == list(world.cities())


def test_the_distance_from_oslo_to_bergen_is_the_one_on_the_map() -> None:
    oslo, bergen = (world.cities()[slug] for slug in ("oslo", "bergen"))
    assert world.distance_km(oslo, bergen) == pytest.approx(305, abs=3)


def test_neighbours_come_nearest_first() -> None:
    _, content = get("/cities/oslo/neighbours?limit=10")
    distances = [neighbour["distance_km"] for neighbour in content["neighbours"]]
    assert (len(distances), distances) == (10, sorted(distances))


def test_the_weather_is_the_same_for_the_same_seed_only() -> None:
    assert get("/cities/oslo/weather", seed=1) == get("/cities/oslo/weather", seed=1)
    assert get("/cities/oslo/weather", seed=1) != get("/cities/oslo/weather", seed=2)


def test_atlantis_is_not_found_and_says_where_to_look() -> None:
    status, content = get("/cities/atlantis")
    assert status == 404
    assert content["error"] == "no city 'atlantis'; /cities lists them all"


def test_a_misspelt_city_gets_the_nearest_names() -> None:
    assert "bergen" in get("/cities/bergn/weather")[1]["nearest"]


def test_an_unknown_path_is_not_found_and_lists_the_routes() -> None:
    status, content = get("/towns")
    assert status == 404
    assert "/cities/{slug}" in [route["path"] for route in content["routes"]]


def test_a_wrong_method_is_told_which_are_right() -> None:
    answer = routes.find("DELETE", "/cities/oslo", 0)
    assert (answer.status, answer.headers) == (405, (("Allow", "GET, HEAD"),))


@pytest.mark.parametrize("target", ["/cities?limit=0", "/cities?limit=x", "/cities?offset=-1", "/download?bytes=1e9"])
def test_a_wrong_number_in_the_query_is_told_its_name_and_range(target: str) -> None:
    status, content = get(target)
    assert status == 400
    assert re.match(r"(limit|offset|bytes) must be a whole number from \d+ to \d+, got ", content["error"])
