"""What exercises look for in a run, and what to say where it is missing.

Each is a small function from evidence to a finding, made for the numbers of one exercise. They count and compare:
a verdict must be the same on a busy machine.

    requests    what was asked, how often, through which session
    flight      how many at once: all, at most k, as many as that
    results     what came back, in which order
    runs        the same in several runs, with other data and other times
    chains      which request waited for which
    threads     what ran on the loop's thread
    protocols   what is looked for in asyncio and is not there
    raised      `RAISED`: what explains an exception that beginners meet, for an exercise's `explains`
"""

from helpers.exercises.expectations.chains import asks_in_time
from helpers.exercises.expectations.flight import (
    as_many_as,
    at_most,
    gives_back,
    others_in_flight,
    overlaps,
    stays_full,
    taken_beside_slow,
)
from helpers.exercises.expectations.protocols import not_in_asyncio
from helpers.exercises.expectations.raised import RAISED, no_coroutine_as_a_value, no_coroutine_twice, no_loop_inside
from helpers.exercises.expectations.requests import (
    THROUGH_THE_SESSION,
    asks_once,
    never_ran,
    runs_what_it_makes,
    uses_the_session,
)
from helpers.exercises.expectations.results import not_a_list, returns_in_order, shown
from helpers.exercises.expectations.runs import RETURNED_NS, in_each_run, only
from helpers.exercises.expectations.threads import (
    ON_THE_LOOP,
    gives_the_function,
    never_blocked,
    on_the_loop,
    waits_for_threads,
)

__all__ = [
    "ON_THE_LOOP",
    "RAISED",
    "RETURNED_NS",
    "THROUGH_THE_SESSION",
    "as_many_as",
    "asks_in_time",
    "asks_once",
    "at_most",
    "gives_back",
    "gives_the_function",
    "in_each_run",
    "never_blocked",
    "never_ran",
    "no_coroutine_as_a_value",
    "no_coroutine_twice",
    "no_loop_inside",
    "not_a_list",
    "not_in_asyncio",
    "on_the_loop",
    "only",
    "others_in_flight",
    "overlaps",
    "returns_in_order",
    "runs_what_it_makes",
    "shown",
    "stays_full",
    "taken_beside_slow",
    "uses_the_session",
    "waits_for_threads",
]
