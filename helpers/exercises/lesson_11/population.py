"""The program that 11.3 asks a test for: right in two styles, and broken in seven ways."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from helpers.exercises.mutants import Mutant

if TYPE_CHECKING:
    import aiohttp

LIMIT_S = 0.5
NOT_FOUND = 404
Program = Callable[["aiohttp.ClientSession", str], Awaitable[int | None]]


async def with_a_block(session: aiohttp.ClientSession, city: str) -> int | None:
    import aiohttp

    try:
        async with asyncio.timeout(LIMIT_S), session.get(f"/cities/{city}") as response:
            if response.status == NOT_FOUND:
                raise LookupError(city)
            response.raise_for_status()
            return int((await response.json())["population"])
    except (aiohttp.ClientError, TimeoutError):
        return None


async def with_a_client_timeout(session: aiohttp.ClientSession, city: str) -> int | None:
    import aiohttp

    limit = aiohttp.ClientTimeout(total=LIMIT_S)
    try:
        async with session.get(f"/cities/{city}", timeout=limit, raise_for_status=True) as response:
            return int((await response.json())["population"])
    except aiohttp.ClientResponseError as error:
        if error.status == NOT_FOUND:
            raise LookupError(city) from None
        return None
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError):
        return None


for _program in (with_a_block, with_a_client_timeout):
    _program.__name__ = _program.__qualname__ = "population"  # as the learner knows it
RIGHT: tuple[Program, ...] = (with_a_block, with_a_client_timeout)


def _broken(*lets_out: str, limit_s: float | None = LIMIT_S, missing_is_none: bool = False) -> Callable[[], Program]:
    """Make a program that lets these exceptions of aiohttp's out, has another limit, or hides that there is no city."""

    async def population(session: aiohttp.ClientSession, city: str) -> int | None:
        import aiohttp

        try:
            async with asyncio.timeout(limit_s), session.get(f"/cities/{city}") as response:
                if response.status == NOT_FOUND and not missing_is_none:
                    raise LookupError(city)
                response.raise_for_status()
                return int((await response.json())["population"])
        except tuple(getattr(aiohttp, name) for name in lets_out):
            raise
        except (aiohttp.ClientError, TimeoutError):
            return None

    return lambda: population


def _never_again() -> Program:
    failed = False

    async def population(session: aiohttp.ClientSession, city: str) -> int | None:
        nonlocal failed
        number = None if failed else await with_a_block(session, city)
        failed = number is None
        return number

    return population


def _always_the_first() -> Program:
    first: list[int] = []

    async def population(session: aiohttp.ClientSession, city: str) -> int | None:
        number = await with_a_block(session, city)
        if number is not None:
            first.append(number)
        return first[0] if number is not None else None

    return population


_ONE_BY_ONE = "Let the service fail in each of its ways, one by one: "
MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "status",
        _broken("ClientResponseError"),
        "raises when the service answers 503",
        f"{_ONE_BY_ONE}with a status of 503.",
    ),
    Mutant(
        "reset",
        _broken("ClientConnectionError"),
        "raises when the connection is reset",
        f'{_ONE_BY_ONE}also with "reset".',
    ),
    Mutant(
        "truncated",
        _broken("ClientPayloadError"),
        "raises when the answer is cut short",
        f'{_ONE_BY_ONE}also with "truncated".',
    ),
    Mutant(
        "no answer",
        _broken(limit_s=None),
        "waits for ever when no answer comes",
        f'{_ONE_BY_ONE}also with "no_answer".',
    ),
    Mutant(
        "missing",
        _broken(missing_is_none=True),
        "returns None for an unknown city",
        "Ask for an unknown city, and expect a LookupError.",
    ),
    Mutant(
        "never again",
        _never_again,
        "returns None for ever, once the service has failed",
        "After a failure let the service work again, and ask once more.",
    ),
    Mutant(
        "always the first",
        _always_the_first,
        "returns the first city's number, whichever city you ask for",
        "Ask for two cities, and compare both numbers.",
    ),
)
