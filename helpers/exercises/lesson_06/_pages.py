"""The pages of 6.4: they come one at a time, and know who asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


class Pages:
    """An asynchronous iterator, as a generator would be, that notes when two ask at the same time.

    `next_comes` is awaited before each page but the first, and before the end.

    Attributes:
        taken: how many have been taken.
        shared: whether somebody asked while somebody else was being answered.
    """

    def __init__(
        self,
        pages: list[str],
        *,
        taking: Callable[[], None],
        enough: Callable[[int], bool],
        next_comes: Callable[[], Awaitable[None]],
    ) -> None:
        self.taken = 0
        self.shared = False
        self._left = iter(pages)
        self._taking, self._enough, self._next_comes = taking, enough, next_comes
        self._busy = False

    def __aiter__(self) -> Pages:
        return self

    async def __anext__(self) -> str:
        if self._busy:
            self.shared = True
            raise RuntimeError("anext(): asynchronous generator is already running")  # as in life
        self._busy = True
        try:
            if self.taken:
                await self._next_comes()
            if self._enough(self.taken) or (page := next(self._left, None)) is None:
                raise StopAsyncIteration
            self.taken += 1
            self._taking()
            return page
        finally:
            self._busy = False

    async def aclose(self) -> None:
        """Give no more."""
        self._left = iter(())
