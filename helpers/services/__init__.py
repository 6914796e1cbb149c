"""The mock internet: real servers on loopback, in a process of their own.

A service answers a program in whatever style it is written, as slowly and as badly as its conditions say, and keeps a
journal of what it saw. The process starts at first use and ends with the kernel.

>>> from helpers import services
>>> api = services.http("weather", latency_s=0.1, capacity=10)
>>> requests.get(api.url + "/cities/oslo").status_code
200
>>> api.journal().peak_in_flight
1
"""

from helpers.services._http import HttpService, HttpsService, http, https
from helpers.services._running import is_running, shut_down, warm_up
from helpers.services._sse import SseService, sse
from helpers.services._tcp import TcpService, tcp
from helpers.services._udp import UdpService, udp
from helpers.services._websocket import WebSocketService, websocket
from helpers.services.conditions import Conditions, Failure, Fixed, Latency, LogNormal, Uniform, Verdict
from helpers.services.errors import ServiceDied, ServiceError
from helpers.services.files import check_connections, connection_limit
from helpers.services.journal import Connection, Entry, Journal, Outcome
from helpers.services.service import Service

__all__ = [
    "Conditions",
    "Connection",
    "Entry",
    "Failure",
    "Fixed",
    "HttpService",
    "HttpsService",
    "Journal",
    "Latency",
    "LogNormal",
    "Outcome",
    "Service",
    "ServiceDied",
    "ServiceError",
    "SseService",
    "TcpService",
    "UdpService",
    "Uniform",
    "Verdict",
    "WebSocketService",
    "check_connections",
    "connection_limit",
    "http",
    "https",
    "is_running",
    "shut_down",
    "sse",
    "tcp",
    "udp",
    "warm_up",
    "websocket",
]
