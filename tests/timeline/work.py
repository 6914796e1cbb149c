"""What process pools call: a spawned worker can only import it."""

from __future__ import annotations

import time


def nap() -> str:
    """Take a moment."""
    time.sleep(0.01)
    return "rested"
