"""Take measurements over HTTP, keep them in SQLite, tell the followers, and stop cleanly.

    python notebooks/take_home/12_service --port 8080
    curl -d '{"key": "k1", "sensor": "roof", "value": 21.5}' http://127.0.0.1:8080/measurements
    curl -N http://127.0.0.1:8080/events

Needs aiohttp. On SIGTERM or Ctrl-C it answers the requests in flight, then ends. A second one ends it at once; even
then nothing acknowledged is lost.
"""

import argparse
import asyncio
import contextlib
import os
import signal

from service import Service
from settings import Settings


def main() -> None:
    """Run with the settings of the command line: each field of `Settings` is an option."""
    parser = argparse.ArgumentParser(prog="12_service", description=__doc__.partition("\n")[0] if __doc__ else "")
    for name, value in vars(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    settings = Settings(**vars(parser.parse_args()))
    if settings.synchronous not in ("OFF", "NORMAL", "FULL", "EXTRA"):
        parser.error("--synchronous must be OFF, NORMAL, FULL or EXTRA")
    wanted = {name: value for name, value in vars(settings).items() if name not in ("port", "linger_s")}
    if not all(isinstance(value, str) or value > 0 for value in wanted.values()):
        parser.error("each bound: more than 0")
    with contextlib.suppress(ImportError, ValueError, OSError):  # each follower is a file, and often 1024 are the limit
        import resource  # Windows has none

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(settings))


async def serve(settings: Settings) -> None:
    stop = asyncio.Event()

    def told(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels `serve`
            asyncio.get_running_loop().add_signal_handler(number, told, number)
    await Service(settings).run(stop, lambda address: print(f"ready {address}", flush=True))


main()
