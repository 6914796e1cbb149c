"""The exercises of 10: the lag of the loop, who waits where, tasks whose errors are not lost, a leak."""

from helpers.exercises.lesson_10 import leaks, spawn, waiting, watch_lag

EXERCISES = (
    watch_lag.EXERCISE,
    waiting.EXERCISE,
    spawn.EXERCISE,
    leaks.EXERCISE,
)
