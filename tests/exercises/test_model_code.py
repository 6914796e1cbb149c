"""Reference solutions of 09 survive what their checks do not do to an answer: people paste them into programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.exercises.lesson_09.shutdown import serve

LONG_S = 10.0


def served(visit: Callable[[int, asyncio.Event], Awaitable[Any]], work: Callable[[bytes], Awaitable[bytes]]) -> Any:
    """Run the server of 9.3 while it is visited, and return what the visit does."""

    async def day() -> Any:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        stop = asyncio.Event()
        async with asyncio.timeout(LONG_S), asyncio.TaskGroup() as group:
            group.create_task(serve(work, stop, port.set_result))
            try:
                return await visit(await port, stop)
            finally:
                stop.set()

    return asyncio.run(day())


async def upper(line: bytes) -> bytes:
    await asyncio.sleep(0.01)
    return line.upper()


async def asked(port: int, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(line)
    answer = await reader.readline()
    writer.close()
    return answer


def test_a_client_that_leaves_in_the_middle_costs_the_others_nothing() -> None:
    async def visit(port: int, stop: asyncio.Event) -> bytes:
        for _ in range(5):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"one\ntwo\nthree\n")
            await asyncio.sleep(0.02)
            writer.transport.abort()
        await asyncio.sleep(0.1)
        return await asked(port, b"still there\n")

    assert served(visit, upper) == b"STILL THERE\n"


def test_an_answer_that_fails_costs_its_own_client_the_connection_and_nobody_else() -> None:
    async def picky(line: bytes) -> bytes:
        if line == b"zero\n":
            raise ZeroDivisionError
        return await upper(line)

    async def visit(port: int, stop: asyncio.Event) -> tuple[bytes, bytes]:
        return await asked(port, b"zero\n"), await asked(port, b"one\n")

    assert served(visit, picky) == (b"", b"ONE\n")


def test_half_a_line_is_no_question() -> None:
    lines = []

    async def work(line: bytes) -> bytes:
        lines.append(line)
        return line

    async def visit(port: int, stop: asyncio.Event) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"transfer 1\ntransfer 100")
        await reader.readline()
        stop.set()
        rest = await reader.read()
        writer.close()
        return rest

    assert served(visit, work) == b""
    assert lines == [b"transfer 1\n"]


def test_a_line_without_an_end_costs_its_own_client_the_connection_and_nobody_else() -> None:
    async def visit(port: int, stop: asyncio.Event) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * 1_000_000)
        await asyncio.wait([asyncio.ensure_future(reader.read())])
        writer.close()
        return await asked(port, b"one\n")

    assert served(visit, upper) == b"ONE\n"
