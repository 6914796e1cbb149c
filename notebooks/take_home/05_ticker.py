"""A page that is told: HTTP, a WebSocket and news pushed to every visitor, from one small server.

    python notebooks/take_home/05_ticker.py             # starts it, visits it, stops it
    python notebooks/take_home/05_ticker.py --serve     # stays: open the address in a browser, Ctrl-C stops it

Needs aiohttp. Copy `Ticker` into your own program.
"""

import asyncio
import contextlib
import errno
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

PORT = 8005  # of a server that stays
PAGE = """<!doctype html><title>Ticker</title><h1>News, as it comes</h1><ol id="news"></ol><script>
const say = (text) => { news.appendChild(document.createElement("li")).textContent = text; };
const socket = new WebSocket(`ws://${location.host}/live`);
socket.onmessage = (event) => say(event.data);
socket.onclose = () => say("The server has gone.");
</script>"""


class Ticker:
    """A page at /, and a WebSocket at /live that is sent every piece of news."""

    def __init__(self, *, patience_s: float = 1.0) -> None:
        self._visitors: dict[web.WebSocketResponse, web.Request] = {}
        self._patience_s = patience_s

    def application(self) -> web.Application:
        """Return what a runner serves. It says goodbye to its visitors when the runner stops."""
        application = web.Application()
        application.add_routes([web.get("/", self._page), web.get("/live", self._live)])
        application.on_shutdown.append(self._say_goodbye)
        return application

    async def publish(self, text: str) -> None:
        """Send news to every visitor at once. One that does not take it within the patience is cut off."""
        await asyncio.gather(*[self._send(visitor, text) for visitor in list(self._visitors)])

    async def _send(self, visitor: web.WebSocketResponse, text: str) -> None:
        # A timer instead of asyncio.timeout, which would cancel a wait that all who send to this visitor share. And
        # cut off instead of closed: a close would wait for the very visitor that does not read.
        timer = asyncio.get_running_loop().call_later(self._patience_s, self._cut_off, visitor)
        try:
            await visitor.send_str(text)
        except ConnectionError:
            self._cut_off(visitor)
        finally:
            timer.cancel()

    def _cut_off(self, visitor: web.WebSocketResponse) -> None:
        request = self._visitors.pop(visitor, None)
        if request is not None and request.transport is not None:
            request.transport.abort()

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _live(self, request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:  # a page from elsewhere
            raise web.HTTPForbidden(text="open this from its own page")
        visitor = web.WebSocketResponse(heartbeat=10)  # notices a visitor that went without a word
        await visitor.prepare(request)
        self._visitors[visitor] = request
        try:
            async for _ in visitor:  # what visitors say is read and dropped
                pass
        finally:
            self._visitors.pop(visitor, None)
        return visitor

    async def _say_goodbye(self, application: web.Application) -> None:
        goodbyes = [self._close(visitor) for visitor in list(self._visitors)]
        await asyncio.gather(*goodbyes, return_exceptions=True)  # one that fails keeps nobody from the others

    async def _close(self, visitor: web.WebSocketResponse) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await visitor.close(code=aiohttp.WSCloseCode.GOING_AWAY, message=b"the server stops")
        finally:
            self._cut_off(visitor)  # unless it has gone by now


@contextlib.asynccontextmanager
async def serving(ticker: Ticker, *, port: int = 0) -> AsyncIterator[str]:
    """Serve on this machine, on any free port unless one is given; yield the address."""
    runner = web.AppRunner(ticker.application())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def tick(ticker: Ticker, *, every_s: float) -> None:
    number = 0
    while True:
        await asyncio.sleep(every_s)
        number += 1
        await ticker.publish(f"news {number}")


async def visit(address: str, name: str, *, pieces: int) -> None:
    """Listen like a browser, until some news has come."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{address}/live") as socket:
        for _ in range(pieces):
            print(f"{name} hears {await socket.receive_str(timeout=10)}")


async def main(*, stay: bool) -> None:
    ticker = Ticker()
    async with serving(ticker, port=PORT if stay else 0) as address:
        ticking = asyncio.create_task(tick(ticker, every_s=1.0 if stay else 0.05))
        try:
            if stay:
                print(f"open {address} in a browser; Ctrl-C stops the server")
                await asyncio.Event().wait()
            async with asyncio.TaskGroup() as group:
                for name in ("Ada", "Grace"):
                    group.create_task(visit(address, name, pieces=3))
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking


if __name__ == "__main__":
    try:
        asyncio.run(main(stay="--serve" in sys.argv))
    except KeyboardInterrupt:
        pass
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(f"port {PORT} is taken, perhaps by another ticker: stop that one, or change PORT in this file")
