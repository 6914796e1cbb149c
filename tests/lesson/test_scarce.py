"""A program with few files, and clients from another process."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from helpers.lesson.scarce import files_for, visitors

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of files")


@pytest.mark.parametrize("n", [1, 20])
async def test_as_many_files_can_be_opened_and_not_one_more(n: int) -> None:
    opened: list[int] = []
    with files_for(n):
        try:
            while len(opened) <= n:
                opened.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        finally:
            for one in opened:
                os.close(one)
    assert len(opened) == n


async def test_the_limit_and_the_exception_handler_come_back() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with files_for(3):
        assert resource.getrlimit(resource.RLIMIT_NOFILE) != before
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
    assert asyncio.get_running_loop().get_exception_handler() is None


async def test_a_server_without_files_answers_those_it_has_files_for_and_refuses_nobody() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server, visitors(15) as come:
        with files_for(5) as told:
            assert await come(server.sockets[0].getsockname()) == (0, 5)
        assert told[0] == "socket.accept() out of system resource"
        await asyncio.sleep(1.2)  # the server tries again


async def test_visitors_who_find_nobody_say_so() -> None:
    async with visitors(3) as come:
        assert await come(("127.0.0.1", 1)) == (3, 0)
