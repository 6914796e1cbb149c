"""The board of a class: learners' notebooks add to it, the instructor's screen shows it.

    async with Board(Path("class.sqlite"), schedule) as board:
        print(board.learners_url)           # http://127.0.0.1:8765/k7fq, for join(...)
        print(board.instructors_url)        # with a secret
        await asyncio.Event().wait()

Whoever has the code may add to the class; only who has the secret may read it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from helpers.classroom.events import Event
from helpers.classroom.guard import Rate, faults, guarded, json_object, same, too_many
from helpers.classroom.hub.instructor import Hub
from helpers.classroom.nicknames import chosen
from helpers.classroom.screen import Screen
from helpers.classroom.store import Learner, Store
from helpers.classroom.tally import Section, Tally

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that could be taken for another
BODY_LIMIT = 4096
MOST_LEARNERS = 2000
MOST_EVENTS = 5000  # of one learner; the whole course, every exercise tried ten times, takes 1,000
EVENTS_PER_S, EVENTS_AT_ONCE = 5.0, 100  # of one learner
JOINS_PER_S, JOINS_AT_ONCE = 10.0, 500  # from one address: a whole class may sit behind one router
WRONG_PER_S, WRONG_AT_ONCE = 0.2, 20  # wrong codes and secrets from one address
SILENT_S = 15.0  # for a connection that asks for nothing, or not to the end


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
        self._screen = Screen(self._tally, prefix=self._prefix)
        self._kept: Counter[int] = Counter()  # events of each learner
        self._exit = AsyncExitStack()
        self._events = Rate(EVENTS_PER_S, EVENTS_AT_ONCE)
        self._joins = Rate(JOINS_PER_S, JOINS_AT_ONCE)
        self._wrong = Rate(WRONG_PER_S, WRONG_AT_ONCE)
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
        self._screen.end()
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
            self._count(number, [event])
        runner = web.AppRunner(
            self._app(), access_log=None, shutdown_timeout=1.0, keepalive_timeout=SILENT_S, logger=faults()
        )
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
                web.get(f"{at}/pages/{{name}}", self._screen.file),
                web.get(f"{at}/board", self._show_without_secret),
                web.get(f"{at}/board/{{secret}}", self._show),
                web.get(f"{at}/board/{{secret}}/stream", self._stream, allow_head=False),
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
        return web.Response(
            text=f'In any page of the course:\n\nfrom helpers import join\njoin("{self._join_address(request)}")\n'
        )

    async def _show(self, request: web.Request) -> web.Response:
        self._check("secret", request)
        return self._screen.page()

    async def _show_without_secret(self, _: web.Request) -> web.Response:
        return self._screen.page()  # its script keeps the secret, and takes it out of the address

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self._check("secret", request)
        return await self._screen.stream(request, self._join_address(request))

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
        self._screen.changed()
        return web.json_response({"learner": learner.number, "key": key, "nickname": nickname}, status=201)

    async def _add(self, request: web.Request) -> web.Response:
        self._check("code", request)
        learner = self._learner(request)
        sent = (await json_object(request)).get("events")
        try:
            if not isinstance(sent, list):
                raise ValueError("events are a list")  # noqa: TRY004, TRY301 - it came over the network
            events = [Event.from_wire(one) for one in sent]
        except (TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        if self._kept[learner.number] + len(events) > MOST_EVENTS:
            raise web.HTTPRequestEntityTooLarge(MOST_EVENTS, MOST_EVENTS, text="So much is no learner's.")
        if not self._events.allows(learner.number, max(1, len(events))):
            raise too_many(self._events.retry_s(len(events)))
        self._count(learner.number, await self._store.add(learner.number, events))
        self._screen.changed()
        return web.json_response({"kept": len(events)})

    def _count(self, learner: int, fresh: list[Event]) -> None:
        self._tally.add(learner, fresh)
        self._kept[learner] += len(fresh)

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
