"""The exercises of 03: a bounded queue, an echo server, a broadcast, a crawl and a rate limiter."""

from helpers.exercises.lesson_03 import bounded_queue, broadcast, crawl, echo, rate

EXERCISES = (bounded_queue.EXERCISE, echo.EXERCISE, broadcast.EXERCISE, crawl.EXERCISE, rate.EXERCISE)
