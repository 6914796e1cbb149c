"""What the services know: cities from data/cities.json, how far apart they are, and an invented weather."""

from __future__ import annotations

import json
import math
import random
from functools import cache
from pathlib import Path
from typing import Any

CITIES = Path(__file__).resolve().parents[2] / "data" / "cities.json"
EARTH_RADIUS_KM = 6371.0
SKIES = ("clear", "cloudy", "rain", "wind", "fog")

City = dict[str, Any]


@cache
def cities() -> dict[str, City]:
    """Return every city by slug, most populous first."""
    return {city["slug"]: city for city in json.loads(CITIES.read_text(encoding="utf-8"))}


def distance_km(a: City, b: City) -> float:
    """Return the great-circle distance between two cities, by the haversine formula."""
    lat_a, lat_b = math.radians(a["latitude"]), math.radians(b["latitude"])
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b["longitude"] - a["longitude"]) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


@cache
def neighbours(slug: str) -> tuple[tuple[float, City], ...]:
    """Return all other cities with their distance in km, nearest first."""
    here = cities()[slug]
    others = ((distance_km(here, city), city) for city in cities().values() if city is not here)
    return tuple(sorted(others, key=lambda pair: pair[0]))


def weather(slug: str, seed: int) -> dict[str, Any]:
    """Return a weather that depends on the city and the seed only: warmer near the equator, otherwise invented."""
    city = cities()[slug]
    rng = random.Random(f"weather/{seed}/{slug}")
    warmth = 28 * math.cos(math.radians(city["latitude"])) - 2
    return {
        "city": slug,
        "temperature_c": round(rng.gauss(warmth, 4), 1),
        "wind_m_s": round(rng.weibullvariate(5, 2), 1),
        "humidity_percent": rng.randint(30, 95),
        "sky": rng.choice(SKIES),
    }
