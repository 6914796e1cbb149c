"""pytest-httpserver, threaded, answering after 100 ms: `python -m tests.benchmarks.peers_threaded` prints its port."""

from __future__ import annotations

import logging
import sys
import time

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from helpers.services.files import raise_file_limit
from tests.benchmarks.services_floor import LATENCY_S


def answer(request: Request) -> Response:
    """Answer as late as everybody else."""
    time.sleep(LATENCY_S)
    return Response("{}", content_type="application/json")


if __name__ == "__main__":
    raise_file_limit()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # or it would write a line for each request
    with HTTPServer(host="127.0.0.1", port=0, threaded=True) as server:
        server.expect_request("/delay").respond_with_handler(answer)
        print(server.port, flush=True)
        sys.stdin.read()
