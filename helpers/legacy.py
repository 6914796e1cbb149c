"""A blocking client library, as learners meet it at work: written before asyncio, and not theirs to change.

>>> with Client(api.url) as client:                 # doctest: +SKIP
...     client.weather("oslo")["temperature_c"]
6.0
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import requests


class NotFound(LookupError):
    """There is no such city."""


class Client:
    """Asks a service for cities, one blocking call each, on one `requests.Session` (which is not for several threads).

    Args:
        base_url: of the service, as `HttpService.url` has it.
        timeout_s: how long to wait for a connection, and between any two reads.

    Every method raises `NotFound` for an unknown city and `requests.RequestException` when the service fails.
    """

    def __init__(self, base_url: str, *, timeout_s: float = 10.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
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
        self._session.close()

    def _get(self, path: str) -> dict[str, Any]:
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
