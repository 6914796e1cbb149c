"""The exercises of 06: a queue with a bound, at most k in flight, the knee, a crawl, at most r in every second."""

from helpers.exercises.lesson_06 import bounded_queue, crawl, fetch_at_most, find_knee, rate

EXERCISES = (
    bounded_queue.EXERCISE,
    fetch_at_most.EXERCISE,
    find_knee.EXERCISE,
    crawl.EXERCISE,
    rate.EXERCISE,
)
