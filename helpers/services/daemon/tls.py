"""TLS with certificates of an authority that nobody else trusts, and that ends with this process."""

from __future__ import annotations

import asyncio.sslproto
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import trustme

HERE = ("localhost", "127.0.0.1", "::1")
ELSEWHERE = "other.example"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
HANDSHAKE_LIMIT_S = 5.0
BUFFER = 16 * 1024  # a TLS record; asyncio's 256 KiB for each connection made it 285 KiB a connection instead of 45


class TlsProtocol(asyncio.sslproto.SSLProtocol):
    """asyncio's TLS, with a smaller buffer, and word of a handshake that failed: to the client and in the journal."""

    max_size = BUFFER

    _process_outgoing: Callable[[], None]

    def _on_handshake_complete(self, handshake_exc: BaseException | None) -> None:
        if handshake_exc is not None:
            app: Any = self._app_protocol
            why, left = "the client left", True
            if isinstance(handshake_exc, ssl.SSLError):
                self._process_outgoing()  # the alert that says why: asyncio would leave it unsent
                why = handshake_exc.reason or "not TLS"
                left = "ALERT" in why
            app.listener.handshake_failed(why, left=left)
        super()._on_handshake_complete(handshake_exc)


asyncio.sslproto.SSLProtocol = TlsProtocol  # type: ignore[misc]  # the event loop has no parameter for it


@cache
def _authority(name: str) -> trustme.CA:
    return trustme.CA(organization_name=name)


def authority_pem() -> str:
    """Return the certificate of the authority that clients are to trust."""
    return _authority("Asyncio, Measured").cert_pem.bytes().decode()


@cache
def context(certificate: str) -> ssl.SSLContext:
    """Return what a server shows its clients: a certificate that is "valid", or what is wrong with it."""
    authority = _authority("Nobody You Know" if certificate == "unknown" else "Asyncio, Measured")
    names = (ELSEWHERE,) if certificate == "other name" else HERE
    dates: dict[str, Any] = {}
    if certificate == "expired":
        dates["not_before"], dates["not_after"] = LONG_AGO
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **dates).configure_cert(shown)
    return shown
