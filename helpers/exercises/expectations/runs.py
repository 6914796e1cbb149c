"""One expectation of several runs: with other data, other times, another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import FIRST, Expectation, expectation
from helpers.exercises.findings import NOT_ASKED, Finding, Found

RETURNED_NS = "returned_ns"
"""The note that says when the answer returned, as `time.perf_counter_ns` told it."""
Run = tuple[str, Expectation]
"""The name of the only service that a run asks, and what is expected of the run."""


def in_each_run(label: str, runs: Mapping[str, Run]) -> Expectation:
    """Expect something of the first run and of trials, each with a service of its own.

    Args:
        label: what a ✓ says: of all runs together.
        runs: by the name of the run (`FIRST`, or the trial's), which is what a finding about a trial begins with:
            "With other cities".
    """

    @expectation(label)
    def in_each(evidence: Evidence) -> Found:
        every = {name: one(only(evidence, name, service)) for name, (service, one) in runs.items()}
        for name, found in every.items():
            if isinstance(found, Finding):
                return found if name == FIRST else replace(found, seen=f"{name}: {found.seen}")
        return NOT_ASKED if NOT_ASKED in every.values() else None

    return in_each


def only(evidence: Evidence, run: str, service: str) -> Evidence:
    """Return one run as if its service were the exercise's only one, and had been watched until the answer returned.

    What tasks that were left running ask for later is chance; that they were left is said anyway.
    """
    one = evidence if run == FIRST else evidence.trials[run]
    journal = one.journals[service]
    returned_ns = one.notes.get(RETURNED_NS)
    return replace(one, journals={service: journal if returned_ns is None else journal.until(returned_ns)})
