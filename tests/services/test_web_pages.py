"""A web page from elsewhere, open in the learner's browser, gets nothing from a service."""

from __future__ import annotations

import asyncio

import pytest

from helpers import services
from helpers.services import Service
from tests.services.conftest import Opened, exchange

HERE = "Host: 127.0.0.1"
FETCH = "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\nSec-Fetch-Site: "
FOLLOWED = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: "
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
KINDS = {
    "http": (services.http, "/cities/oslo", "Connection: close\r\n", 200),
    "sse": (services.sse, "/events", "", 200),
    "websocket": (services.websocket, "/", UPGRADE, 101),
}


async def ask(opened: Opened, kind: str, *headers: str) -> tuple[bool, Service, bytes]:
    """Ask a service of this kind; return whether it did what it is there for, the service, and its first words."""
    function, path, more, status = KINDS[kind]
    service: Service = opened(function)
    reader, writer = await asyncio.open_connection(*service.address)
    writer.write(f"GET {path} HTTP/1.1\r\n{more}{''.join(line + chr(13) + chr(10) for line in headers)}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return head.startswith(b"HTTP/1.1 %d " % status), service, head


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "headers",
    [
        ("Host: rebound.example",),  # its name was made to mean this machine (DNS rebinding)
        ("Host: 127.0.0.1.evil.example:8000",),
        ("Host: localhost.evil.example",),
        (HERE, "Origin: https://evil.example"),
        (HERE, "Origin: http://localhost.evil.example"),
        (HERE, "Origin: null"),  # a page in a sandbox, or a file
        (HERE, "Origin: http://127.0.0.1@evil.example"),
        (HERE, "Origin: http://localhost", "Origin: https://evil.example"),
        (HERE, FETCH + "cross-site"),
        (HERE, FOLLOWED + "iframe"),
    ],
    ids=lambda headers: headers[-1].replace("\r\n", ", "),
)
async def test_a_page_from_elsewhere_is_refused(opened: Opened, kind: str, headers: tuple[str, ...]) -> None:
    answered, service, head = await ask(opened, kind, *headers)
    assert not answered
    assert head.startswith(b"HTTP/1.1 403 ")
    assert b"access-control" not in head.lower()
    (entry,) = service.journal()
    assert (entry.outcome, entry.admitted_ns) == ("refused", None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "headers",
    [
        (HERE,),
        (HERE, "Origin: http://127.0.0.1:8888"),
        (HERE, "Origin: http://localhost:8888"),
        (HERE, "Origin: https://[::1]:8888"),
        (HERE, FETCH + "same-site"),
        (HERE, FOLLOWED + "document"),  # a link in a notebook that is open at http://localhost
    ],
    ids=lambda headers: headers[-1].replace("\r\n", ", "),
)
async def test_programs_and_pages_of_this_machine_are_served(
    opened: Opened, kind: str, headers: tuple[str, ...]
) -> None:
    assert (await ask(opened, kind, *headers))[0]


async def test_no_answer_lets_a_page_of_another_origin_read_it(opened: Opened) -> None:
    _, _, head = await ask(opened, "http", HERE, "Origin: http://localhost:8888")
    assert b"access-control" not in head.lower()


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT"])
async def test_what_a_page_from_elsewhere_wants_to_send_is_refused(opened: Opened, method: str) -> None:
    sent = f"{method} /echo HTTP/1.1\r\n{HERE}\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\n\r\n".encode()
    received = await asyncio.to_thread(exchange, opened(services.http), sent)
    assert received.startswith(b"HTTP/1.1 403 ")
