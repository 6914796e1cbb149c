"""The exercises of 03: a loop with timers, an echo server and a broadcast."""

from helpers.exercises.lesson_03 import broadcast, echo, run_with_timers

EXERCISES = (run_with_timers.EXERCISE, echo.EXERCISE, broadcast.EXERCISE)
