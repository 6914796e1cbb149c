"""The board of a class: learners' notebooks add to it, the instructor's screen shows it.

    async with Board(Path("class.sqlite"), schedule) as board:
        print(board.learners_url)           # http://127.0.0.1:8765/k7fq, for join(...)
        print(board.instructors_url)        # with a secret
        await asyncio.Event().wait()

Whoever has the code may add to the class; only who has the secret may read it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from helpers.classroom.events import Event
from helpers.classroom.guard import HEADERS, Rate, guarded, json_object, same, too_many
from helpers.classroom.hub.instructor import Hub
from helpers.classroom.nicknames import chosen
from helpers.classroom.store import Learner, Store
from helpers.classroom.tally import Section, Tally

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that could be taken for another
BODY_LIMIT = 4096
MOST_LEARNERS = 5000
EVENTS_PER_S, EVENTS_AT_ONCE = 5.0, 100  # of one learner
JOINS_PER_S, JOINS_AT_ONCE = 10.0, 500  # from one address: a whole class may sit behind one router
WRONG_PER_S, WRONG_AT_ONCE = 0.2, 20  # wrong codes and secrets from one address
SHOWN_EVERY_S = 0.5
STILL_THERE_S = 15.0
PAGES = Path(__file__).with_name("pages")
FILES = {"board.js": "text/javascript", "board.css": "text/css"}


class Board:
    """A server on one port. Use it with `async with`.

    Args:
        path: of the file that keeps the class; its code and its secret are kept there, too.
        schedule: the sections of the pages, in order.
        host: the address to listen on: this machine alone, unless an instructor opens it on purpose.
        port: 0 for any that is free.
        names: further names that this machine goes by.
        prefix: the path that everything is below, behind a proxy.
        code: what learners join with; made where there is none, and kept.
        hub: which JupyterHub says who is an instructor; None where the secret alone does.
    """

    def __init__(
        self,
        path: Path,
        schedule: Sequence[Section] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        names: Sequence[str] = (),
        prefix: str = "",
        code: str = "",
        hub: Hub | None = None,
    ) -> None:
        self._store = Store(path)
        self._tally = Tally(schedule)
        self._host = host
        self._port = port
        self._names = tuple(names)
        self._prefix = prefix.rstrip("/")
        self._learners: dict[int, Learner] = {}
        self._changed = asyncio.Event()
        self._exit = AsyncExitStack()
        self._events = Rate(EVENTS_PER_S, EVENTS_AT_ONCE)
        self._joins = Rate(JOINS_PER_S, JOINS_AT_ONCE)
        self._wrong = Rate(WRONG_PER_S, WRONG_AT_ONCE)
        self._over = False
        self._hub = hub
        self.code = code
        self.secret = ""
        self.port = port

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over = True
        self._changed.set()
        await self._exit.aclose()

    @property
    def learners_url(self) -> str:
        """The address that learners give to `join`."""
        return f"{self._origin()}/{self.code}"

    @property
    def instructors_url(self) -> str:
        """The address of the instructor's screen. Who has it may read everything."""
        return f"{self._origin()}/board/{self.secret}"

    def _origin(self) -> str:
        host = {"0.0.0.0": self._names[0] if self._names else "127.0.0.1"}.get(self._host, self._host)
        return f"http://{host}:{self.port}{self._prefix}"

    async def _open(self) -> None:
        await self._exit.enter_async_context(self._store)
        if not self.code:
            self.code = await self._store.word("code", lambda: "".join(secrets.choice(LETTERS) for _ in range(4)))
        self.secret = await self._store.word("secret", lambda: secrets.token_urlsafe(16))
        learners, events = await self._store.everything()
        for learner in learners:
            self._know(learner)
        for number, event in events:
            self._tally.add(number, [event])
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._exit.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self._host, self._port, backlog=1024)
        await site.start()
        self.port = int(runner.addresses[0][1])

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[guarded(self._names)], client_max_size=BODY_LIMIT)
        at = self._prefix
        app.add_routes(
            [
                web.get(f"{at}/", self._welcome),
                web.get(f"{at}/oauth_callback", self._from_the_hub),
                web.get(f"{at}/pages/{{name}}", self._file),
                web.get(f"{at}/board/{{secret}}", self._screen),
                web.get(f"{at}/board/{{secret}}/stream", self._stream),
                web.post(f"{at}/{{code}}/join", self._join),
                web.post(f"{at}/{{code}}/events", self._add),
                web.get(f"{at}/{{code}}", self._how_to_join),
            ]
        )
        return app

    def _know(self, learner: Learner) -> None:
        self._learners[learner.number] = learner
        self._tally.join(learner.number, learner.nickname)

    async def _from_the_hub(self, request: web.Request) -> web.Response:
        if self._hub is None or not await self._hub.admits(request):
            raise web.HTTPForbidden(text="The hub does not name you as an instructor of this class.")
        raise web.HTTPFound(f"{self._prefix}/board/{self.secret}")

    async def _welcome(self, request: web.Request) -> web.Response:
        if self._hub is not None:
            raise self._hub.to_the_hub()
        return web.Response(
            text="The board of a class. Join it from a notebook, with the code that your instructor shows.\n"
        )

    async def _how_to_join(self, request: web.Request) -> web.Response:
        self._check("code", request)
        return web.Response(text=f'In any page of the course:\n\nfrom helpers import join\njoin("{request.url}")\n')

    async def _file(self, request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.FileResponse(PAGES / name, headers={"Content-Type": f"{FILES[name]}; charset=utf-8"})

    async def _screen(self, request: web.Request) -> web.Response:
        self._check("secret", request)
        page = (PAGES / "board.html").read_text(encoding="utf-8").replace("{prefix}", self._prefix)
        return web.Response(text=page.replace("{join}", self._join_address(request)), content_type="text/html")

    def _join_address(self, request: web.Request) -> str:
        return f"{request.scheme}://{request.host}{self._prefix}/{self.code}"

    async def _join(self, request: web.Request) -> web.Response:
        self._check("code", request)
        if len(self._learners) >= MOST_LEARNERS or not self._joins.allows(request.remote):
            raise too_many(self._joins.retry_s())
        sent = await json_object(request)
        try:
            nickname = chosen(str(sent.get("nickname", "")), set(self._tally.nicknames.values()))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        learner, key = await self._store.join(nickname)
        self._know(learner)
        self._changed.set()
        return web.json_response({"learner": learner.number, "key": key, "nickname": nickname}, status=201)

    async def _add(self, request: web.Request) -> web.Response:
        self._check("code", request)
        learner = self._learner(request)
        sent = (await json_object(request)).get("events")
        try:
            events = [Event.from_wire(one) for one in sent] if isinstance(sent, list) else []
        except (TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        if not self._events.allows(learner.number, max(1, len(events))):
            raise too_many(self._events.retry_s(len(events)))
        fresh = await self._store.add(learner.number, events)
        self._tally.add(learner.number, fresh)
        self._changed.set()
        return web.json_response({"kept": len(events)})

    def _learner(self, request: web.Request) -> Learner:
        number, _, key = request.headers.get("Authorization", "").removeprefix("Bearer ").partition(".")
        learner = (
            self._learners.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
        )
        if learner is None or not learner.has_key(key):
            if not self._wrong.allows(request.remote):
                raise too_many(self._wrong.retry_s())
            raise web.HTTPUnauthorized(text="This class does not know you: join again.")
        return learner

    def _check(self, name: str, request: web.Request) -> None:
        """Refuse who does not know the code, or the secret."""
        if same(request.match_info[name], getattr(self, name)):
            return
        if not self._wrong.allows(request.remote):
            raise too_many(self._wrong.retry_s())
        raise web.HTTPNotFound(text="There is nothing here.")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self._check("secret", request)
        response = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            async for told in self._told(request.query.get("page"), private="private" in request.query):
                await response.write(told)
        except ConnectionError:
            pass  # the screen was closed
        return response

    async def _told(self, page: str | None, *, private: bool) -> AsyncIterator[bytes]:
        """Yield what a screen shows: at once, and whenever something has changed, twice a second at the most."""
        last = ""
        while True:
            here = page or self._tally.page
            seen = self._tally.seen_by_instructor(here) if private else self._tally.seen(here)
            text = json.dumps(seen, ensure_ascii=False)
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
