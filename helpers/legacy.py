"""Blocking code, as learners meet it at work: written before asyncio, and not theirs to change.

>>> api = services.http("weather")
>>> with Client(api.url) as client:
...     print(client.weather("oslo")["temperature_c"])
6.0

`Client` asks a service over HTTP, `city_database` is a real SQLite file, `count_primes` only calculates. `Reports` is a
library that calls itself asynchronous, and is so in parts.

`requests` is imported by the first `Client`: a worker process that calculates does without it (0.1 s).
"""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import sqlite3
import tempfile
from contextlib import closing
from math import isqrt
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from helpers import _scratch

CITIES = Path(__file__).resolve().parents[1] / "data" / "cities.json"


class NotFound(LookupError):
    """There is no such city."""


class ClientClosed(RuntimeError):
    """A client was asked after it had been closed."""


class Client:
    """Asks a service for cities, one blocking call each, on one `requests.Session` (which is not for several threads).

    Args:
        base_url: of the service, as `HttpService.url` has it.
        timeout_s: how long to wait for a connection, and between any two reads.

    Attributes:
        closed: whether it was closed; it can't be used after that.

    Every method raises `NotFound` for an unknown city, `ClientClosed` after `close`, and `requests.RequestException`
    when the service fails.
    """

    def __init__(self, base_url: str, *, timeout_s: float = 10.0) -> None:
        import requests

        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self.closed = False
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy set in the environment must not see what is meant for this machine

    def city(self, slug: str) -> dict[str, Any]:
        """Return a city's country, coordinates, time zone and population."""
        return self._get(f"/cities/{quote(slug, safe='')}")

    def weather(self, slug: str) -> dict[str, Any]:
        """Return a city's temperature in °C, wind in m/s, humidity in percent, and sky."""
        return self._get(f"/cities/{quote(slug, safe='')}/weather")

    def neighbours(self, slug: str) -> list[dict[str, Any]]:
        """Return the five cities nearest to this one, nearest first, with their distance in km."""
        nearest: list[dict[str, Any]] = self._get(f"/cities/{quote(slug, safe='')}/neighbours")["neighbours"]
        return nearest

    def close(self) -> None:
        """Close the connection. The client can't be used after that."""
        self.closed = True
        self._session.close()

    def _get(self, path: str) -> dict[str, Any]:
        if self.closed:
            raise ClientClosed(f"{self!r} was closed before this call")
        with self._session.get(self._base_url + path, timeout=self._timeout_s) as response:
            if response.status_code == 404:
                raise NotFound(response.json()["error"])
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
            return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._base_url!r})"


def count_primes(below: int) -> int:
    """Count the prime numbers below a number, the slow way, in pure Python: nothing but work.

    >>> count_primes(20)
    8
    """
    return sum(all(n % divisor for divisor in range(2, isqrt(n) + 1)) for n in range(2, below))


@functools.cache
def city_database() -> Path:
    """Return the path of a SQLite database of the world's cities, made at first use and removed when Python ends.

    The table `cities` has the columns slug, name, country, country_code, latitude, longitude, time_zone, population and
    geoname_id; the table `visits` has one, city, and is empty.
    """
    path = _scratch.folder() / "cities.sqlite3"
    cities = json.loads(CITIES.read_text(encoding="utf-8"))
    columns = list(cities[0])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE cities ({', '.join(columns)}, PRIMARY KEY (slug))")
        database.executemany(f"INSERT INTO cities VALUES ({', '.join(f':{name}' for name in columns)})", cities)
        database.execute("CREATE TABLE visits (city)")
    return path


TRIOS = """
SELECT count(*) FROM cities a, cities b, cities c
WHERE a.latitude < ? AND a.slug < b.slug
  AND c.population BETWEEN a.population + b.population AND a.population + b.population + 1000
"""


SOUTH = -15.0
"""The latitude that `trios` asks SQLite about."""


def trios(latitude: float = SOUTH) -> int:
    """Count the trios in which one city has as many people as two others together, to within a thousand; one of
    the two lies south of a latitude.

    Asks SQLite on a connection of its own. It takes a tenth of a second or so, and blocks so long.
    """
    with closing(sqlite3.connect(city_database())) as database:
        ((count,),) = database.execute(TRIOS, (latitude,))
    return int(count)


class Reports:
    """A library that calls itself asynchronous: all its methods are `async def`. Not all keep what that promises.

    Args:
        base_url: of the service, as `HttpService.url` has it.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def announce(self) -> str:
        """Wait a moment, then say that the report is ready."""
        await asyncio.sleep(0.1)
        return "ready"

    async def download(self) -> float:
        """Ask the service how warm it is in Oslo."""
        with Client(self._base_url) as client:
            return float(client.weather("oslo")["temperature_c"])

    async def look_up(self) -> int:
        """Find the addresses of the name localhost, and return how many there are."""
        addresses = await asyncio.get_running_loop().getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
        return len(addresses)

    async def query(self) -> int:
        """Ask the database."""
        await asyncio.sleep(0)
        return trios(-5.0)

    async def summarise(self) -> int:
        """Calculate."""
        await asyncio.sleep(0)
        return count_primes(80_000)

    async def export(self) -> int:
        """Write the report to a file, and return its length in bytes."""
        return await asyncio.to_thread(_write_report)


def _write_report() -> int:
    with tempfile.TemporaryFile() as file:
        return file.write(CITIES.read_bytes())
