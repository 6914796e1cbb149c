"""TLS that clients verify, and certificates that they must refuse."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import aiohttp
import pytest
import requests

from helpers import services
from helpers.services import HttpsService
from helpers.services.tls import Certificate
from tests.services.conftest import Opened, eventually, exchange

REFUSALS: list[tuple[Certificate, str]] = [
    ("other name", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ("expired", "certificate has expired"),
    ("unknown", "unable to get local issuer certificate"),
]


@pytest.fixture(scope="module")
def vault() -> Any:
    """An HTTPS service with a certificate that is good."""
    with services.https("test-vault", latency_s=0.0) as service:
        yield service


async def test_a_client_that_verifies_is_served(vault: HttpsService, session: aiohttp.ClientSession) -> None:
    assert vault.url.startswith("https://127.0.0.1:")
    assert vault.ssl_context.verify_mode == ssl.CERT_REQUIRED
    for host in ("127.0.0.1", "localhost"):
        url = f"https://{host}:{vault.port}/cities/oslo"
        async with session.get(url, ssl=vault.ssl_context) as response:
            assert (await response.json())["name"] == "Oslo"


async def test_a_client_that_does_not_know_the_authority_refuses(
    vault: HttpsService, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await session.get(f"{vault.url}/cities/oslo")


@pytest.mark.parametrize(("certificate", "why"), REFUSALS)
async def test_a_bad_certificate_is_refused_for_its_own_reason(
    opened: Opened, session: aiohttp.ClientSession, certificate: Certificate, why: str
) -> None:
    api = opened(services.https, certificate=certificate)
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match=why):
        await session.get(api.url, ssl=api.ssl_context)


@pytest.mark.parametrize(("certificate", "why"), REFUSALS)
async def test_a_bad_certificate_is_refused_by_streams(opened: Opened, certificate: Certificate, why: str) -> None:
    line = opened(services.tcp, tls=True, certificate=certificate)
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        await asyncio.open_connection(*line.address, ssl=line.ssl_context)


async def test_lines_go_over_tls(opened: Opened) -> None:
    line = opened(services.tcp, tls=True, framing="length")
    assert line.url.startswith("tls://")
    reader, writer = await asyncio.open_connection(*line.address, ssl=line.ssl_context)
    message = (500_000).to_bytes(4, "big") + bytes(500_000)
    writer.write(message)
    assert await reader.readexactly(len(message)) == message
    writer.close()
    await writer.wait_closed()
    assert line.journal().outcomes == {"ok": 1}


async def test_a_websocket_goes_over_tls(opened: Opened, session: aiohttp.ClientSession) -> None:
    chat = opened(services.websocket, tls=True)
    async with session.ws_connect(chat.url, ssl=chat.ssl_context) as connection:
        await connection.send_str("hello")
        assert await connection.receive_str() == "hello"
        plain = connection.get_extra_info("socket")
    await eventually(lambda: plain.fileno() < 0)  # aiohttp leaves the end of TLS to the loop
    assert chat.url.startswith("wss://")


def test_a_synchronous_client_verifies_as_well(vault: HttpsService, tmp_path: Any) -> None:
    trusted = tmp_path / "authority.pem"
    trusted.write_text(vault.authority or "")
    assert requests.get(f"{vault.url}/cities/oslo", verify=str(trusted), timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP_REQUEST"),
        (b"\x16\x03\x01\x00\x05hello", "UNEXPECTED_MESSAGE|UNSUPPORTED_PROTOCOL|LENGTH|INTERNAL_ERROR|UNKNOWN"),
        (bytes(range(256)) * 100, "WRONG_VERSION_NUMBER|PACKET_LENGTH|UNKNOWN_PROTOCOL"),
    ],
    ids=["plain HTTP", "a broken hello", "garbage"],
)
async def test_what_is_no_tls_is_ended_and_hurts_nobody(
    opened: Opened, session: aiohttp.ClientSession, sent: bytes, why: str
) -> None:
    api = opened(services.https, latency_s=0.0)
    async with session.get(f"{api.url}/cities/oslo", ssl=api.ssl_context) as response:
        assert response.status == 200
    assert len(await asyncio.to_thread(exchange, api, sent)) <= 7  # an alert at the most
    async with session.get(f"{api.url}/cities/oslo", ssl=api.ssl_context) as response:
        assert response.status == 200
    entries = api.journal().entries
    assert [(entry.method, entry.outcome) for entry in entries] == [("GET", "ok"), ("TLS", "refused"), ("GET", "ok")]
    assert entries[0].connection == entries[2].connection
    assert any(reason in entries[1].path for reason in why.split("|")), entries[1].path


async def test_a_client_that_leaves_in_the_handshake_is_in_the_journal(opened: Opened) -> None:
    api = opened(services.https)
    with socket.create_connection(api.address) as connection:
        connection.sendall(b"\x16\x03\x01")
    await eventually(lambda: [(e.method, e.outcome) for e in api.journal()] == [("TLS", "aborted")])
    assert api.journal().open_connections == 0


def test_a_client_that_says_why_it_left_is_heard(opened: Opened) -> None:
    api = opened(services.https, certificate="unknown")
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(api.url, timeout=10)
    (entry,) = api.journal()
    assert (entry.method, entry.path, entry.outcome) == ("TLS", "TLSV1_ALERT_UNKNOWN_CA", "aborted")


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"certificate": "expired"}, ValueError, r"certificate='expired' needs tls=True"),
        (
            {"tls": True, "certificate": "old"},
            ValueError,
            r"certificate must be one of 'valid', 'other name'.*got 'old'",
        ),
        ({"tls": "yes"}, TypeError, r"tls must be True or False, got 'yes'"),
    ],
)
def test_a_wrong_argument_is_refused_in_the_kernel(wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        services.tcp("wrong", **wrong)


def test_a_service_without_tls_has_nothing_to_verify(opened: Opened) -> None:
    assert opened(services.tcp).ssl_context is None
