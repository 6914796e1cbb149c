"""8.4: many small jobs in few calls."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from helpers.exercises._words import a, times
from helpers.exercises.bench import Bench
from helpers.exercises.evidence import Evidence
from helpers.exercises.exercise import Answer, Exercise, expectation
from helpers.exercises.expectations import (
    ON_THE_LOOP,
    gives_the_function,
    not_a_list,
    on_the_loop,
    shown,
    waits_for_threads,
)
from helpers.exercises.findings import NOT_ASKED, Finding, Found
from helpers.exercises.lesson_08._shared import BLOCKS, COSTS, TOO_EARLY
from helpers.exercises.pulse import BLOCKED, Pulse

POOL = "pool of the exercise"
PATIENCE_S = 0.4  # how long a piece waits for the others to begin
ITEMS, N = tuple(range(100, 111)), 4
CASES = {
    "fewer items than n": (("x", "y", "z"), 5),
    "pieces of one and two": (tuple("abcdefghi"), 6),
    "one piece": ((3, 1, 2), 1),
    "nothing to do": ((), 3),
}


async def in_chunks(
    pool: Executor, work: Callable[[Sequence[Any]], list[Any]], items: Sequence[Any], n: int
) -> list[Any]:
    loop = asyncio.get_running_loop()
    length, longer = divmod(len(items), n)  # so many pieces are one longer
    ends = [place * length + min(place, longer) for place in range(n + 1)]
    pieces = [items[ends[place] : ends[place + 1]] for place in range(n)]
    # The first piece that raises ends the wait; the others go on in the pool, even those that had not begun.
    results = await asyncio.gather(*[loop.run_in_executor(pool, work, piece) for piece in pieces if piece])
    return [result for piece in results for result in piece]


def result_of(item: Any) -> Any:
    """Return what `work` makes of an item: of some nothing, which is a result like any other."""
    return None if item in (102, "c") else "" if item == "y" else f"result of {item}"


class Work:
    """Works on pieces, the first ones longest, and notes where and when."""

    def __init__(self, pieces: int, pulse: Pulse) -> None:
        self._lock = threading.Lock()
        self._wanted = pieces
        self._pulse = pulse
        self._all = threading.Event()
        self.pieces: list[list[Any]] = []
        self.in_flight = 0
        self.most = 0
        self.on_the_loop = 0
        self.elsewhere = 0
        self.odd = ""

    def __call__(self, piece: Sequence[Any]) -> list[Any]:
        """Return a result for each item."""
        if not isinstance(piece, (list, tuple)):
            self.odd = type(piece).__name__
            return []
        if on_the_loop():
            self.on_the_loop += 1
            return [result_of(item) for item in piece]
        with self._lock:
            self.elsewhere += not threading.current_thread().name.startswith(POOL)
            place = len(self.pieces)
            self.pieces.append(list(piece))
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            if self.in_flight >= self._wanted:
                self._all.set()
        self._all.wait(PATIENCE_S)
        self._all.set()  # one who waited in vain is enough
        time.sleep(max(0, 4 - place) * 0.01)
        self._pulse.felt()
        with self._lock:
            self.in_flight -= 1
        return [result_of(item) for item in piece]


def _case(items: Sequence[Any], n: int) -> Callable[[Answer, Bench], Coroutine[Any, Any, Any]]:
    async def run(answer: Answer, bench: Bench) -> Any:
        pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix=POOL)
        with Pulse() as pulse:
            work = Work(min(n, len(items)), pulse)
            try:
                result = await answer(pool, work, list(items), n)
                bench.note("shut", _is_shut(pool))
                return result
            finally:
                bench.note("pieces", work.pieces)
                bench.note("odd", work.odd)
                bench.note("most", work.most)
                bench.note("elsewhere", work.elsewhere)
                bench.note(ON_THE_LOOP, work.on_the_loop)
                bench.note(BLOCKED, pulse.missed)
                pool.shutdown(wait=False, cancel_futures=True)

    return run


def _is_shut(pool: Executor) -> bool:
    try:
        pool.submit(int)
    except RuntimeError:
        return True
    return False


def _runs(evidence: Evidence) -> list[tuple[Evidence, Sequence[Any], int]]:
    return [(evidence, ITEMS, N), *((evidence.trials[name], items, n) for name, (items, n) in CASES.items())]


def _given(items: Sequence[Any], n: int) -> str:
    return f"For {len(items)} items and n = {n}"


@expectation("The event loop is never blocked")
def _free(evidence: Evidence) -> Found:
    if count := evidence.notes[ON_THE_LOOP]:
        return Finding(
            "Call `work` in the pool.",
            f"The loop's own thread called it {times(count)}.",
            "A call in the loop's thread blocks the loop, whatever it calculates.",
            BLOCKS,
        )
    if evidence.notes[BLOCKED]:
        return waits_for_threads("while pieces were in flight", BLOCKS)
    return None


@expectation("Pieces that follow one another, of nearly the same length")
def _pieces(evidence: Evidence) -> Found:
    if evidence.notes[ON_THE_LOOP]:
        return NOT_ASKED
    if odd := evidence.notes["odd"]:
        return Finding(
            "Give `work` a piece: a list of items.",
            f"It was given {a(odd)}.",
            "A call in another process costs much more than one item, so send few, with many items each.",
            COSTS,
        )
    for run, items, n in _runs(evidence):
        pieces, wanted = run.notes["pieces"], min(n, len(items))
        lengths = [len(piece) for piece in pieces]
        if any(not length for length in lengths):
            return Finding("Send no empty piece.", f"{_given(items, n)} `work` got an empty one.", section=COSTS)
        if len(pieces) != wanted:
            return Finding(
                f"Call `work` {wanted} times here, once for each piece." if wanted else "Call nothing for no items.",
                f"{_given(items, n)} it was called {len(pieces)} times.",
                "A call in another process costs much more than one item, so send few.",
                COSTS,
            )
        if lengths and max(lengths) - min(lengths) > 1:
            return Finding(
                "Make the pieces of nearly the same length.",
                f"{_given(items, n)} they have the lengths {', '.join(map(str, sorted(lengths, reverse=True)))}.",
                "The longest piece is done last, and all wait for it.",
                COSTS,
            )
        if len(flat := [item for piece in pieces for item in piece]) == len(set(flat)) < len(items):
            return Finding(
                "Send every item: some pieces are one longer.",
                f"{_given(items, n)} the pieces have {len(flat)} items together.",
            )
        if sorted(map(tuple, pieces), key=lambda piece: items.index(piece[0])) != _cut(pieces, items):
            return Finding(
                "Let each piece be items that follow one another.", f"{_given(items, n)} one was {shown(pieces[0])}."
            )
    return None


def _cut(pieces: list[list[Any]], items: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the items cut where the pieces begin."""
    begins = sorted(items.index(piece[0]) for piece in pieces)
    return [tuple(items[begin:end]) for begin, end in zip(begins, [*begins[1:], len(items)], strict=False)]


