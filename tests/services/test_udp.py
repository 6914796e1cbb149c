"""What a client sees of a UDP service, and what the journal says of it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from helpers import services
from helpers.services import UdpService, Uniform
from tests.services.conftest import Opened, eventually


class Client(asyncio.DatagramProtocol):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.append(data)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client that is connected to nobody."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Client, local_addr=("127.0.0.1", 0))
    yield protocol
    transport.close()
    await asyncio.sleep(0)


def udp(opened: Opened, **arguments: Any) -> UdpService:
    service: UdpService = opened(services.udp, **arguments)
    return service


async def test_each_datagram_is_answered_with_itself(opened: Opened, client: Client) -> None:
    drops = udp(opened)
    for data in (b"one", b"two", bytes(1400)):
        client.transport.sendto(data, drops.address)
    await eventually(lambda: len(client.received) == 3)
    assert client.received == [b"one", b"two", bytes(1400)]
    journal = drops.journal()
    assert {(entry.method, entry.outcome) for entry in journal} == {("DATAGRAM", "ok")}
    assert (journal.connections, repr(journal).split(": ")[1][:11]) == (1, "3 datagrams")


async def test_an_empty_datagram_is_answered_with_an_empty_one(opened: Opened) -> None:
    echo = udp(opened)

    def ask() -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.sendto(b"", echo.address)
            return client.recv(100)

    assert await asyncio.to_thread(ask) == b""


async def test_the_same_datagrams_are_lost_whatever_their_order(opened: Opened, client: Client) -> None:
    async def lost(texts: list[bytes]) -> set[str]:
        drops = udp(opened, loss_rate=0.3, seed=7)
        for text in texts:
            client.transport.sendto(text, drops.address)
        await eventually(lambda: len(drops.journal()) == len(texts))
        return {entry.path for entry in drops.journal() if entry.outcome == "lost"}

    texts = [b"%d" % i for i in range(100)]
    first = await lost(texts)
    assert 15 < len(first) < 45
    assert await lost(texts[::-1]) == first
    await eventually(lambda: len(client.received) == 2 * (100 - len(first)))


async def test_a_datagram_with_less_latency_overtakes(opened: Opened, client: Client) -> None:
    drops = udp(opened, latency_s=Uniform(0, 0.05))
    texts = [b"%d" % i for i in range(50)]
    began = time.perf_counter()
    for text in texts:
        client.transport.sendto(text, drops.address)
    await eventually(lambda: len(client.received) == 50)
    assert time.perf_counter() - began >= 0.03
    assert sorted(client.received) == sorted(texts)
    assert client.received != texts


async def test_answers_keep_to_the_bandwidth(opened: Opened, client: Client) -> None:
    drops = udp(opened, bytes_per_s=100_000)
    began = time.perf_counter()
    for _ in range(10):
        client.transport.sendto(bytes(1000), drops.address)
    await eventually(lambda: len(client.received) == 10)
    assert time.perf_counter() - began >= 0.1


async def test_in_an_outage_every_datagram_is_lost(opened: Opened, client: Client) -> None:
    drops = udp(opened)
    drops.outage(duration_s=60)
    client.transport.sendto(b"hello?", drops.address)
    await eventually(lambda: drops.journal().outcomes == {"lost": 1})
    drops.outage(duration_s=0)
    client.transport.sendto(b"hello!", drops.address)
    await eventually(lambda: client.received == [b"hello!"])


async def test_a_client_that_is_gone_when_its_answer_comes_hurts_nobody(opened: Opened, client: Client) -> None:
    drops = udp(opened, latency_s=0.02)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.sendto(b"hello", drops.address)
    client.transport.sendto(b"hello", drops.address)
    await eventually(lambda: client.received == [b"hello"])
    client.transport.sendto(b"again", drops.address)
    await eventually(lambda: client.received == [b"hello", b"again"])


def test_a_datagram_of_any_size_that_fits_is_answered(opened: Opened) -> None:
    drops = udp(opened)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.settimeout(10)
        plain.sendto(bytes(65_507), drops.address)
        assert plain.recv(65_536) == bytes(65_507)


def test_another_of_the_same_name_keeps_the_port(opened: Opened) -> None:
    old = udp(opened)
    with services.udp(old.name) as new:
        assert new.address == old.address
        assert len(new.journal()) == 0


@pytest.mark.parametrize("name", ["capacity", "admission_limit", "rate_per_s", "burst", "failure_rate", "failure"])
def test_what_makes_no_sense_for_datagrams_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(TypeError, match=rf"services.udp\(\) does not take {name}: a datagram .*It takes: bytes_per_s"):
        services.udp("wrong", **{name: 1})  # type: ignore[arg-type]  # what it refuses has no type
