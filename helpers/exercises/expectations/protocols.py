"""What explains an exception of somebody who looks in asyncio for what a library has."""

from __future__ import annotations

import re

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Expectation, expectation
from helpers.exercises.findings import Finding, Found

_MISSING = re.compile(r"module 'asyncio[\w.]*' has no attribute '(\w+)'")


def not_in_asyncio(instead: str, *, section: str = "") -> Expectation:
    """Explain a run that raised because it looked in asyncio for something that is not there.

    Args:
        instead: what to use, as code: "session.ws_connect".
        section: where the lesson explains what is in asyncio and what is not.
    """

    @expectation("It asks the library for what asyncio has not")
    def asks_the_library(evidence: Evidence) -> Found:
        leaves = evidence.exception.leaves() if evidence.exception is not None else ()
        missing = next((found[1] for error in leaves if (found := _MISSING.search(error.message))), None)
        if missing is None:
            return None
        return Finding(
            f"Use the library's `{instead}`.",
            f"There is no `asyncio.{missing}`.",
            "asyncio moves bytes: TCP, TLS, UDP, pipes. HTTP and WebSocket come from libraries on top of it.",
            section,
        )

    return asks_the_library
