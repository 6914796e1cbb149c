"""Grade an answer: run it in a process of its own, gather the evidence, and ask what it means."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers import services
from helpers.exercises import behaviour, spare, travel, verdicts
from helpers.exercises.bench import Place
from helpers.exercises.evidence import Evidence, Raised
from helpers.exercises.exercise import FIRST, Exercise, Expectation
from helpers.exercises.expectations.raised import RAISED
from helpers.exercises.findings import Finding, Found
from helpers.exercises.job import Ended, Job
from helpers.exercises.worker import DUMPED, Ran
from helpers.services import Journal, Service
from helpers.services.checks import one_of
from helpers.timeline.watching import watch

OPENERS: Mapping[str, Callable[..., Service]] = {
    "http": services.http,
    "https": services.https,
    "sse": services.sse,
    "tcp": services.tcp,
    "udp": services.udp,
    "websocket": services.websocket,
}
"""What opens a service of each kind."""
_DUMPED = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+) in')


@dataclass(frozen=True)
class Verdict:
    """What a check has found.

    Attributes:
        passed: the labels of the expectations that were met.
        findings: what is wrong; nothing, when the answer is right.
        evidence: how it ran; None when it was not run.
        checked: whether it was judged. Of an answer that the check can't do with, `findings` has what it can't do
            with, and what to do about it: that says nothing of the answer.
    """

    exercise: Exercise
    passed: tuple[str, ...]
    findings: tuple[Finding, ...]
    evidence: Evidence | None
    checked: bool = True

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.checked and not self.findings


def grade(exercise: Exercise, answer: Any) -> Verdict:
    """Run an answer as its exercise says, and say what was seen. Takes hardly longer than the exercise's deadline.

    One that is not right, and that others kept from running meanwhile, is run once more (and may take as long again):
    on a crowded machine a request may be late that was sent at once. Of two that are not right, the one counts that was
    kept from less.

    Raises:
        ServiceError: when services can't be opened.
    """
    if (finding := verdicts.before(exercise, answer)) is not None:
        return Verdict(exercise, (), (finding,), None)
    try:
        packed = travel.pack(answer)
    except travel.Stays as stays:
        return Verdict(exercise, (), (verdicts.stays(stays),), None, checked=stays.bound)
    first = judge(exercise, seen := _run(exercise, packed))
    if first.right or not verdicts.starved(seen):
        return first
    second = judge(exercise, again := _run(exercise, packed))
    if second.right or verdicts.most_starved_s(again) <= verdicts.most_starved_s(seen):
        return second
    return first


def judge(exercise: Exercise, evidence: Evidence) -> Verdict:
    """Say what the evidence means."""
    unfinished = next((name for name, run in _runs(evidence) if run.outcome != "returned"), None)
    if unfinished is not None:
        finding = _explained(exercise, evidence) or _unfinished(exercise, evidence, unfinished)
        return Verdict(exercise, (), (finding,), evidence)
    found = [(one.label, _asked(one, evidence)) for one in exercise.expectations]
    findings = [finding for _, finding in found if isinstance(finding, Finding)]
    passed = tuple(label for label, finding in found if finding is None)
    # A wrong result that is a coroutine has one cause, and nothing else needs to be said.
    if (unready := behaviour.unready(evidence)) is not None:
        return Verdict(exercise, (), (unready,), evidence)
    said = {finding.advice for finding in findings}
    findings += [finding for finding in behaviour.faults(exercise, evidence) if finding.advice not in said]
    return Verdict(exercise, passed, tuple(findings), evidence)


def _runs(evidence: Evidence) -> Iterator[tuple[str, Evidence]]:
    yield FIRST, evidence
    yield from evidence.trials.items()


def _unfinished(exercise: Exercise, evidence: Evidence, name: str) -> Finding:
    """Say how the run with this name ended, and which run that was, if it was not the first."""
    if name == FIRST:
        return verdicts.unfinished(exercise, evidence)
    finding = verdicts.unfinished(exercise, evidence.trials[name])
    return replace(finding, seen=f"In another run ({name}): {finding.seen}")


def _asked(one: Expectation, evidence: Evidence) -> Found:
    """Ask whether an expectation holds; a result of a shape that it was not made for is told as one."""
    try:
        return one(evidence)
    except Exception:  # whatever an answer returns, there is a verdict
        return verdicts.unexpected_shape(one.label, evidence.result)


def _explained(exercise: Exercise, evidence: Evidence) -> Finding | None:
    for one in (*exercise.explains, *RAISED):
        with suppress(Exception):
            if isinstance(found := one(evidence), Finding):
                return found
    return None


def _run(exercise: Exercise, packed: travel.Packed) -> Evidence:
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context(_open(f"{name} of {exercise.number}", **arguments))
            for name, arguments in exercise.services.items()
        }
        job = Job(
            answer=packed.data,
            runs=travel.dumps({FIRST: exercise.run, **exercise.trials}),
            takes=exercise.takes,
            title=f"Your {exercise.number}",
            places={name: Place(service.url, service.addresses, service.authority) for name, service in opened.items()},
            deadline_s=exercise.deadline_s,
            sources=packed.sources,
            names=packed.names,
            cwd=_folder(),
            path=tuple(sys.path),
        )
        ran = spare.take().run(job)
        return _evidence(ran, opened, packed.sources)


def _open(name: str, *, kind: str = "http", **arguments: Any) -> Service:
    one_of("kind", kind, OPENERS)
    return OPENERS[kind](name, **arguments)


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # it was removed
        return os.sep


def _evidence(ran: Ran, opened: Mapping[str, Service], sources: dict[str, str]) -> Evidence:
    ended = {one.name: one for one in ran.ended}
    runs: dict[str, Evidence] = {}
    for begun in ran.begun:
        whole = {name: service.journal(begun.at_ns) for name, service in opened.items()}
        one = ended.get(begun.name)
        if one is None:
            runs[begun.name] = _cut_off(ran, whole, sources)
        else:
            runs[begun.name] = _of_run(one, whole, opened)
    first = runs.pop(FIRST, None) or _cut_off(ran, {}, sources)
    return replace(first, stdout=ran.stdout, printed_bytes=ran.printed_bytes, stderr=_written(ran.stderr), trials=runs)


def _written(stderr: str) -> str:
    """Return what an answer has written to stderr, without the stack that is dumped for us near the deadline."""
    return stderr.partition(DUMPED)[0]


def _of_run(ended: Ended, journals: dict[str, Journal], opened: Mapping[str, Service]) -> Evidence:
    own = {name: journal.until(ended.end_ns) for name, journal in journals.items()}
    record = ended.record
    if record is not None:
        begin, end = ended.clock_begin_ns, ended.clock_end_ns
        watched = [watch(_Named(name, journal), begin_ns=begin, end_ns=end) for name, journal in own.items()]
        record = replace(record, watched=tuple(one for one in watched if len(opened) == 1 or one.peak_in_flight))
    return Evidence(
        outcome=ended.outcome,
        result=ended.result,
        exception=ended.exception,
        refusal=ended.refusal,
        record=record,
        journals=own,
        tasks_left=ended.tasks_left,
        never_awaited=ended.never_awaited,
        left_open=ended.left_open,
        blocking_calls=ended.blocking_calls,
        threads_used=ended.threads_used,
        semaphores=ended.semaphores,
        threads_left=ended.threads_left,
        threads_idle=ended.threads_idle,
        children_left=ended.children_left,
        lost_errors=ended.lost_errors,
        callback_errors=ended.callback_errors,
        ignored_cancels=ended.ignored_cancels,
        notes=ended.notes,
        seconds=ended.seconds,
        cpu_s=ended.cpu_s,
        turn_cpu_s=ended.turn_cpu_s,
        starved_s=ended.starved_s,
        most_starved_s=ended.most_starved_s,
        exit_status=ended.exit_status,
    )


def _cut_off(ran: Ran, journals: dict[str, Journal], sources: dict[str, str]) -> Evidence:
    """Return what is known of a run that the process did not survive."""
    if ran.unreadable is not None:
        why = Raised("Unreadable", (), ran.unreadable)
        return Evidence("refused", refusal="unreadable", journals=journals, exception=why)
    if ran.garbled:
        return Evidence("garbled", journals=journals)
    if ran.too_big:
        return Evidence("took too much memory", journals=journals)
    if ran.overdue and ran.begun and ran.begun[-1].name in ran.over:
        return Evidence("could not be looked at", journals=journals)
    if ran.overdue:
        stuck = ran.stuck.line if ran.stuck else _dumped(ran.stderr, sources)
        outcome = {"blocked": "blocked", "spun": "spun"}[ran.stuck.how] if ran.stuck else "held the GIL"
        return Evidence(outcome, journals=journals, stuck=stuck)  # type: ignore[arg-type]
    return Evidence("process ended", journals=journals, exit_status=ran.exit_status)


def _dumped(stderr: str, sources: dict[str, str]) -> tuple[int, str] | None:
    """Find the learner's line in a stack that faulthandler wrote."""
    for found in _DUMPED.finditer(stderr):
        if found["file"] in sources:
            number = int(found["line"])
            lines = sources[found["file"]].splitlines()
            return number, lines[number - 1].strip() if number <= len(lines) else ""
    return None


class _Named:
    """A journal as a timeline watches it."""

    def __init__(self, name: str, journal: Journal) -> None:
        self.name = name
        self._journal = journal

    def journal(self, *, since_ns: int) -> Journal:
        return self._journal
