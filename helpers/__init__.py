"""Asyncio, Measured: what the lessons import.

Kept light on purpose: every worker process that a lesson spawns imports this package too.
"""

from .timeline import Timeline, side_by_side

__all__ = ["Timeline", "side_by_side"]
