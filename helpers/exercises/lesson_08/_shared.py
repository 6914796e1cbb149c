"""Where the pages explain what the exercises of 08 ask for."""

from __future__ import annotations

BLOCKS = "04:inline-seen"
GOES_ON = "04:cancel-seen"
TOO_EARLY = "04:too-early-seen"
STARVED = "names-seen"
WAKES = "wake-seen"
COSTS = "costs-seen"
OWN_POOL = "own-pool-seen"
