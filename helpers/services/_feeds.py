"""What services with a feed of events have in common, as their user holds them."""

from __future__ import annotations

from helpers.services.checks import number, whole_number
from helpers.services.service import Service

MOST = 1_000_000
SHORTEST_INTERVAL_S = 0.001

FEED_OPTIONS = ("interval_s", "events", "drop_after")


class FeedService(Service):
    """A service whose events have ids that count from 1, so that a client can go on where it left off."""

    def broadcast(self, text: str) -> int:
        """Publish an event with this text; return how many clients follow.

        Raises:
            TypeError, ValueError: unless the text is a string of 1000 characters at most, without a line end.
            ServiceError: when the service was closed or replaced, or does not answer.
        """
        return self._broadcast(text)


def check_feed(interval_s: float | None, events: int | None, drop_after: int | None) -> None:
    """Check what a feed is asked for.

    Raises:
        TypeError, ValueError: naming the parameter, what it got and what it takes.
    """
    if interval_s is not None:
        number("interval_s", interval_s, least=SHORTEST_INTERVAL_S, most=3600)
    elif events is not None:
        raise ValueError(f"events counts the readings that come every interval_s; it needs interval_s, got {events!r}")
    whole_number("events", events, least=1, most=MOST, or_none=True)
    whole_number("drop_after", drop_after, least=1, most=MOST, or_none=True)
