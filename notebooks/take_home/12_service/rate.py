"""How often a client may send a request: a token bucket for each client."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 10_000  # clients; the one that came longest ago is forgotten, and would start with a full bucket


class Rate:
    """Lets each client do `burst` things at once, and `per_s` a second in the long run."""

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._burst, self._clock = per_s, float(burst), clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> int:
        """Take one token and return 0; if there is none, return in how many whole seconds there will be one."""
        now = self._clock()
        left, then = self._left.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._per_s)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return 0 if left >= 1 else math.ceil((1 - left) / self._per_s)
