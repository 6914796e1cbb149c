from __future__ import annotations

import errno
import socket

import pytest

from helpers.services.daemon.sockets import listening_socket


def test_where_no_port_is_free_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(_socket: socket.socket, _address: object) -> None:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(socket.socket, "bind", taken)
    with pytest.raises(OSError, match=r"no port of this machine is free\. Close what .* run the cell again"):
        listening_socket(0)


def test_a_port_that_is_taken_is_replaced_by_another() -> None:
    with listening_socket(0) as first:
        first.listen()
        with listening_socket(first.getsockname()[1]) as second:
            assert second.getsockname()[1] != first.getsockname()[1]
