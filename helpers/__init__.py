"""Asyncio, Measured: what the lessons import.

Kept light on purpose: every worker process that a lesson spawns imports this package too.
"""

__all__: list[str] = []