@expectation("All pieces at the same time, in the pool that is given")
def _together(evidence: Evidence) -> Found:
    notes = evidence.notes
    if notes[ON_THE_LOOP] or len(notes["pieces"]) < 2:
        return NOT_ASKED
    if notes["elsewhere"]:
        return Finding(
            "Use the pool that your function gets: `loop.run_in_executor(pool, function, argument)`.",
            f"{notes['elsewhere']} pieces were worked on in threads of another pool.",
            section=COSTS,
        )
    if len(notes["pieces"]) != N:
        return NOT_ASKED
    for run, items, n in _runs(evidence):
        if run.notes["most"] < min(n, len(items)) == len(run.notes["pieces"]):
            return Finding(
                "Hand over all pieces before you await the first.",
                f"{_given(items, n)} at most {run.notes['most']} of {len(run.notes['pieces'])} were in flight at once.",
                section=COSTS,
            )
    if notes["shut"]:
        return Finding(
            "Leave the pool open: it belongs to whoever has made it.",
            "Your function had returned, and the pool took no more calls.",
            "The end of a `with pool:` shuts it down.",
        )
    return None


@expectation("All results in one list, in the order of the items")
def _results(evidence: Evidence) -> Found:
    if evidence.notes["odd"]:
        return NOT_ASKED
    for run, items, n in _runs(evidence):
        result: Any = run.result
        wanted = [result_of(item) for item in items]
        if (wrong := not_a_list(result, of="results")) is not None:
            return wrong
        if list(result) == wanted:
            continue
        if result and all(isinstance(one, (list, tuple)) for one in result):
            return Finding("Join the pieces' results to one list.", f"You returned a list of {len(result)} lists.")
        if sorted(map(repr, result)) == sorted(map(repr, wanted)):
            return Finding("Put the results in the order of the items.", f"{shown(result[0])} came first.")
        return Finding(
            "Return a result for each item.", f"{_given(items, n)} you returned {len(result)}: {shown(list(result))}."
        )
    return None


EXERCISE = Exercise(
    number="8.4",
    title="Many in one call",
    reference=in_chunks,
    run=_case(ITEMS, N),
    trials={name: _case(items, n) for name, (items, n) in CASES.items()},
    expectations=(_free, _pieces, _together, _results),
    hints=(
        "`divmod(len(items), n)` says how long the pieces are, and how many are one longer.",
        "`items[begin:end]` is a piece. Where does each begin?",
        "`gather` returns one list for each piece, in order. Join them.",
    ),
    why="At most n calls go through the pool however many items there are, so many items share the cost of a call.",
    section="costs-seen",
    explains=(gives_the_function(section=TOO_EARLY),),
    own=frozenset({"blocking", "threads"}),
    deadline_s=5.0,
)
