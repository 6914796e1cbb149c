"""The instructor's screen: its page and its files, and a stream of what it shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from helpers.classroom.guard import HEADERS
from helpers.classroom.tally import Tally

SHOWN_EVERY_S = 0.5
STILL_THERE_S = 15.0
PAGES = Path(__file__).with_name("pages")
FILES = {"board.js": "text/javascript", "board.css": "text/css"}


class Screen:
    """What the instructor sees. Whoever calls it has checked that it is the instructor who asks.

    Args:
        tally: what there is to see.
        prefix: the path that everything is below, behind a proxy.
    """

    def __init__(self, tally: Tally, *, prefix: str) -> None:
        self._tally = tally
        self._prefix = prefix
        self._changed = asyncio.Event()
        self._over = False

    def changed(self) -> None:
        """Show what is new, soon."""
        self._changed.set()

    def end(self) -> None:
        """Let every stream end."""
        self._over = True
        self._changed.set()

    def page(self) -> web.Response:
        """Return the page. It holds nothing of the class: what there is to see comes with the stream."""
        page = (PAGES / "board.html").read_text(encoding="utf-8").replace("{prefix}", self._prefix)
        return web.Response(text=page, content_type="text/html")

    async def file(self, request: web.Request) -> web.FileResponse:
        """Return one of its files."""
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.FileResponse(PAGES / name, headers={"Content-Type": f"{FILES[name]}; charset=utf-8"})

    async def stream(self, request: web.Request, join_address: str) -> web.StreamResponse:
        """Send what the screen shows, until it is closed or the board ends."""
        response = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # the screen was closed
            page, private = request.query.get("page"), "private" in request.query
            async for told in self._told(page, join_address, private=private):
                await response.write(told)
        return response

    async def _told(self, page: str | None, join_address: str, *, private: bool) -> AsyncIterator[bytes]:
        """Yield what a screen shows: at once, and whenever something has changed, twice a second at the most."""
        last = ""
        while True:
            here = page or self._tally.page
            seen = self._tally.seen_by_instructor(here) if private else self._tally.seen(here)
            text = json.dumps(seen | {"join": join_address}, ensure_ascii=False)
            yield b": still there\n\n" if text == last else f"data: {text}\n\n".encode()
            last = text
            changed = self._changed
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), STILL_THERE_S)
            if self._over:
                return
            await asyncio.sleep(SHOWN_EVERY_S)
            if self._changed is changed and changed.is_set():
                self._changed = asyncio.Event()
