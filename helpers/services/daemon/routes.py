"""The JSON API of world cities: which answer belongs to a method, a path and a query."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from helpers.services import world

MOST_BYTES = 1_000_000_000
LONGEST_KEPT = 200  # characters of a target whose answer is kept
OWN_CONDITIONS = "any request may bring its own: ?latency_s=0.2, ?failure_rate=0.5, ?failure=500"

Query = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """A status and a body; or, for a download, how many bytes to stream."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    download: int | None = None


@dataclass(frozen=True)
class Route:
    """A path with its methods, and what it is for."""

    path: str
    about: str
    handler: Callable[..., Answer]
    methods: tuple[str, ...] = ("GET", "HEAD")

    def match(self, path: str) -> dict[str, str] | None:
        """Return the path's variables, or None when this is not its route."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return {name: unquote(text) for name, text in found.groupdict().items()} if found else None


class BadQuery(ValueError):
    """A query parameter that can't be used; the message says which, what it got and what it takes."""


def as_json(status: int, content: Any, *headers: tuple[str, str]) -> Answer:
    """Return an answer that carries this content."""
    return Answer(status, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"), headers)


def problem(status: int, error: str, *headers: tuple[str, str], **more: Any) -> Answer:
    """Return an answer that says what was wrong."""
    return as_json(status, {"error": error, **more}, *headers)


def split(target: str) -> tuple[str, Query]:
    """Return the path and the query of a request's target.

    Letters that need no percent sign lose it: `/%63ities` is `/cities` (RFC 3986, 6.2.2.2).
    """
    path, _, query = target.partition("?")
    return _ENCODED.sub(_unreserved, path), dict(parse_qsl(query, keep_blank_values=True))


_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


def _unreserved(found: re.Match[str]) -> str:
    letter = chr(int(found[0][1:], 16))
    return letter if letter.isascii() and (letter.isalnum() or letter in "-._~") else found[0]


def is_echo(target: str) -> bool:
    """Return whether the answer depends on more than method and target."""
    return split(target)[0] == "/echo"


_OWN = {"latency_s": float, "failure_rate": float, "failure": lambda text: int(text) if text.isdigit() else text}


def own_conditions(target: str) -> dict[str, object]:
    """Return the conditions that a request brings in its query: latency_s, failure_rate, failure.

    Raises:
        ValueError: when one is no number; ranges are checked where they are applied.
    """
    if "?" not in target:
        return {}
    query = split(target)[1]
    own: dict[str, object] = {}
    for name in _OWN.keys() & query.keys():
        try:
            own[name] = _OWN[name](query[name])
        except ValueError:
            raise ValueError(f"{name} must be a number, got {query[name]!r}") from None
    return own


def find(method: str, target: str, seed: int) -> Answer:
    """Return the answer to a request that carries no body."""
    look = _find if len(target) <= LONGEST_KEPT else _find.__wrapped__
    return look(method, target, seed)


@lru_cache(maxsize=1024)  # an answer has up to 20 kB
def _find(method: str, target: str, seed: int) -> Answer:
    path, query = split(target)
    for route in ROUTES:
        variables = route.match(path)
        if variables is None:
            continue
        if method not in route.methods:
            allowed = ", ".join(route.methods)
            return problem(405, f"{route.path} takes {allowed}, not {method}", ("Allow", allowed))
        try:
            return route.handler(query=query, seed=seed, **variables)
        except BadQuery as error:
            return problem(400, str(error))
    return problem(404, f"nothing at {path}; see routes", routes=_listing())


def whole(query: Query, name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number from the query.

    Raises:
        BadQuery: when it is none, or out of range.
    """
    text = query.get(name, str(default))
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII) or not least <= int(text) <= most:
        raise BadQuery(f"{name} must be a whole number from {least} to {most}, got {text!r}")
    return int(text)


def _index(*, query: Query, seed: int) -> Answer:
    return as_json(200, {"routes": _listing(), "conditions": OWN_CONDITIONS})


def _list(*, query: Query, seed: int) -> Answer:
    cities = list(world.cities().values())
    limit = whole(query, "limit", 20, least=1, most=100)
    offset = whole(query, "offset", 0, least=0, most=1_000_000)
    behind = offset + limit
    following = f"/cities?limit={limit}&offset={behind}" if behind < len(cities) else None
    page = {"total": len(cities), "limit": limit, "offset": offset, "next": following, "items": cities[offset:behind]}
    return as_json(200, page)


def _city(*, slug: str, query: Query, seed: int) -> Answer:
    return _known(slug) or as_json(200, world.cities()[slug])


def _weather(*, slug: str, query: Query, seed: int) -> Answer:
    return _known(slug) or as_json(200, world.weather(slug, seed))


def _neighbours(*, slug: str, query: Query, seed: int) -> Answer:
    if missing := _known(slug):
        return missing
    limit = whole(query, "limit", 5, least=1, most=100)
    nearest = [
        {"slug": city["slug"], "name": city["name"], "distance_km": round(km, 1)}
        for km, city in world.neighbours(slug)[:limit]
    ]
    return as_json(200, {"city": slug, "neighbours": nearest})


def _download(*, query: Query, seed: int) -> Answer:
    return Answer(200, download=whole(query, "bytes", 1_000_000, least=0, most=MOST_BYTES))


def _echo(*, query: Query, seed: int) -> Answer:
    return as_json(200, {"query": query})  # the protocol adds method, headers and body


def _known(slug: str) -> Answer | None:
    if slug in world.cities():
        return None
    nearest = difflib.get_close_matches(slug, world.cities(), n=3)
    return problem(404, f"no city {slug!r}; /cities lists them all", nearest=nearest)


def _listing() -> list[dict[str, Any]]:
    return [{"path": route.path, "methods": list(route.methods), "about": route.about} for route in ROUTES]


ROUTES = (
    Route("/", "this list", _index),
    Route("/cities", "all cities, ?limit= of them from ?offset= on, with a link to the next page", _list),
    Route("/cities/{slug}", "one city", _city),
    Route("/cities/{slug}/weather", "its weather, invented from the service's seed", _weather),
    Route("/cities/{slug}/neighbours", "the ?limit= cities nearest to it", _neighbours),
    Route("/download", "a stream of so many ?bytes=", _download),
    Route("/echo", "what you sent", _echo, ("GET", "HEAD", "POST")),
)
